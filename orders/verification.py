"""
Where the order book doesn't add up: one set-wise statement a check, so each sees one moment.

Orders are documents: nothing here rewrites one. What can be mended is the counter of what has
been given back on a payment, which follows its refunds; the rest is for a person to look at.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.models import Variant
from inventory.models import Backlog
from omni.core import db, sql
from omni.core.actor import Actor
from omni.core.verification import Drift, Repair
from orders.models import Payment
from orders.services.backlog import AHEAD, WAITING
from organisation.models import SalesChannel

# Each answers (order's number, detail, what, expected, found).
LINES = """
SELECT "order".number, NULL::text, figure.what, figure.expected, figure.found
FROM orders_order AS "order"
JOIN (
    SELECT order_id, sum(list_amount) AS goods, sum(discount_amount) AS discounts,
           sum(points_amount) AS points
    FROM orders_orderline GROUP BY order_id
) AS line ON line.order_id = "order".id
CROSS JOIN LATERAL (VALUES
    ('lines_amount', line.goods, "order".lines_amount),
    ('discount_amount', line.discounts, "order".discount_amount),
    -- What the goods did not bear of the points, delivery did.
    ('points_amount', least(greatest("order".points_amount, line.points),
                            line.points + "order".shipping_amount), "order".points_amount)
) AS figure (what, expected, found)
WHERE figure.expected <> figure.found
ORDER BY "order".id, figure.what
"""

TAXES = """
SELECT "order".number, NULL::text, figure.what, figure.expected, figure.found
FROM orders_order AS "order"
LEFT JOIN (
    SELECT order_id, sum(lines_amount) AS goods, sum(shipping_amount) AS shipping,
           sum(discount_amount) AS discounts, sum(points_amount) AS points, sum(tax) AS tax,
           sum(amount) + coalesce(sum(tax) FILTER (WHERE NOT tax_inclusive), 0) AS total
    FROM orders_ordertax GROUP BY order_id
) AS bucket ON bucket.order_id = "order".id
CROSS JOIN LATERAL (VALUES
    ('lines_amount', coalesce(bucket.goods, 0), "order".lines_amount),
    ('shipping_amount', coalesce(bucket.shipping, 0), "order".shipping_amount),
    ('discount_amount', coalesce(bucket.discounts, 0), "order".discount_amount),
    ('points_amount', coalesce(bucket.points, 0), "order".points_amount),
    ('tax_amount', coalesce(bucket.tax, 0), "order".tax_amount),
    ('total', coalesce(bucket.total, 0), "order".total)
) AS figure (what, expected, found)
WHERE figure.expected <> figure.found
ORDER BY "order".id, figure.what
"""

BUCKETS = """
SELECT "order".number, bucket.rate::text, figure.what, figure.expected, figure.found
FROM orders_ordertax AS bucket
JOIN orders_order AS "order" ON "order".id = bucket.order_id
LEFT JOIN (
    SELECT order_id, company_id, tax_rate, tax_inclusive, sum(list_amount) AS goods,
           sum(discount_amount) AS discounts
    FROM orders_orderline GROUP BY order_id, company_id, tax_rate, tax_inclusive
) AS line ON line.order_id = bucket.order_id AND line.company_id = bucket.company_id
         AND line.tax_rate = bucket.rate AND line.tax_inclusive = bucket.tax_inclusive
CROSS JOIN LATERAL (VALUES
    ('lines_amount', coalesce(line.goods, 0), bucket.lines_amount),
    ('discount_amount', coalesce(line.discounts, 0), bucket.discount_amount)
) AS figure (what, expected, found)
WHERE figure.expected <> figure.found
ORDER BY bucket.id, figure.what
"""

DISCOUNTS = """
SELECT "order".number, line.position::text, 'discount_amount', coalesce(reason.amount, 0), line.discount_amount
FROM orders_orderline AS line
JOIN orders_order AS "order" ON "order".id = line.order_id
LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM orders_linediscount GROUP BY line_id) AS reason
       ON reason.line_id = line.id
WHERE coalesce(reason.amount, 0) <> line.discount_amount
ORDER BY line.id
"""

# What settles an order adds up to its total, less what was cancelled before it was paid; once it is
# paid, so does what was captured.
PAYMENTS = """
SELECT "order".number, NULL::text, figure.what, "order".total - coalesce(change.forgone, 0), figure.found
FROM orders_order AS "order"
LEFT JOIN (
    SELECT order_id, sum(amount) AS amount, sum(captured_amount) AS captured
    FROM orders_payment WHERE status NOT IN ('FAILED', 'VOIDED') GROUP BY order_id
) AS payment ON payment.order_id = "order".id
LEFT JOIN (
    SELECT order_id, sum(forgone_amount) AS forgone FROM orders_orderchange GROUP BY order_id
) AS change ON change.order_id = "order".id
CROSS JOIN LATERAL (VALUES
    ('payments', true, coalesce(payment.amount, 0)),
    ('captured', "order".paid_at IS NOT NULL, coalesce(payment.captured, 0))
) AS figure (what, applies, found)
WHERE "order".status IN ('PENDING', 'PLACED', 'COMPLETED')
  AND figure.applies AND figure.found <> "order".total - coalesce(change.forgone, 0)
ORDER BY "order".id, figure.what
"""

REFUNDS = """
SELECT "order".number, payment.id::text, 'refunded_amount', coalesce(refund.amount, 0), payment.refunded_amount
FROM orders_payment AS payment
JOIN orders_order AS "order" ON "order".id = payment.order_id
LEFT JOIN (
    SELECT payment_id, sum(amount) AS amount FROM orders_refund WHERE status <> 'FAILED' GROUP BY payment_id
) AS refund ON refund.payment_id = payment.id
WHERE coalesce(refund.amount, 0) <> payment.refunded_amount
ORDER BY payment.id
"""

CAPTURES = """
SELECT "order".number, payment.id::text, 'refunds within captures',
       payment.captured_amount, sum(refund.amount)
FROM orders_refund AS refund
JOIN orders_payment AS payment ON payment.id = refund.payment_id
JOIN orders_order AS "order" ON "order".id = payment.order_id
WHERE refund.status <> 'FAILED'
GROUP BY payment.id, "order".number
HAVING sum(refund.amount) > payment.captured_amount
ORDER BY payment.id
"""

# An open part of an order that has a location holds what it says. While a card is being paid the
# hold may run out: the payment's outcome takes it again, or gives the money back.
PROMISES = """
SELECT "order".number, line.position::text, 'reserved', part.quantity,
       CASE WHEN held.status IN ('ACTIVE', 'COMMITTED') THEN held.quantity ELSE 0 END
FROM orders_fulfilment AS fulfilment
JOIN orders_order AS "order" ON "order".id = fulfilment.order_id
JOIN orders_fulfilmentline AS part ON part.fulfilment_id = fulfilment.id
JOIN orders_orderline AS line ON line.id = part.order_line_id
JOIN catalog_variant AS variant ON variant.id = line.variant_id AND variant.keeps_stock
LEFT JOIN inventory_reservation AS held ON held.id = part.reservation_id
WHERE fulfilment.status IN ('PROPOSED', 'RESERVED', 'PREPARED', 'READY')
  AND (fulfilment.location_id IS NOT NULL OR part.reservation_id IS NOT NULL)
  AND NOT EXISTS (SELECT FROM orders_linecomponent AS component WHERE component.line_id = line.id)
  AND NOT ("order".status = 'PENDING' AND held.status = 'EXPIRED')
  AND part.quantity <> CASE WHEN held.status IN ('ACTIVE', 'COMMITTED') THEN held.quantity ELSE 0 END
ORDER BY part.id
"""

# The same of a bundle's part: each of its components is held, so many times as it has bundles.
COMPONENT_PROMISES = """
SELECT "order".number, line.position::text, 'reserved of ' || variant.sku, part.quantity * component.quantity,
       CASE WHEN held.status IN ('ACTIVE', 'COMMITTED') THEN held.quantity ELSE 0 END
FROM orders_fulfilment AS fulfilment
JOIN orders_order AS "order" ON "order".id = fulfilment.order_id
JOIN orders_fulfilmentline AS part ON part.fulfilment_id = fulfilment.id
JOIN orders_orderline AS line ON line.id = part.order_line_id
JOIN orders_linecomponent AS component ON component.line_id = line.id
JOIN catalog_variant AS variant ON variant.id = component.variant_id
LEFT JOIN orders_componentreservation AS named
       ON named.fulfilment_line_id = part.id AND named.component_id = component.id
LEFT JOIN inventory_reservation AS held ON held.id = named.reservation_id
WHERE fulfilment.status IN ('PROPOSED', 'RESERVED', 'PREPARED', 'READY')
  AND (fulfilment.location_id IS NOT NULL OR named.id IS NOT NULL)
  AND NOT ("order".status = 'PENDING' AND held.status = 'EXPIRED')
  AND part.quantity * component.quantity
      <> CASE WHEN held.status IN ('ACTIVE', 'COMMITTED') THEN held.quantity ELSE 0 END
ORDER BY part.id, component.id
"""

STRAY_PROMISES = """
SELECT coalesce("order".number, held.source), held.id::text, 'reserved for nothing', 0, held.quantity
FROM inventory_reservation AS held
LEFT JOIN orders_order AS "order" ON "order".id = substring(held.source FROM '^order:(\\d+)')::bigint
WHERE held.status IN ('ACTIVE', 'COMMITTED') AND held.source LIKE 'order:%%'
  AND NOT EXISTS (
    SELECT FROM orders_fulfilmentline AS part
    JOIN orders_fulfilment AS fulfilment ON fulfilment.id = part.fulfilment_id
    LEFT JOIN orders_componentreservation AS named ON named.fulfilment_line_id = part.id
    WHERE fulfilment.order_id = "order".id AND held.id IN (part.reservation_id, named.reservation_id)
      AND fulfilment.status IN ('PROPOSED', 'RESERVED', 'PREPARED', 'READY')
  )
ORDER BY held.id
"""

HANDED_OVER = """
SELECT "order".number, line.position::text, 'fulfilled_quantity', coalesce(done.quantity, 0)::bigint,
       line.fulfilled_quantity
FROM orders_orderline AS line
JOIN orders_order AS "order" ON "order".id = line.order_id
LEFT JOIN (
    SELECT part.order_line_id, sum(part.quantity) AS quantity
    FROM orders_fulfilmentline AS part
    JOIN orders_fulfilment AS fulfilment ON fulfilment.id = part.fulfilment_id
    WHERE fulfilment.status = 'COMPLETED' GROUP BY part.order_line_id
) AS done ON done.order_line_id = line.id
WHERE coalesce(done.quantity, 0) <> line.fulfilled_quantity
ORDER BY line.id
"""

RETURNED = """
SELECT "order".number, line.position::text, 'returned_quantity', coalesce(back.quantity, 0)::bigint,
       line.returned_quantity
FROM orders_orderline AS line
JOIN orders_order AS "order" ON "order".id = line.order_id
LEFT JOIN (
    SELECT part.order_line_id, sum(part.quantity) AS quantity
    FROM orders_returnline AS part
    JOIN orders_return AS returned ON returned.id = part.returned_id
    WHERE returned.status IN ('PARTIALLY_RECEIVED', 'RECEIVED') GROUP BY part.order_line_id
) AS back ON back.order_line_id = line.id
WHERE coalesce(back.quantity, 0) <> line.returned_quantity
ORDER BY line.id
"""

# Of an order that stands, what is cancelled is what its changes say.
CANCELLED = """
SELECT "order".number, line.position::text, 'cancelled_quantity', coalesce(off.quantity, 0)::bigint,
       line.cancelled_quantity
FROM orders_orderline AS line
JOIN orders_order AS "order" ON "order".id = line.order_id AND "order".status IN ('PLACED', 'COMPLETED')
LEFT JOIN (
    SELECT part.order_line_id, sum(part.quantity) AS quantity
    FROM orders_orderchangeline AS part
    JOIN orders_orderchange AS change ON change.id = part.change_id
    WHERE change.kind = 'CANCEL' GROUP BY part.order_line_id
) AS off ON off.order_line_id = line.id
WHERE coalesce(off.quantity, 0) <> line.cancelled_quantity
ORDER BY line.id
"""

# What is counted as waiting is what waits: of listings what was sold ahead, of stock whatever was.
BACKLOG = f"""
WITH waiting AS (
    SELECT part.id, line.variant_id AS listed_id, "order".channel_id, part.quantity,
           {AHEAD} AS ahead, good.variant_id, good.units
    {WAITING}
), counted AS (
    SELECT variant_id, channel_id, 0 AS ahead, quantity * units AS owed FROM waiting
    UNION ALL
    SELECT listed_id, channel_id, quantity, 0
    FROM (SELECT DISTINCT id, listed_id, channel_id, quantity FROM waiting WHERE ahead) AS part
), summed AS (
    SELECT variant_id, channel_id, sum(ahead)::bigint AS ahead, sum(owed)::bigint AS owed
    FROM counted GROUP BY variant_id, channel_id
)
SELECT variant.sku, channel.code, figure.what, coalesce(figure.expected, 0), coalesce(figure.found, 0)
FROM summed
FULL JOIN inventory_backlog AS backlog
       ON backlog.variant_id = summed.variant_id AND backlog.channel_id = summed.channel_id
JOIN catalog_variant AS variant ON variant.id = coalesce(summed.variant_id, backlog.variant_id)
JOIN organisation_saleschannel AS channel ON channel.id = coalesce(summed.channel_id, backlog.channel_id)
CROSS JOIN LATERAL (VALUES
    ('ahead', summed.ahead, backlog.ahead), ('owed', summed.owed, backlog.owed)
) AS figure (what, expected, found)
WHERE coalesce(figure.expected, 0) <> coalesce(figure.found, 0)
ORDER BY variant.sku, channel.code, figure.what
"""

# kind → its statement, and what its second column names.
CHECKS: dict[str, tuple[str, str]] = {
    "order-lines": (LINES, ""),
    "order-taxes": (TAXES, ""),
    "order-tax-bucket": (BUCKETS, "rate"),
    "order-line-discounts": (DISCOUNTS, "position"),
    "order-payments": (PAYMENTS, ""),
    "payment-refunds": (REFUNDS, "payment"),
    "refunds-above-capture": (CAPTURES, "payment"),
    "order-reservations": (PROMISES, "position"),
    "order-component-reservations": (COMPONENT_PROMISES, "position"),
    "stray-reservation": (STRAY_PROMISES, "reservation"),
    "order-fulfilled": (HANDED_OVER, "position"),
    "order-returned": (RETURNED, "position"),
    "order-cancelled": (CANCELLED, "position"),
}
BACKLOG_KIND = "backlog"


def find_drifts() -> list[Drift]:
    """Every place where an order's figures are not what its rows explain."""
    found = [
        _drift(kind, detail, row)
        for kind, (statement, detail) in CHECKS.items()
        for row in sql.fetch_all(statement)
    ]
    return found + [_backlog_drift(row) for row in sql.fetch_all(BACKLOG)]


def _backlog_drift(row: sql.Row) -> Drift:
    sku, channel, what, expected, found = row
    return Drift(BACKLOG_KIND, what, {"sku": sku, "channel": channel}, expected, found, found - expected)


def _drift(kind: str, detail: str, row: sql.Row) -> Drift:
    number, named, what, expected, found = row
    where: dict[str, Any] = {"order": number}
    if detail:
        where[detail] = named
    return Drift(kind, what, where, _figure(expected), _figure(found), _figure(found - expected))


def _figure(value: Any) -> int | str:
    """Units as they are, amounts as their shortest text."""
    return value if isinstance(value, int) else f"{value.normalize():f}"


def repair(drifts: Sequence[Drift], *, actor: Actor, now: datetime) -> list[Repair]:
    """
    Set what payments say was given back to the sum of their refunds, a transaction each, and what is
    counted as waiting to what waits.
    """
    repairs = [
        Repair(drift, _repair_refunded(UUID(drift.where["payment"])), now)
        for drift in drifts
        if drift.kind == "payment-refunds"
    ]
    return repairs + [
        Repair(drift, _repair_backlog(drift), now) for drift in drifts if drift.kind == BACKLOG_KIND
    ]


def _repair_backlog(drift: Drift) -> str:
    """Orders hold this lock while they change what waits, so what is read under it is settled."""
    with db.transaction():
        sql.fetch_all("LOCK TABLE inventory_backlog IN SHARE ROW EXCLUSIVE MODE")
        for row in sql.fetch_all(BACKLOG):
            if _backlog_drift(row).where == drift.where and row[2] == drift.what:
                _set_backlog(*row[:4])
                return f"{drift.what} set to {row[3]}"
    return "right by now"


def _set_backlog(sku: str, channel: str, what: str, units: int) -> None:
    Backlog.objects.update_or_create(
        variant=Variant.objects.get(sku=sku),
        channel=SalesChannel.objects.get(code=channel),
        defaults={what: units},
    )


def _repair_refunded(payment_id: UUID) -> str:
    with db.transaction():
        Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        for _, named, _, expected, _ in sql.fetch_all(REFUNDS):
            if named == str(payment_id):
                Payment.objects.filter(pk=payment_id).update(refunded_amount=expected)
                return f"refunded_amount set to {_figure(expected)}"
    return "right by now"
