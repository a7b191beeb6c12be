"""
The days promised to who bought ahead, kept true: read anew whenever supply or the queue changes.

The same rule as when selling (`inventory.backorders`): supply goes to the queue in order, and a part's
day is that of the document which completes it. Where nothing covers a part any more and no supplier is
named to order it from, a person is told by a discrepancy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from inventory import selectors as stock
from inventory import services as inventory
from inventory.models import BackorderPolicy, ChannelSource, Discrepancy
from inventory.sourcing import SHIPPING
from omni.core import clock, db, sql
from omni.core.actor import SYSTEM
from omni.outbox.events import PromiseChanged
from omni.outbox.publish import Message, publish_all
from orders.models import LinePromise, PromiseChange
from orders.services.backlog import GROUPED, PART, WAITING, Part, part_of

Basis = LinePromise.Basis

# With nothing sold ahead no more than the open proposals without a location are read.
PROMISED = f"""
SELECT DISTINCT line.id, good.variant_id
{WAITING} AND promise.line_id IS NOT NULL AND line.id IN (
    SELECT line.id {WAITING} AND promise.line_id IS NOT NULL
       AND (%(variants)s::bigint[] IS NULL
            OR good.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[])))
"""

QUEUE = f"""{PART} {WAITING}
  AND line.id IN (SELECT line.id {WAITING} AND good.variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]))
{GROUPED}"""


@dataclass(slots=True)
class _Supply:
    location_id: int
    day: date | None
    units: int


@dataclass(frozen=True, slots=True)
class _Reached:
    """Whether supply covers a part, and from which day; None where a document has none."""

    covered: bool
    day: date | None


def update_promises(*, variant_ids: Iterable[int] | None, now: datetime) -> int:
    """
    Set anew the days promised for what waits of these variants (None: of any); answer how many changed.

    A building block of one statement where nothing waits that was sold ahead. Each change is kept in
    the promise's history and published.
    """
    db.require_transaction()
    touched = None if variant_ids is None else sql.integers(sorted(variant_ids))
    lines = sql.fetch_all(PROMISED, {"variants": touched, "now": now})
    if not lines:
        return 0
    promises = _lock({row[0] for row in lines})
    goods = sorted({row[1] for row in lines})
    queue = [part_of(row) for row in sql.fetch_all(QUEUE, {"variants": sql.integers(goods), "now": now})]
    today = clock.business_date(now, settings.TIME_ZONE)
    reached = _reach(queue, _supply(queue, goods, today, now))
    return _apply(queue, reached, promises, today, now)


def _lock(line_ids: Iterable[int]) -> dict[int, LinePromise]:
    rows = LinePromise.objects.filter(pk__in=list(line_ids)).select_related("line__order").order_by("pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}


def _supply(
    queue: Sequence[Part], goods: Sequence[int], today: date, now: datetime
) -> dict[int, list[_Supply]]:
    """By variant what stands there, then what documents bring, the earliest first; overdue has no day."""
    channels = sorted({part.channel_id for part in queue})
    supply: dict[int, list[_Supply]] = {variant_id: [] for variant_id in goods}
    there: dict[tuple[int, int], int] = {}
    for one in inventory.supply_for_waiting(channel_ids=channels, variant_ids=goods, now=now):
        there[one.variant_id, one.location_id] = one.free
    for (variant_id, location_id), units in there.items():
        supply[variant_id].append(_Supply(location_id, today, units))
    dated: list[stock.Expected] = []
    undated: list[stock.Expected] = []
    for expected in stock.list_expected(variant_ids=goods):
        late = expected.expected_date is None or expected.expected_date < today
        (undated if late else dated).append(expected)
    for expected in dated + undated:
        day = expected.expected_date if expected in dated else None
        supply[expected.variant_id].append(_Supply(expected.location_id, day, expected.quantity))
    return supply


def _reach(queue: Sequence[Part], supply: Mapping[int, list[_Supply]]) -> dict[int, _Reached]:
    """Give supply to the queue in order; by part what it gets."""
    sources: dict[int, set[int]] = {}
    for channel_id, location_id in ChannelSource.objects.filter(
        channel__in={part.channel_id for part in queue},
        active=True,
        location__capabilities__overlap=SHIPPING,
    ).values_list("channel_id", "location_id"):
        sources.setdefault(channel_id, set()).add(location_id)
    return {
        part.id: _cover(part, supply, sources.get(part.channel_id, set()) - part.barred) for part in queue
    }


def _cover(part: Part, supply: Mapping[int, list[_Supply]], sources: set[int]) -> _Reached:
    days: list[date | None] = []
    covered = True
    for variant_id, each in part.goods:
        lacking = part.quantity * each
        for one in supply.get(variant_id, ()):
            taken = min(lacking, one.units) if one.location_id in sources else 0
            if taken:
                one.units -= taken
                lacking -= taken
                days.append(one.day)
        covered = covered and not lacking
    known = [day for day in days if day is not None]
    return _Reached(covered, max(known) if covered and len(known) == len(days) else None)


def _apply(
    queue: Sequence[Part],
    reached: Mapping[int, _Reached],
    promises: Mapping[int, LinePromise],
    today: date,
    now: datetime,
) -> int:
    leads = _lead_times(queue)
    changed: list[tuple[LinePromise, Part, date | None, str]] = []
    for part in queue:
        promise = promises.get(part.order_line_id)
        if promise is None:
            continue
        lead = leads.get((part.variant_id, part.channel_id))
        day, basis = _day(promise, reached[part.id], lead, today, now)
        if (day, basis) != (promise.promised_date, promise.basis):
            changed.append((promise, part, day, basis))
    if changed:
        _write(changed, now)
    return len(changed)


def _lead_times(queue: Sequence[Part]) -> dict[tuple[int, int], int]:
    """(variant, channel) → the days that its policy's supplier takes."""
    rows = BackorderPolicy.objects.filter(
        variant__in={part.variant_id for part in queue if part.ahead}, supplier__isnull=False
    ).values_list("variant_id", "channel_id", "supplier__lead_time_days")
    return {(variant_id, channel_id): days for variant_id, channel_id, days in rows}


def _day(
    promise: LinePromise, reached: _Reached, lead: int | None, today: date, now: datetime
) -> tuple[date | None, str]:
    """The day that can be promised now, and what it rests on."""
    release = promise.release_at
    ahead = release is not None and release > now
    released = clock.business_date(release, settings.TIME_ZONE) if release and ahead else None
    if reached.covered:
        days = [day for day in (reached.day, released) if day is not None]
        return (max(days) if days else None), Basis.SUPPLY
    if promise.basis == Basis.LEAD_TIME and promise.promised_date and promise.promised_date >= today:
        return promise.promised_date, Basis.LEAD_TIME
    if promise.basis == Basis.SUPPLY and lead is not None:
        ready = today + timedelta(days=lead)
        return max(ready, released or ready), Basis.LEAD_TIME
    if promise.basis == Basis.RELEASE and released is not None:
        return released, Basis.RELEASE
    return None, Basis.NOTHING


def _write(changed: Sequence[tuple[LinePromise, Part, date | None, str]], now: datetime) -> None:
    moved = [one for one in changed if one[0].promised_date != one[2]]
    lost = [one for one in changed if one[3] == Basis.NOTHING]
    PromiseChange.objects.bulk_create(
        PromiseChange(promise=promise, changed_at=now, before=promise.promised_date, after=day, basis=basis)
        for promise, _part, day, basis in changed
    )
    messages = [_message(promise, part, day) for promise, part, day, _basis in moved]
    for promise, _part, day, basis in changed:
        promise.promised_date, promise.basis, promise.changed_at = day, basis, now
    LinePromise.objects.bulk_update(
        [one[0] for one in changed], ["promised_date", "basis", "changed_at"], batch_size=500
    )
    openings = [
        inventory.Opening(
            Discrepancy.Kind.UNALLOCATED, part.variant_id, None, part.quantity, f"order:{part.order_id}"
        )
        for _promise, part, _day, _basis in lost
    ]
    if openings:
        inventory.open_discrepancies(openings=openings, actor=SYSTEM, now=now)
    publish_all(messages, at=now, actor=SYSTEM)


def _message(promise: LinePromise, part: Part, day: date | None) -> Message:
    before = promise.promised_date
    payload = PromiseChanged(
        order_id=part.order_id,
        number=promise.line.order.number,
        position=part.position,
        before=before.isoformat() if before else None,
        after=day.isoformat() if day else None,
    )
    return Message(f"order:{part.order_id}", payload)
