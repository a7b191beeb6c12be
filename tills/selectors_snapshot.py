"""What a till needs to sell without the network: prices, taxes, tenders and its limits, as they are now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from catalog import selectors as catalog
from catalog.models import Listing, VariantCode
from orders.models import TenderType
from orders.services.tenders import OURS, TAKEN_AT_TILLS
from orders.shops import get_shops
from organisation.models import Company
from tills import chain, counting, signing
from tills.models import Till


@dataclass(frozen=True, slots=True)
class Signed:
    """`version` changes when anything in it does, and with each hour; `signature` is over the canonical JSON."""

    version: str
    content: dict[str, Any]
    signature: str
    public_key: str


def get_snapshot(*, till: Till, now: datetime) -> Signed:
    """The till's snapshot: what is listed in its channel at the shop's prices; a constant number of statements."""
    issued_at = now.replace(minute=0, second=0, microsecond=0)
    shop = get_shops([till.location_id])[till.location_id]
    seller = Company.objects.get(pk=shop.company_id)
    content: dict[str, Any] = {
        "device": till.code,
        "location": shop.code,
        "currency": shop.currency,
        "time_zone": shop.time_zone,
        "rounding": shop.rounding.value,
        "seller": {"name": dict(seller.name), "registration_number": seller.registration_number},
        "issued_at": issued_at.isoformat(),
        "valid_until": (issued_at + settings.TILL_SNAPSHOT_VALID).isoformat(),
        "denominations": [_plain(value) for value in counting.denominations(shop.currency)],
        "tenders": _tenders(),
        "offline_points": till.offline_points,
        "articles": _articles(till, now),
    }
    version = chain.digest(content)
    content["version"] = version
    return Signed(version, content, signing.sign(chain.canonical(content)), signing.public_key())


def _tenders() -> list[dict[str, Any]]:
    taken = TenderType.objects.filter(kind__in=TAKEN_AT_TILLS, active=True).exclude(code__in=OURS)
    return [
        {
            "code": tender.code,
            "name": dict(tender.name),
            "kind": tender.kind,
            "gives_change": tender.gives_change,
        }
        for tender in taken.order_by("code")
    ]


def _articles(till: Till, now: datetime) -> list[dict[str, Any]]:
    channel_id = till.api_key.channel_id
    assert channel_id is not None
    listed = Listing.objects.filter(channel_id=channel_id).order_by("variant_id")
    variants = list(listed.values_list("variant_id", flat=True).distinct())
    offers = catalog.get_offers(
        channel_id=channel_id, variant_ids=variants, at=now, location_id=till.location_id
    )
    codes = _codes(variants)
    return [
        {
            "sku": offer.sku,
            "name": dict(offer.name),
            "price": _plain(offer.price),
            "tax_inclusive": offer.tax_inclusive,
            "take_out_rate": _plain(offer.take_out_rate),
            "eat_in_rate": _plain(offer.eat_in_rate),
            "codes": codes.get(variant_id, []),
        }
        for variant_id, offer in sorted(offers.items())
    ]


def _codes(variants: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What may be scanned for each article, and how many units of it that is."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = VariantCode.objects.filter(variant__in=variants).order_by("pk")
    for variant_id, value, quantity in rows.values_list("variant_id", "value", "quantity"):
        found.setdefault(variant_id, []).append({"code": value, "units": quantity})
    return found


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
