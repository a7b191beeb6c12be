"""Builders: the smallest valid thing of each kind, with what a test cares about passed in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from catalog.models import (
    Brand,
    Category,
    Component,
    Listing,
    Price,
    Product,
    TaxClass,
    TaxRate,
    Variant,
    VariantCode,
)
from customers.models import Account, Customer, Identity
from inventory.models import ChannelSource, StockDocument, StockEntry, StockLevel, Supplier
from loyalty.models import EarningRate, PointAccount, Programme
from orders.models import Carrier, ShippingMethod, TenderType
from organisation.models import Company, Location, SalesChannel, User
from promotions.models import Coupon, Promotion

_numbers = count(1)
TOKYO = ZoneInfo("Asia/Tokyo")
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def number() -> int:
    return next(_numbers)


def company(**fields: Any) -> Company:
    n = number()
    defaults = {"code": f"company-{n}", "name": {"ja": f"会社{n}", "en": f"Company {n}"}}
    return Company.objects.create(**{**defaults, **fields})


def location(**fields: Any) -> Location:
    n = number()
    defaults: dict[str, Any] = {
        "code": f"store-{n}",
        "kind": "STORE",
        "name": {"ja": f"店舗{n}", "en": f"Store {n}"},
        "capabilities": ["SHIP", "PICKUP", "HOLD", "CARRY_OUT", "RETURNS"],
        "latitude": 35.659,
        "longitude": 139.7,
    }
    if "company" not in fields:
        defaults["company"] = company()
    return Location.objects.create(**{**defaults, **fields})


def channel(**fields: Any) -> SalesChannel:
    n = number()
    defaults: dict[str, Any] = {
        "code": f"channel-{n}",
        "kind": "EC",
        "name": {"ja": f"チャネル{n}", "en": f"Channel {n}"},
    }
    if "company" not in fields:
        defaults["company"] = company()
    return SalesChannel.objects.create(**{**defaults, **fields})


def tax_class(rate: str = "0.10", **fields: Any) -> TaxClass:
    """A tax class with one rate, for both service modes, since 2019-10-01."""
    n = number()
    made = TaxClass.objects.create(
        **{"code": f"tax-{n}", "name": {"ja": f"税{n}", "en": f"Tax {n}"}, **fields}
    )
    for mode in ("TAKE_OUT", "EAT_IN"):
        TaxRate.objects.create(
            tax_class=made, service_mode=mode, rate=Decimal(rate), valid_from=date(2019, 10, 1)
        )
    return made


def product(**fields: Any) -> Product:
    n = number()
    defaults: dict[str, Any] = {"code": f"product-{n}", "name": {"ja": f"商品{n}", "en": f"Product {n}"}}
    if "brand" not in fields:
        defaults["brand"] = Brand.objects.create(
            code=f"brand-{n}", name={"ja": f"ブランド{n}", "en": f"Brand {n}"}
        )
    return Product.objects.create(**{**defaults, **fields})


def category(**fields: Any) -> Category:
    n = number()
    return Category.objects.create(
        **{
            "code": f"category-{n}",
            "path": f"category-{n}",
            "name": {"ja": f"分類{n}", "en": f"Category {n}"},
            **fields,
        }
    )


def variant(**fields: Any) -> Variant:
    n = number()
    defaults: dict[str, Any] = {"sku": f"SKU-{n:05d}", "name": {"ja": f"品{n}", "en": f"Item {n}"}}
    if "product" not in fields:
        defaults["product"] = product()
    if "tax_class" not in fields:
        defaults["tax_class"] = tax_class()
    return Variant.objects.create(**{**defaults, **fields})


def bundle(*components: tuple[Variant, int], **fields: Any) -> Variant:
    """A variant that is so many units of each of these, and has no stock of its own."""
    made = variant(**fields)
    for component, quantity in components:
        Component.objects.create(bundle=made, component=component, quantity=quantity)
    return made


def code(variant: Variant, value: str, kind: str = "JAN", **fields: Any) -> VariantCode:
    return VariantCode.objects.create(variant=variant, value=value, kind=kind, **fields)


def listing(variant: Variant, channel: SalesChannel, price: str | int = 1000, **fields: Any) -> Listing:
    """On sale at a price of the channel's own, which stands in the price book too."""
    made = Listing.objects.create(
        **{"variant": variant, "channel": channel, "price": Decimal(price), "valid_from": EARLY, **fields}
    )
    if made.valid_until is None or made.valid_until > made.valid_from:
        Price.objects.create(
            variant=variant,
            channel=channel,
            currency=channel.currency,
            kind=Price.Kind.SALE if made.reduced else Price.Kind.REGULAR,
            amount=made.price,
            tax_inclusive=made.tax_inclusive,
            valid_from=made.valid_from,
            valid_until=made.valid_until,
        )
    return made


def source(channel: SalesChannel, location: Location, priority: int = 100) -> ChannelSource:
    return ChannelSource.objects.create(channel=channel, location=location, priority=priority)


def stock(variant: Variant, location: Location, on_hand: int, **fields: Any) -> StockLevel:
    """A level and the ledger rows that explain it."""
    level = StockLevel.objects.create(variant=variant, location=location, on_hand=on_hand, **fields)
    document = StockDocument.objects.create(
        kind="OPENING", number=f"opening-{number()}", actor="system:test", occurred_at=EARLY
    )
    for bucket, amount in [
        ("ON_HAND", on_hand),
        ("DAMAGED", level.damaged),
        ("QUALITY_CONTROL", level.quality_control),
    ]:
        if amount:
            StockEntry.objects.create(
                occurred_at=EARLY,
                business_date=EARLY.date(),
                variant=variant,
                location=location,
                document=document,
                bucket=bucket,
                kind="RECEIPT",
                delta=amount,
                balance_after=amount,
                actor="system:test",
            )
    return level


def user(**fields: Any) -> User:
    return User.objects.create_user(
        **{"email": f"user{number()}@example.jp", "password": "correct horse 9", **fields}
    )


def customer(**fields: Any) -> Customer:
    made = Customer.objects.create(**{"family_name": "山田", "given_name": "花子", **fields})
    made.refresh_from_db()
    return made


def account(customer: Customer, user: User) -> Account:
    return Account.objects.create(customer=customer, user=user)


def member(number_: str | None = None, **fields: Any) -> Customer:
    """A customer with a member card."""
    made = customer(**fields)
    Identity.objects.create(
        customer=made,
        kind="MEMBER_NUMBER",
        value=number_ or f"29{number():011d}",
        source="test",
        verified_at=EARLY,
    )
    return made


def programme(**fields: Any) -> Programme:
    """A programme with its own accounts, and one point for each 100 spent anywhere."""
    rate = fields.pop("amount_per_point", 100)
    made = Programme.objects.create(
        **{"code": f"programme-{number()}", "name": {"ja": "ポイント", "en": "Points"}, **fields}
    )
    EarningRate.objects.create(programme=made, amount_per_point=Decimal(rate), valid_from=EARLY)
    for kind in ("ISSUED", "REDEEMED", "EXPIRED", "ADJUSTED"):
        PointAccount.objects.create(programme=made, kind=kind)
    return made


def tender(code: str = "cash", kind: str = "CASH", **fields: Any) -> TenderType:
    return TenderType.objects.get_or_create(
        code=code, defaults={"name": {"ja": code, "en": code}, "kind": kind, **fields}
    )[0]


def shipping_method(**fields: Any) -> ShippingMethod:
    """A method of a carrier of its own; it has no rate yet, and nothing is closed."""
    n = number()
    if "carrier" not in fields:
        fields["carrier"] = Carrier.objects.create(code=f"carrier-{n}", name={"ja": f"運送{n}"})
    if "tax_class" not in fields:
        fields["tax_class"] = tax_class()
    return ShippingMethod.objects.create(**{"code": f"method-{n}", "name": {"ja": f"配送{n}"}, **fields})


def supplier(**fields: Any) -> Supplier:
    n = number()
    defaults: dict[str, Any] = {
        "code": f"supplier-{n}",
        "name": {"ja": f"仕入先{n}", "en": f"Supplier {n}"},
    }
    if "company" not in fields:
        defaults["company"] = company()
    return Supplier.objects.create(**{**defaults, **fields})


def promotion(**fields: Any) -> Promotion:
    """Ten per cent off everything, everywhere, unless told otherwise."""
    n = number()
    defaults: dict[str, Any] = {
        "code": f"promotion-{n}",
        "name": {"ja": f"販促{n}", "en": f"Promotion {n}"},
        "effect": "PERCENTAGE",
        "percent": Decimal("0.1"),
        "starts_at": EARLY,
    }
    return Promotion.objects.create(**{**defaults, **fields})


def coupon(promotion: Promotion, code: str = "", **fields: Any) -> Coupon:
    """A code for a promotion, which asks for one from then on."""
    Promotion.objects.filter(pk=promotion.pk).update(needs_coupon=True)
    return Coupon.objects.create(promotion=promotion, code=code or f"COUPON{number()}", **fields)
