"""Members, and what they bought at the tills before the demo began: recorded as any till's sales."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from backoffice.demo import group, people
from backoffice.demo.people import DemoMember
from catalog import selectors as catalog
from catalog.selectors import Offer
from customers import services as customers
from customers.models import Identity
from customers.services import Claimed, Profile
from omni.core import db
from omni.core.actor import Actor
from orders import services as orders
from orders.models import TenderType
from orders.services import Sale, SaleLine, SaleTender
from orders.services.recorded import recorded_numbers
from organisation.models import Location, SalesChannel

SOURCE = "demo"


def load(*, actor: Actor, now: datetime) -> None:
    sales = []
    for member in people.MEMBERS:
        customer_id = _member(member, now)
        sales += [
            _sale(member, customer_id, visit, days, shop, skus, now)
            for visit, (days, shop, skus) in enumerate(member.sales, start=1)
        ]
    recorded = recorded_numbers([(sale.location_id, sale.receipt_number) for sale in sales])
    new = [sale for place, sale in enumerate(sales) if place not in recorded]
    if new:
        orders.record_sales(sales=new, claim=None, actor=actor, now=now)


def _member(member: DemoMember, now: datetime) -> int:
    card = Identity.objects.filter(kind=Identity.Kind.MEMBER_NUMBER, value=member.number).first()
    if card is not None:
        return card.customer_id
    with db.transaction():
        customer = customers.register_customer(
            profile=Profile(
                family_name=member.family_name,
                given_name=member.given_name,
                family_name_kana=member.family_name_kana,
                given_name_kana=member.given_name_kana,
                birth_date=member.birth_date,
            ),
            identities=[
                Claimed(Identity.Kind.MEMBER_NUMBER, member.number, verified=True),
                Claimed(Identity.Kind.EMAIL, member.email, verified=True),
            ],
            source=SOURCE,
            now=now,
        )
    return customer.pk


def _sale(
    member: DemoMember,
    customer_id: int,
    visit: int,
    days: int,
    shop: str,
    skus: Sequence[str],
    now: datetime,
) -> Sale:
    channel = SalesChannel.objects.get(code=group.STORES)
    location = Location.objects.get(code=shop)
    wanted = catalog.get_variants(skus=skus)
    offers = catalog.get_offers(channel_id=channel.pk, variant_ids=list(wanted.values()), at=now)
    lines = [_line(offers[wanted[sku]]) for sku in skus]
    total = sum((line.list_amount for line in lines), Decimal(0))
    local = now.astimezone(ZoneInfo(location.time_zone)) - timedelta(days=days)
    return Sale(
        location_id=location.pk,
        channel_id=channel.pk,
        receipt_number=f"{member.number}-{visit}",
        occurred_at=local.replace(hour=14, minute=30, second=0, microsecond=0),
        lines=lines,
        tenders=[SaleTender(TenderType.objects.get(code="card").pk, total, total)],
        customer_id=customer_id,
    )


def _line(offer: Offer) -> SaleLine:
    return SaleLine(
        variant_id=offer.variant_id,
        quantity=1,
        unit_price=offer.price,
        list_amount=offer.price,
        tax_class_id=offer.tax_class_id,
        tax_rate=offer.take_out_rate,
        tax_inclusive=offer.tax_inclusive,
        keeps_stock=offer.keeps_stock,
        components=offer.components,
    )
