"""Orders that an outside channel has already sold: always booked, whatever is in stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet

from catalog.errors import TaxRateMissing
from catalog.selectors import COMPONENTS, Components, components_from
from inventory import services as inventory
from inventory.errors import InsufficientStock
from inventory.models import Discrepancy
from omni.core import clock, db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.money import Rounding, allocate, quantize
from omni.outbox import publish as outbox
from omni.outbox.events import DiscrepancyOpened, OrderPaid, OrderPlaced
from omni.outbox.publish import Message
from orders import errors, writing
from orders.models import FulfilmentKind, Order
from orders.numbers import order_number
from orders.pricing import priced_line
from orders.routing.rules import RULES_OF
from orders.services.ahead import begin_waiting
from orders.services.allocation import (
    Piece,
    behind,
    fulfilments_of,
    parts_of,
    wants_of,
    with_reservations,
)
from orders.services.bundles import write_components
from orders.services.channel_tenders import borne_of, payments_of
from orders.services.routing import Router, router_of
from orders.totals import ZERO, Shipping, Totals, compute
from organisation.models import SalesChannel

# Tries to find stock before an order is booked without: each in a transaction of its own, because
# a refused reservation keeps its levels locked.
STOCK_TRIES = 3
DISCOUNT_CODE = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class ExternalLine:
    """`amount` is what the buyer paid for all of the line, tax included."""

    variant_id: int
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ExternalOrderBooked:
    """`unallocated` units have no stock behind them; a discrepancy is open for each such line."""

    number: str
    external_number: str
    status: str
    total: Decimal
    unallocated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sold:
    """What came in."""

    channel: SalesChannel
    external_number: str
    lines: Sequence[ExternalLine]
    contact: Mapping[str, str]
    total: Decimal
    shipping: Decimal
    placed_at: datetime
    borne: Mapping[str, Decimal] = field(default_factory=dict)
    invoice_issuer: str


@dataclass(frozen=True, slots=True)
class _Taxed:
    variant_id: int
    tax_class_id: int
    rate: Decimal
    keeps_stock: bool
    components: Components
    routing: str | None


# The tax of goods whether or not they are listed: the channel has sold them. Its routing rules come along.
TAXES = """
SELECT variant.id, variant.tax_class_id, tax.rate, variant.keeps_stock, {components}, ({rules})
FROM catalog_variant AS variant
LEFT JOIN catalog_taxrate AS tax
       ON tax.tax_class_id = variant.tax_class_id AND tax.country = %(country)s
      AND tax.service_mode = 'TAKE_OUT' AND tax.valid_from <= %(on)s
      AND (tax.valid_until IS NULL OR tax.valid_until > %(on)s)
WHERE variant.id = ANY(%(ids)s::bigint[])
""".format(
    components=COMPONENTS.format(of="variant.id"), rules=RULES_OF.format(channel="%(channel)s::bigint")
)


def place_external_order(
    *,
    channel: SalesChannel,
    external_number: str,
    lines: Sequence[ExternalLine],
    contact: Mapping[str, str],
    total: Decimal,
    placed_at: datetime,
    claim: Claim,
    actor: Actor,
    now: datetime,
    shipping: Decimal = ZERO,
    borne: Mapping[str, Decimal] | None = None,
    invoice_issuer: str = Order.InvoiceIssuer.SELLER,
    currency: str | None = None,
) -> ExternalOrderBooked:
    """
    Book an order that `channel` has sold under its own number; once, whichever way it comes.

    The buyer's total stands: what lines and shipping come to beyond it is a discount of the
    channel's, spread over the lines; what they fall short of it is delivery. What can't be
    reserved is booked unallocated, with a discrepancy.

    `borne` is what of the total the channel itself pays, by `BORNE`'s names: it reduces no price,
    and is settled by tenders of its own. Whose the qualified invoice is stays with the order.

    Raises:
        ClaimInFlight, ClaimMismatch
        ExternalCurrency: it was sold in another currency than the channel's.
        ExternalOrderDiffers: the number was booked before with another total.
        InvalidField: the channel bears more than the total, or something without a name.
        TaxRateMissing: goods have no tax rate on that day.
    """
    if currency not in (None, channel.currency):
        raise errors.ExternalCurrency(currency=currency, expected=channel.currency)
    sold = _Sold(
        channel=channel,
        external_number=external_number,
        lines=lines,
        contact=contact,
        total=total,
        shipping=shipping,
        placed_at=placed_at,
        borne=borne_of(borne or {}, total=total),
        invoice_issuer=invoice_issuer,
    )
    return _land(sold, claim, actor=actor, now=now)


def _land(sold: _Sold, claim: Claim, *, actor: Actor, now: datetime) -> ExternalOrderBooked:
    """Book it with what stock there is; after some tries without, which nothing refuses."""
    for attempt in range(STOCK_TRIES + 1):
        try:
            with db.transaction():
                return _book(sold, claim, with_stock=attempt < STOCK_TRIES, actor=actor, now=now)
        except InsufficientStock:
            continue
        except IntegrityError:
            # The same order came another way, under another claim, and is there now.
            if attempt or not _booked(sold).exists():
                raise
    raise AssertionError("without stock nothing is refused")


def _book(sold: _Sold, claim: Claim, *, with_stock: bool, actor: Actor, now: datetime) -> ExternalOrderBooked:
    if replayed := idempotency.claim(claim, result_type=ExternalOrderBooked):
        return replayed
    if order := _booked(sold).first():
        return idempotency.settle(claim, _describe_again(order, sold), now=now)
    taxes = _taxes(sold)
    [(order_id, sequence)] = writing.draw_orders(1)
    router = _router(sold, taxes, now)
    pieces = _pieces(sold, taxes, with_stock=with_stock, router=router, now=now)
    new = _new_order(sold, taxes, pieces, order_id, order_number(sequence), actor)
    write_components(pieces, writing.write_orders([new]))
    if router:
        router.record(order_id)
    wants = wants_of(pieces, order_id, new.channel_id)
    missing = [piece for piece in pieces if piece.waits]
    outbox.publish_all(
        [*_messages(new, wants), *_open_discrepancies(new, missing, actor, now)], at=now, actor=actor
    )
    begin_waiting(new.channel_id, missing, actor=actor, now=now)
    booked = ExternalOrderBooked(
        new.number,
        sold.external_number,
        new.status,
        quantize(sold.total, new.currency),
        sum(p.quantity for p in missing),
    )
    idempotency.settle(claim, booked, now=now)
    inventory.reserve(
        wants=wants,
        expires_at=None,
        committed=True,
        behind=behind(pieces, new.channel_id),
        actor=actor,
        now=now,
        publish=False,
    )
    return booked


def _router(sold: _Sold, taxes: Mapping[int, _Taxed], now: datetime) -> Router | None:
    rules = next((taxed.routing for taxed in taxes.values()), None)
    return router_of(rules, sold.channel.pk, contact=writing.NewContact(**sold.contact), now=now)


def _booked(sold: _Sold) -> "QuerySet[Order]":
    return Order.objects.filter(channel=sold.channel, external_number=sold.external_number)


def _describe_again(order: Order, sold: _Sold) -> ExternalOrderBooked:
    if order.total != sold.total:
        raise errors.ExternalOrderDiffers(
            external_number=sold.external_number, order=order.number, total=order.total
        )
    missing = Discrepancy.objects.filter(kind=Discrepancy.Kind.UNALLOCATED, source=f"order:{order.pk}")
    return ExternalOrderBooked(
        order.number,
        sold.external_number,
        order.status,
        quantize(order.total, order.currency),
        sum(missing.values_list("quantity", flat=True)),
    )


def _taxes(sold: _Sold) -> dict[int, _Taxed]:
    on = clock.business_date(sold.placed_at, settings.TIME_ZONE)
    ids = sql.integers({line.variant_id for line in sold.lines})
    rows = sql.fetch_all(
        TAXES, {"country": sold.channel.country, "channel": sold.channel.pk, "on": on, "ids": ids}
    )
    if unrated := sorted(row[0] for row in rows if row[2] is None):
        raise TaxRateMissing(variant_ids=unrated, date=on)
    return {row[0]: _Taxed(*[*row[:4], components_from(row[4]), row[5]]) for row in rows}


def _pieces(
    sold: _Sold, taxes: Mapping[int, _Taxed], *, with_stock: bool, router: Router | None, now: datetime
) -> list[Piece]:
    supply, kits = _supply(sold, taxes, router, now) if with_stock else ({}, {})
    pieces = []
    for place, line in enumerate(sold.lines):
        rest, kept = line.quantity, taxes[line.variant_id].keeps_stock
        parts = parts_of(taxes[line.variant_id].components)
        for location_id, taken in kits.get(place, ()):
            pieces.append(
                Piece(place, line.variant_id, FulfilmentKind.SHIP, location_id, taken, True, parts=parts)
            )
            rest -= taken
        for source in supply.get(line.variant_id, []) if kept else []:
            taken = min(source[1], rest)
            if taken:
                pieces.append(Piece(place, line.variant_id, FulfilmentKind.SHIP, source[0], taken, True))
                source[1] -= taken
                rest -= taken
        if rest:
            pieces.append(Piece(place, line.variant_id, FulfilmentKind.SHIP, None, rest, kept, parts=parts))
    return with_reservations(pieces, ())


def _supply(
    sold: _Sold, taxes: Mapping[int, _Taxed], router: Router | None, now: datetime
) -> tuple[dict[int, list[list[int]]], dict[int, list[tuple[int, int]]]]:
    """
    As much of what was sold as there is: variant → [location, units], and of bundles, line → (location, units).
    """
    bundles = {
        place: inventory.Kit(line.variant_id, line.quantity, taxes[line.variant_id].components)
        for place, line in enumerate(sold.lines)
        if taxes[line.variant_id].components
    }
    wants = [
        (line.variant_id, line.quantity)
        for place, line in enumerate(sold.lines)
        if taxes[line.variant_id].keeps_stock and place not in bundles
    ]
    options: dict[str, Any] = {"channel_id": sold.channel.pk, "now": now, "already_sold": True}
    options["prefer"] = router.prefer if router else None
    if bundles:
        found = inventory.assemble(kits=list(bundles.values()), wants=wants, **options)
        kits, others = dict(zip(bundles, found.kits, strict=True)), found.others
    else:
        kits, others = {}, inventory.allocate(wants=wants, **options)
    supply: dict[int, list[list[int]]] = {}
    for variant_id, location_id, units in others:
        supply.setdefault(variant_id, []).append([location_id, units])
    return supply, kits


def _new_order(
    sold: _Sold,
    taxes: Mapping[int, _Taxed],
    pieces: Sequence[Piece],
    order_id: int,
    number: str,
    actor: Actor,
) -> writing.NewOrder:
    lines = _lines(sold, taxes)
    return writing.NewOrder(
        id=order_id,
        number=number,
        status=Order.Status.PLACED,
        channel_id=sold.channel.pk,
        currency=sold.channel.currency,
        totals=_totals(sold, lines),
        lines=lines,
        placed_at=sold.placed_at,
        business_date=clock.business_date(sold.placed_at, settings.TIME_ZONE),
        actor=actor,
        external_number=sold.external_number,
        invoice_issuer=sold.invoice_issuer,
        paid_at=sold.placed_at,
        payments=payments_of(total=sold.total, borne=sold.borne, settled_at=sold.placed_at),
        fulfilments=fulfilments_of(pieces),
        contact=writing.NewContact(**sold.contact),
    )


def _lines(sold: _Sold, taxes: Mapping[int, _Taxed]) -> list[writing.NewLine]:
    goods = sum((line.amount for line in sold.lines), ZERO)
    reduction = max(ZERO, goods + sold.shipping - sold.total)
    shares = allocate(min(reduction, goods), [line.amount for line in sold.lines], sold.channel.currency)
    return [
        _line(line, share, taxes[line.variant_id], sold.channel)
        for line, share in zip(sold.lines, shares, strict=True)
    ]


def _line(line: ExternalLine, discount: Decimal, taxed: _Taxed, channel: SalesChannel) -> writing.NewLine:
    return writing.NewLine(
        variant_id=line.variant_id,
        company_id=channel.company_id,
        quantity=line.quantity,
        unit_price=(line.amount / line.quantity).quantize(Decimal("0.0001")),
        list_amount=line.amount,
        discount_amount=discount,
        tax_class_id=taxed.tax_class_id,
        tax_rate=taxed.rate,
        discounts=[writing.NewDiscount(DISCOUNT_CODE, discount)] if discount else (),
    )


def _totals(sold: _Sold, lines: Sequence[writing.NewLine]) -> Totals:
    """Delivery is what the total holds beyond the goods, taxed as the dearest of them."""
    delivery = sold.total - sum((line.amount for line in lines), ZERO)
    rate = max(line.tax_rate for line in lines)
    return compute(
        [priced_line(line) for line in lines],
        currency=sold.channel.currency,
        rounding=Rounding(sold.channel.company.tax_rounding),
        shipping=Shipping(delivery, rate, sold.channel.company_id) if delivery else Shipping(),
    )


def _messages(order: writing.NewOrder, wants: Sequence[inventory.Want]) -> list[Message]:
    aggregate = f"order:{order.id}"
    placed = OrderPlaced(
        order_id=order.id, number=order.number, channel_id=order.channel_id, total=order.totals.total
    )
    return [
        *([inventory.stock_changed(wants)] if wants else []),
        Message(aggregate, placed),
        Message(aggregate, OrderPaid(order_id=order.id, number=order.number)),
    ]


def _open_discrepancies(
    order: writing.NewOrder, missing: Sequence[Piece], actor: Actor, now: datetime
) -> list[Message]:
    opened = Discrepancy.objects.bulk_create(
        Discrepancy(
            kind=Discrepancy.Kind.UNALLOCATED,
            variant_id=piece.variant_id,
            quantity=piece.quantity,
            source=f"order:{order.id}",
            opened_at=now,
            actor=str(actor),
        )
        for piece in missing
    )
    return [
        Message(f"discrepancy:{row.pk}", DiscrepancyOpened(row.pk, row.variant_id, None, row.quantity))
        for row in opened
    ]
