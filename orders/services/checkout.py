"""
The first half of placing an order: the cart taken and read with all that prices it, in one
statement, and what it comes to. The second half (`place`) writes it down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from catalog import selectors as catalog
from customers.models import Customer
from inventory.sourcing import SERVES
from loyalty import selectors as loyalty
from loyalty.terms import ProgrammeTerms
from omni.core import clock, db, sql
from omni.core.errors import Conflict, NotFound
from omni.core.money import Rounding
from orders import errors
from orders.deals import Deals, find_deals, require_coupons
from orders.dearer import require_no_dearer
from orders.models import Cart, Order, TenderType
from orders.numbers import order_number
from orders.pricing import BasketLine, Priced, Seller, price
from orders.routing.rules import RULES_OF
from orders.selectors import owns, require_selling
from orders.selectors_shipping import recent_methods
from orders.services.from_holds import FROM_THE_SHELF, FromHolds
from orders.shipping import SHIPPED, Delivery, Measure, Plan
from orders.wishes import (
    NO_WISHES,
    ShipWish,
    Wanted,
    field_of,
    plan_for,
    require_wishes,
    require_wrapping,
    split_lines,
)
from orders.writing import NewContact
from promotions import selectors as promotions

TRIES = 3
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """
    How a cart is to be ordered. `tender_code` may be empty where points pay for everything;
    `expected_total` is what the buyer was shown last. What is collected is taken out of `holds`,
    which staff alone may name. `wishes` say how what is delivered goes, to the contact first.
    """

    contact: NewContact
    tender_code: str = ""
    card_token: str = field(default="", repr=False)
    points: int = 0
    expected_total: Decimal | None = None
    holds: FromHolds = FROM_THE_SHELF
    wishes: tuple[ShipWish, ...] = NO_WISHES


class Tender(NamedTuple):
    id: int
    kind: str
    code: str
    capture: str
    pay_within: timedelta | None

    @property
    def awaited(self) -> bool:
        """Whether the order is PENDING until the money is there."""
        return self.kind in TenderType.AWAITED


@dataclass(frozen=True, slots=True)
class Taken:
    """A cart that this transaction has marked as ordered, and what it takes to write the order."""

    cart_id: UUID
    order_id: int
    number: str
    customer_id: int | None
    seller: Seller
    tender: Tender | None
    points_tender_id: int | None
    lines: tuple[BasketLine, ...]
    keeps_stock: Mapping[int, bool]
    components: Mapping[int, catalog.Components]
    reservation_ids: tuple[int, ...]
    unreleased: tuple[bool, ...]
    priced: Priced
    terms: ProgrammeTerms | None
    routing: str | None = None


# The cart is locked by marking it, after its person (whose points are about to be spent, or who may have
# a promotion only so often). `deal` says whether any promotion may apply, so that an order without one
# asks nothing more. A change
# that commits while this waits for the lock makes `updated_at` differ from the snapshot that the
# lines are read in: then no row comes back, and it is taken again. Plan: primary keys, one probe
# of `cart_line_once`, one of `backorder_policy_once_per_listing` a line, one of the routing rules' key by
# channel, and OFFERS_OF's own.
TAKE = """
WITH before AS MATERIALIZED (
    SELECT cart.id, cart.updated_at, cart.channel_id, owner.person_id
    FROM orders_cart AS cart
    JOIN organisation_saleschannel AS channel ON channel.id = cart.channel_id AND channel.active
    LEFT JOIN customers_customer AS owner ON owner.id = cart.customer_id
    WHERE cart.id = %(cart_id)s
), deal AS MATERIALIZED (
    SELECT count(*) > 0 AS found, coalesce(bool_or(by_person), false) AS by_person,
           coalesce(array_agg(coupon_id ORDER BY held) FILTER (WHERE coupon_id IS NOT NULL), '{{}}') AS coupons
    FROM (
        SELECT {by_person} AS by_person, NULL::bigint AS coupon_id, 0::bigint AS held
        FROM before
        JOIN organisation_saleschannel AS channel ON channel.id = before.channel_id
        JOIN promotions_promotion AS promotion ON {automatic}
        UNION ALL
        SELECT {by_person}, coupon.id, held.id
        FROM orders_cartcoupon AS held
        JOIN promotions_coupon AS coupon ON coupon.id = held.coupon_id
        JOIN promotions_promotion AS promotion ON promotion.id = coupon.promotion_id
        WHERE held.cart_id = %(cart_id)s
    ) AS may
), person AS MATERIALIZED (
    SELECT id FROM customers_customer
    WHERE id = %(person_id)s::bigint AND (%(points)s::bigint > 0 OR (SELECT by_person FROM deal))
    FOR NO KEY UPDATE
), cart AS (
    UPDATE orders_cart AS cart
    SET status = 'ORDERED', customer_id = coalesce(cart.customer_id, %(customer_id)s::bigint),
        updated_at = %(at)s
    FROM before
    WHERE cart.id = before.id AND cart.status = 'OPEN' AND cart.updated_at = before.updated_at
      AND (before.person_id IS NULL OR before.person_id = %(person_id)s::bigint)
      AND (SELECT count(*) FROM person) >= 0
    RETURNING cart.id, cart.channel_id, cart.customer_id
), offer (variant_id, sku, name, price, tax_inclusive, tax_class_id, take_out_rate, eat_in_rate, keeps_stock,
          company_id, currency, components) AS MATERIALIZED (
    {offers}
), drawn AS MATERIALIZED (
    SELECT nextval('orders_order_id_seq') AS order_id, nextval('orders_order_number') AS sequence,
           ({rules}) AS rules
    FROM cart
)
SELECT drawn.order_id, drawn.sequence, cart.channel_id, cart.customer_id, channel.currency,
       channel.company_id, company.tax_rounding,
       tender.id, tender.kind, tender.code, tender.capture, tender.pay_within,
       (SELECT min(id) FROM orders_tendertype WHERE kind = 'POINTS' AND active),
       (SELECT coupons FROM deal WHERE found),
       line.id, line.variant_id, variant.sku, line.quantity, line.kind, line.location_id, line.service_mode,
       line.location_id IS NULL
           OR (location.capabilities @> ARRAY[line.kind]::varchar[] AND {serves}),
       location.code, nextval('inventory_reservation_id_seq'), unreleased.release_at, drawn.rules,
       variant.temperature, coalesce(variant.parcel_size, 0), coalesce(variant.weight, 0),
       offer.*
FROM cart
CROSS JOIN drawn
JOIN organisation_saleschannel AS channel ON channel.id = cart.channel_id
JOIN organisation_company AS company ON company.id = channel.company_id
LEFT JOIN orders_tendertype AS tender ON tender.code = %(tender)s AND tender.active
LEFT JOIN orders_cartline AS line ON line.cart_id = cart.id
LEFT JOIN catalog_variant AS variant ON variant.id = line.variant_id
LEFT JOIN organisation_location AS location ON location.id = line.location_id
LEFT JOIN offer ON offer.variant_id = line.variant_id
LEFT JOIN inventory_backorderpolicy AS unreleased
       ON unreleased.variant_id = line.variant_id AND unreleased.channel_id = cart.channel_id
      AND unreleased.active AND unreleased.release_at > %(at)s
ORDER BY line.id
""".format(
    offers=catalog.OFFERS_OF.format(
        channel="(SELECT channel_id FROM before)",
        variants="ARRAY(SELECT variant_id FROM orders_cartline WHERE cart_id = %(cart_id)s)",
    ),
    serves=SERVES,
    automatic=promotions.AUTOMATIC.format(channel="channel"),
    by_person=promotions.BY_PERSON,
    rules=RULES_OF.format(channel="cart.channel_id"),
)
HEAD, LINE, FIT, RULES = slice(0, 14), slice(14, 21), slice(21, 25), 25
MEASURE, OFFER = slice(26, 29), slice(29, None)


def take_cart(*, cart_id: UUID, checkout: Checkout, customer: Customer | None, now: datetime) -> Taken:
    """
    Mark the cart as ordered, and price what is in it.

    Raises:
        NotFound: there is no such cart, or it is somebody else's.
        ChannelInactive, CartOrdered, CartEmpty, NotListed, LocationUnfit, TenderNotOffered, FieldMissing,
        MethodNotOffered, NotDeliverable, DateNotOffered, SlotNotOffered, DeliveryLinesUnfit,
        PriceChanged, PointsNeedMember, PointsAboveTotal
        CouponUnknown, CouponNotYet, CouponOver, CouponUsedUp, CouponNotForYou: a coupon can't be used (any more).
    """
    rows = _take(cart_id=cart_id, checkout=checkout, customer=customer, now=now)
    if rows[0][LINE][0] is None:
        raise errors.CartEmpty(cart=str(cart_id))
    rows, places = _by_address(rows, checkout.wishes)
    lines = tuple(BasketLine(*row[LINE]) for row in rows)
    _require_fit(lines, [row[FIT] for row in rows])
    return _taken(cart_id, rows, lines, places, checkout, customer, now=now)


def _by_address(
    rows: list[Row], wishes: Sequence[ShipWish]
) -> tuple[list[Row], Sequence[frozenset[int] | None]]:
    """
    A row for each line and address. A part that goes elsewhere is a line of its own (by an id that no
    line has), and has no reservation drawn for it.
    """
    if len(wishes) == 1:
        return rows, [None]
    lines = [BasketLine(*row[LINE]) for row in rows]
    wanted = [Wanted(line.id, line.kind, line.quantity, row) for line, row in zip(lines, rows, strict=True)]
    parts, places = split_lines(wanted, wishes)
    split: list[Row] = []
    for place, (row, units) in enumerate(parts):
        again = place > 0 and parts[place - 1][0] is row
        line_id, reservation_id = (-place, None) if again else (row[LINE][0], row[FIT][2])
        _, variant_id, sku, _, *way = row[LINE]
        fit, code, _, unreleased = row[FIT]
        line = (line_id, variant_id, sku, units, *way)
        split.append((*row[HEAD], *line, fit, code, reservation_id, unreleased, *row[FIT.stop :]))
    return split, places


def _take(*, cart_id: UUID, checkout: Checkout, customer: Customer | None, now: datetime) -> list[Row]:
    db.require_transaction()
    params = {
        "cart_id": cart_id,
        "customer_id": customer.pk if customer else None,
        "person_id": customer.person_id if customer else None,
        "points": checkout.points,
        "tender": checkout.tender_code,
        "at": now,
        "on": clock.business_date(now, settings.TIME_ZONE),
    }
    for _try in range(TRIES):
        if rows := sql.fetch_all(TAKE, params):
            return rows
        require_open(cart_id=cart_id, customer=customer)
    raise Conflict(cart=str(cart_id))


def require_open(*, cart_id: UUID, customer: Customer | None) -> Cart:
    """
    Raises:
        NotFound: there is no such cart, or it is somebody else's.
        CartOrdered: it was ordered; `order` is the number.
        ChannelInactive: its channel sells nothing now.
    """
    cart = Cart.objects.select_related("customer", "channel").filter(pk=cart_id).first()
    if cart is None or not owns(cart, customer):
        raise NotFound(cart=str(cart_id))
    if cart.status == Cart.Status.ORDERED:
        number = Order.objects.filter(cart_id=cart_id).values_list("number", flat=True).first()
        raise errors.CartOrdered(cart=str(cart_id), order=number)
    if cart.status == Cart.Status.MERGED:
        raise errors.CartMerged(cart=str(cart_id), into=str(cart.merged_into))
    require_selling(cart)
    return cart


def _require_fit(lines: Sequence[BasketLine], fits: Sequence[tuple[bool, str, int, datetime | None]]) -> None:
    for line, (fit, code, *_) in zip(lines, fits, strict=True):
        if not fit:
            raise errors.LocationUnfit(location=code, kind=line.kind, sku=line.sku)


def _taken(
    cart_id: UUID,
    rows: list[Row],
    lines: tuple[BasketLine, ...],
    places: Sequence[frozenset[int] | None],
    checkout: Checkout,
    customer: Customer | None,
    *,
    now: datetime,
) -> Taken:
    order_id, sequence, channel_id, customer_id, currency, company_id, rounding, *rest = rows[0][HEAD]
    *chosen, points_tender_id, coupon_ids = rest
    on = clock.business_date(now, settings.TIME_ZONE)
    plan = _plan(channel_id, rows, lines, places, checkout, on)
    seller = Seller(channel_id, company_id, currency, Rounding(rounding), plan)
    terms = loyalty.recent_terms(channel_id=channel_id, at=now) if customer_id else None
    if checkout.points and (customer is None or terms is None):
        raise errors.PointsNeedMember()
    offers = catalog.offers_from_rows((row[OFFER] for row in rows if row[OFFER][0]), on=on)
    deals = _deals(seller, lines, customer, coupon_ids, now)
    priced = price(lines, offers, seller=seller, terms=terms, points=checkout.points, deals=deals)
    require_coupons(priced.promoted)
    tender = Tender(*chosen) if chosen[0] else None
    require_no_dearer(checkout.expected_total, priced, lines)
    _require_payable(priced, tender, checkout)
    _require_contacts(priced.deliveries, checkout)
    if plan is not None and checkout.wishes != NO_WISHES:
        require_wishes(priced.deliveries, plan, checkout.wishes, now)
        require_wrapping(checkout.wishes, {line.sku for line in lines})
    if tender and tender.kind == TenderType.Kind.KONBINI and not checkout.contact.email:
        raise errors.FieldMissing(field="contact.email", rule="required")
    return Taken(
        cart_id,
        order_id,
        order_number(sequence),
        customer_id,
        seller,
        tender if priced.due else None,
        points_tender_id,
        lines,
        {variant_id: offer.keeps_stock for variant_id, offer in offers.items()},
        {variant_id: offer.components for variant_id, offer in offers.items() if offer.components},
        tuple(row[FIT][2] for row in rows if row[FIT][2] is not None),
        tuple(row[FIT][3] is not None for row in rows),
        priced,
        terms,
        rows[0][RULES],
    )


def _deals(
    seller: Seller,
    lines: Sequence[BasketLine],
    customer: Customer | None,
    coupon_ids: Sequence[int] | None,
    now: datetime,
) -> Deals | None:
    """What promotions there are; where none can apply, `TAKE` has said so."""
    if coupon_ids is None:
        return None
    return find_deals(
        channel_id=seller.channel_id,
        currency=seller.currency,
        at=now,
        variant_ids=[line.variant_id for line in lines],
        person_id=customer.person_id if customer else None,
        coupon_ids=coupon_ids,
    )


PAYABLE = (*TenderType.AWAITED, *TenderType.LATER)


def _require_payable(priced: Priced, tender: Tender | None, checkout: Checkout) -> None:
    if not priced.due:
        return
    if tender is None or tender.kind not in PAYABLE:
        offered = TenderType.objects.filter(kind__in=PAYABLE, active=True).order_by("code")
        raise errors.TenderNotOffered(
            tender=checkout.tender_code, offered=list(offered.values_list("code", flat=True))
        )
    if tender.kind == TenderType.Kind.CARD and not checkout.card_token:
        raise errors.FieldMissing(field="card_token", rule="required")


def _plan(
    channel_id: int,
    rows: Sequence[Row],
    lines: Sequence[BasketLine],
    places: Sequence[frozenset[int] | None],
    checkout: Checkout,
    on: date,
) -> Plan | None:
    """How the channel delivers this basket; None where all of it is collected."""
    if not any(line.kind in SHIPPED for line in lines):
        return None
    methods = recent_methods(channel_id=channel_id, on=on)
    measures = {line.variant_id: Measure(*row[MEASURE]) for line, row in zip(lines, rows, strict=True)}
    return plan_for(checkout.wishes, places, checkout.contact, methods, measures)


REACHED = ("name", "postal_code", "city", "line1")


def _require_contacts(deliveries: Sequence[Delivery], checkout: Checkout) -> None:
    """Somebody to reach always, and an address wherever something is to be delivered."""
    contact = checkout.contact
    shipped = {delivery.address for delivery in deliveries}
    to_contact = any(checkout.wishes[number].address is None for number in shipped)
    _require_filled(contact, REACHED if to_contact else ("name",), "contact")
    if not (contact.email or contact.phone):
        raise errors.FieldMissing(field="contact.email", rule="required")
    for number in sorted(shipped):
        if address := checkout.wishes[number].address:
            _require_filled(address, REACHED, f"{field_of(number)}.address")


def _require_filled(contact: NewContact, needed: Sequence[str], field: str) -> None:
    for name in needed:
        if not getattr(contact, name):
            raise errors.FieldMissing(field=f"{field}.{name}", rule="required")
