"""A till's sale: what was rung up, priced, settled and recorded; the answer is the receipt."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from catalog import selectors as catalog
from catalog.models import Variant
from catalog.selectors import Coded, Offer
from customers import selectors as customers
from customers.models import Customer
from inventory import services as inventory
from loyalty import selectors as points
from omni.core import db, idempotency
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from omni.core.limits import require_units
from omni.core.money import quantize
from orders import errors
from orders.models import TenderType
from orders.pricing import points_worth
from orders.promoted import PromotionView, missed_views, promotion_views
from orders.receipts import Receipt, ReceiptLine, ReceiptTax, ReceiptTender, SaleQuote, Seller
from orders.services.from_holds import FROM_THE_SHELF, FromHolds
from orders.services.one_cart import take_out
from orders.services.sales import (
    RecordedSale,
    Sale,
    SaleLine,
    SaleTender,
    add_up,
    new_line,
    points_earned,
    write_sales,
)
from orders.services.tenders import Handed, Settled, settle
from orders.services.till_promotions import promoted
from orders.shops import Shop, get_shops
from orders.totals import ZERO, Totals, line_amount
from orders.writing import NewDiscount
from organisation.models import Company, Location
from promotions.rules import NOTHING, Outcome

CLOCK_SKEW = timedelta(minutes=5)
# What stands for the number of a sale that is none.
TRAINING = "TRAINING"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# What others pay, and points, earn no points.
NOT_EARNING = (TenderType.Kind.COUPON, TenderType.Kind.POINTS)


@dataclass(frozen=True, slots=True)
class Rung:
    """Units of what `code` (a sku or JAN) stands for; `unit_price` overrides the price, for a `reason`."""

    code: str
    quantity: int
    service_mode: str = "TAKE_OUT"
    unit_price: Decimal | None = None
    reason: str = ""
    lots: tuple[inventory.LotUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TillSale:
    """
    `member` is a member number, or another code that finds a member. `points` are spent first.

    Promotions apply as on line, those of `coupons` among them, unless the sale was priced elsewhere.
    """

    receipt_number: str
    lines: Sequence[Rung]
    tenders: Sequence[Handed]
    occurred_at: datetime | None = None
    member: str = ""
    points: int = 0
    holds: FromHolds = FROM_THE_SHELF
    coupons: Sequence[str] = ()
    promote: bool = True
    cart_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Rung:
    """A till's sale made ready: what each line's code stands for, its offer, and what it comes to."""

    sale: Sale
    shop: Shop
    offers: Sequence[Offer]
    totals: Totals
    outcome: Outcome
    handed: Mapping[int, TenderType] = field(default_factory=dict)


def ring_up(
    *, till: TillSale, location_id: int, channel_id: int, claim: Claim, actor: Actor, now: datetime
) -> Receipt:
    """
    Price and record one sale at a till, and answer its receipt.

    Prices are the shop's own at the time of the sale, or else those of the till's channel. The stock may run below zero:
    the goods have left the shop.

    Raises:
        ClaimInFlight, ClaimMismatch, SaleRecorded
        UnknownSku, NotListed, TaxRateMissing: something can't be sold here.
        FieldMissing, InvalidField: an override without a reason, a price finer than the
            currency, a time that can't be, more than can be counted or summed up.
        NoSuchMember, PointsNeedMember, PointsAboveTotal, InsufficientPoints
        TenderUnknown, TendersDiffer: the total is not settled.
        HoldUnfit: a hold is unknown, elsewhere, or of another article.
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou, PromotionUsedUp
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Receipt):
            return replayed
        receipt, _ = write_receipt(
            till=till, location_id=location_id, channel_id=channel_id, actor=actor, now=now
        )
        return idempotency.settle(claim, receipt, now=now)


def write_receipt(
    *, till: TillSale, location_id: int, channel_id: int, actor: Actor, now: datetime
) -> tuple[Receipt, int]:
    """Price and record the sale in the caller's transaction; answer its receipt and its order's key."""
    db.require_transaction()
    member = _member(till, location_id)
    if till.cart_id is not None:
        take_out(cart_id=till.cart_id, member=member, sold=_units(till), now=now)
    rung = _rung(till, location_id, channel_id, member, _time_of(till, now), counted=True)
    rung = _settled(till, rung)
    (recorded,) = write_sales(sales=[rung.sale], actor=actor, now=now)
    balance = points.balance_of(member.person_id, now=now).balance if member else None
    return _receipt(till, rung, recorded, balance), recorded.order_id


def practise(*, till: TillSale, location_id: int, channel_id: int, now: datetime) -> Receipt:
    """
    The receipt of a sale that is none: priced and settled as `ring_up` does, and nothing is written.

    Raises: what `ring_up` does of prices and tenders.
    """
    member = _member(till, location_id)
    rung = _rung(till, location_id, channel_id, member, _time_of(till, now), counted=False)
    rung = _settled(till, rung)
    earned = points_earned(rung.sale, rung.totals.total)
    recorded = RecordedSale(0, TRAINING, rung.totals.total, till.points, earned)
    return replace(_receipt(till, rung, recorded, None), training=True)


def quote_sale(*, till: TillSale, location_id: int, channel_id: int, now: datetime) -> SaleQuote:
    """
    What `ring_up` would make of the sale now, whatever is handed over for it; nothing is written.

    Raises:
        As `ring_up`, but for what concerns tenders, holds and the claim.
    """
    member = _member(till, location_id)
    rung = _rung(till, location_id, channel_id, member, _time_of(till, now), counted=False)
    totals, currency = rung.totals, rung.shop.currency
    return SaleQuote(
        currency=currency,
        lines=_receipt_lines(rung),
        lines_amount=quantize(totals.lines_amount, currency),
        discount_amount=quantize(totals.discount_amount, currency),
        points_amount=quantize(totals.points_amount, currency),
        total=quantize(totals.total, currency),
        promotions=_promotions(rung),
        missed=missed_views(rung.outcome),
    )


def _promotions(rung: _Rung) -> tuple[PromotionView, ...]:
    return promotion_views(rung.outcome, range(1, len(rung.sale.lines) + 1))


def _units(till: TillSale) -> Counter[int]:
    coded = catalog.get_by_codes(codes=[line.code for line in till.lines])
    units: Counter[int] = Counter()
    for line in till.lines:
        units[coded[line.code].variant_id] += line.quantity * coded[line.code].quantity
    return units


def _time_of(till: TillSale, now: datetime) -> datetime:
    at = till.occurred_at or now
    if not EARLIEST <= at <= now + CLOCK_SKEW:
        raise InvalidField(field="occurred_at", rule="not-in-the-future" if at > now else "too-early")
    return at


def _member(till: TillSale, location_id: int) -> Customer | None:
    if not till.member:
        return None
    country = Location.objects.values_list("country", flat=True).get(pk=location_id)
    return customers.get_member(code=till.member, country=country)


def _rung(
    till: TillSale,
    location_id: int,
    channel_id: int,
    member: Customer | None,
    at: datetime,
    *,
    counted: bool,
) -> _Rung:
    shop = get_shops([location_id])[location_id]
    coded = catalog.get_by_codes(codes=[line.code for line in till.lines])
    offers = _offers(till, coded, channel_id, location_id, at)
    sale = Sale(
        location_id=location_id,
        channel_id=channel_id,
        receipt_number=till.receipt_number,
        occurred_at=at,
        lines=[
            _line(line, coded[line.code].quantity, offer)
            for line, offer in zip(till.lines, offers, strict=True)
        ],
        tenders=[],
        customer_id=member.pk if member else None,
        points_to_burn=till.points,
        holds=till.holds,
    )
    by_hand = {place for place, line in enumerate(till.lines) if line.unit_price is not None}
    outcome = NOTHING
    if till.promote:
        sale, outcome = promoted(
            sale, shop, coupons=till.coupons, by_hand=by_hand, member=member, counted=counted
        )
    summed = add_up(sale, [new_line(line, shop) for line in sale.lines], shop)
    return _Rung(sale, shop, offers, summed, outcome)


def _settled(till: TillSale, rung: _Rung) -> _Rung:
    """The sale with what settles it."""
    sale, shop, summed = rung.sale, rung.shop, rung.totals
    by_points = _by_points(sale)
    due = summed.total - sum((tender.amount for _, tender in by_points), ZERO)
    handed = [*by_points, *settle(till.tenders, due, total=quantize(summed.total, shop.currency))]
    types = {tender.pk: tender for tender, _ in handed}
    tenders = [tender for _, tender in handed]
    unpaid = sum((t.amount for t in tenders if types[t.tender_type_id].kind in NOT_EARNING), ZERO)
    sale = replace(sale, tenders=tenders, earn_on=summed.total - unpaid)
    return replace(rung, sale=sale, handed=types)


def _offers(
    till: TillSale, coded: Mapping[str, Coded], channel_id: int, location_id: int, at: datetime
) -> list[Offer]:
    """The offer behind each line."""
    variants = [coded[line.code].variant_id for line in till.lines]
    offers = catalog.get_offers(channel_id=channel_id, variant_ids=variants, at=at, location_id=location_id)
    unlisted = [variant for variant in variants if variant not in offers]
    skus = dict(Variant.objects.filter(pk__in=unlisted).values_list("pk", "sku")) if unlisted else {}
    catalog.require_listed(offers, skus)
    return _named([offers[variant] for variant in variants])


def _named(offers: Sequence[Offer]) -> list[Offer]:
    """A variant without a name of its own goes by its product's."""
    unnamed = {offer.variant_id for offer in offers if not offer.name}
    if not unnamed:
        return list(offers)
    products = dict(Variant.objects.filter(pk__in=unnamed).values_list("pk", "product__name"))
    return [replace(offer, name=offer.name or products[offer.variant_id]) for offer in offers]


def _line(line: Rung, units: int, offer: Offer) -> SaleLine:
    """Above the list price an override is the price; below it the difference is a discount."""
    quantity = line.quantity * units
    require_units(quantity, field="quantity")
    asked = _override(line, offer)
    shelf = max(offer.price, asked)
    listed = line_amount(shelf, quantity, offer.currency)
    reduced = listed - line_amount(asked, quantity, offer.currency)
    return SaleLine(
        variant_id=offer.variant_id,
        quantity=quantity,
        unit_price=shelf,
        list_amount=listed,
        tax_class_id=offer.tax_class_id,
        tax_rate=offer.eat_in_rate if line.service_mode == "EAT_IN" else offer.take_out_rate,
        tax_inclusive=offer.tax_inclusive,
        service_mode=line.service_mode,
        keeps_stock=offer.keeps_stock,
        company_id=offer.company_id,
        components=offer.components,
        lots=line.lots,
        discounts=[NewDiscount(f"override:{line.reason}", reduced)] if reduced else [],
    )


def _override(line: Rung, offer: Offer) -> Decimal:
    if line.unit_price is None:
        return offer.price
    if not line.reason:
        raise errors.FieldMissing(field="reason", rule="required")
    if quantize(line.unit_price, offer.currency) != line.unit_price:
        raise InvalidField(field="unit_price", rule="currency-unit")
    return quantize(line.unit_price, offer.currency)


def _by_points(sale: Sale) -> Settled:
    """What the points pay, where the programme has them as a tender and not as a reduction."""
    if not sale.points_to_burn:
        return []
    terms = points.recent_terms(channel_id=sale.channel_id, at=sale.occurred_at)
    if terms is None or terms.reduces_price:
        return []
    tender = TenderType.objects.filter(kind=TenderType.Kind.POINTS, active=True).first()
    if tender is None:
        raise errors.TenderUnknown(tenders=["points"])
    worth = points_worth(sale.points_to_burn, terms)
    return [(tender, SaleTender(tender.pk, worth, worth))]


def _receipt(till: TillSale, rung: _Rung, recorded: RecordedSale, balance: int | None) -> Receipt:
    company = Company.objects.get(pk=rung.shop.company_id)
    sale, totals, currency = rung.sale, rung.totals, rung.shop.currency
    tenders = tuple(_receipt_tender(tender, rung) for tender in sale.tenders)
    return Receipt(
        number=recorded.number,
        receipt_number=till.receipt_number,
        location=rung.shop.code,
        seller=Seller(dict(company.name), company.registration_number),
        occurred_at=sale.occurred_at,
        business_date=rung.shop.business_date(sale.occurred_at),
        currency=currency,
        lines=_receipt_lines(rung),
        lines_amount=quantize(totals.lines_amount, currency),
        discount_amount=quantize(totals.discount_amount, currency),
        points_amount=quantize(totals.points_amount, currency),
        total=quantize(totals.total, currency),
        tax_amount=quantize(totals.tax_amount, currency),
        taxes=tuple(
            ReceiptTax(
                bucket.rate,
                bucket.tax_inclusive,
                quantize(bucket.amount, currency),
                quantize(bucket.tax, currency),
            )
            for bucket in totals.buckets
        ),
        tenders=tenders,
        change=sum((tender.change for tender in tenders), quantize(ZERO, currency)),
        points_spent=recorded.points_spent,
        points_earned=recorded.points_earned,
        points_balance=balance,
        promotions=_promotions(rung),
    )


def _receipt_lines(rung: _Rung) -> tuple[ReceiptLine, ...]:
    return tuple(
        _receipt_line(position, line, offer)
        for position, (line, offer) in enumerate(zip(rung.sale.lines, rung.offers, strict=True), start=1)
    )


def _receipt_line(position: int, line: SaleLine, offer: Offer) -> ReceiptLine:
    reduced = sum((discount.amount for discount in line.discounts), ZERO)
    return ReceiptLine(
        position=position,
        sku=offer.sku,
        name=dict(offer.name),
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_amount=quantize(reduced, offer.currency),
        amount=quantize(line.list_amount - reduced, offer.currency),
        tax_rate=line.tax_rate,
        service_mode=line.service_mode,
    )


def _receipt_tender(tender: SaleTender, rung: _Rung) -> ReceiptTender:
    kind, currency = rung.handed[tender.tender_type_id], rung.shop.currency
    change = tender.tendered - tender.amount if kind.gives_change else ZERO
    return ReceiptTender(
        kind.code,
        quantize(tender.amount, currency),
        quantize(tender.tendered, currency),
        quantize(change, currency),
    )
