"""
Stock-takes: a location's sections, and what many hands scan there.

Scans lock the round that they belong to; what changes the whole locks the stock-take first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Sum

from catalog import selectors as catalog
from catalog.models import Variant
from inventory import errors
from inventory.models import Scan, SectionCount, StockTake, StockTakeSection
from inventory.services.counting import moment_within
from omni.core import db, idempotency, sql
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.ids import uuid7
from omni.outbox.events import CountChanged
from omni.outbox.publish import publish

Status = StockTake.Status
Round = SectionCount.Status


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """A shelf or room: its number, its name, and whether what is sold leaves from it."""

    number: str
    name: str = ""
    selling: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """A device's scan: `quantity` times a code (not zero), under the device's own number for it."""

    sequence: int
    code: str
    quantity: int
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class SectionNow:
    """A round of a section as the operation left it; `new` scans were not known before."""

    stock_take: str
    section: str
    round: int
    status: str
    scans: int
    new: int = 0


@dataclass(frozen=True, slots=True)
class StockTakeNow:
    number: str
    location: str
    status: str
    uncounted: str = ""


def open_stock_take(
    *,
    location_id: int,
    business_date: date,
    sections: Sequence[SectionSpec],
    note: str = "",
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> StockTakeNow:
    """
    Open the stock-take of a location, in sections (at least one).

    Raises:
        ClaimInFlight, ClaimMismatch
        NothingToCount: it has no section.
        StockTakeUnderWay: the location's last one is neither posted nor cancelled.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        if not sections:
            raise errors.NothingToCount()
        made = _create(location_id, business_date, note, actor, now)
        _add(made, sections)
        announce(made, actor, now)
        return idempotency.settle(claim, stock_take_now(made), now=now)


OPEN = """
INSERT INTO inventory_stocktake
    (number, location_id, business_date, status, uncounted, note, opened_at, approved_by, actor)
VALUES (%(number)s::text, %(location)s::bigint, %(business_date)s::date, 'OPEN', '', %(note)s::text,
        %(now)s::timestamptz, '', %(actor)s::text)
ON CONFLICT (location_id) WHERE status IN ('OPEN', 'CLOSED', 'APPROVED') DO NOTHING
RETURNING id
"""


def _create(location_id: int, business_date: date, note: str, actor: Actor, now: datetime) -> StockTake:
    row = sql.fetch_one(
        OPEN,
        {
            "number": str(uuid7()),
            "location": location_id,
            "business_date": business_date,
            "note": note,
            "now": now,
            "actor": str(actor),
        },
    )
    if row is None:
        under_way = StockTake.objects.filter(location=location_id, status__in=StockTake.UNDER_WAY).first()
        raise errors.StockTakeUnderWay(number=under_way.number if under_way else None)
    made = StockTake.objects.select_related("location").get(pk=row[0])
    made.number = f"T{made.pk:06d}"
    made.save(update_fields=["number"])
    return made


def _add(stock_take: StockTake, sections: Iterable[SectionSpec]) -> None:
    StockTakeSection.objects.bulk_create(
        [
            StockTakeSection(stock_take=stock_take, number=one.number, name=one.name, selling=one.selling)
            for one in {one.number: one for one in sections}.values()
        ],
        ignore_conflicts=True,
    )


def add_sections(
    *, number: str, sections: Sequence[SectionSpec], claim: Claim, actor: Actor, now: datetime
) -> StockTakeNow:
    """
    Add sections that were forgotten; those that are there stay as they are.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=StockTakeNow):
            return replayed
        stock_take = locked_stock_take(number, Status.OPEN)
        _add(stock_take, sections)
        return idempotency.settle(claim, stock_take_now(stock_take), now=now)


def record_scans(
    *,
    number: str,
    section: str,
    round: int = 1,
    device: str,
    scans: Sequence[Read],
    location_id: int | None = None,
    counter: Actor | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SectionNow:
    """
    Take in what a device has scanned in a round of a section, in any order and however late.

    A scan is known by its device and sequence within the stock-take: one that comes again changes
    nothing, even when the round is finished by now. Codes that nothing is known by are kept.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound: of that stock-take, section or (beyond the first) round.
        CountNotOpen: the round is finished, and something in the batch is new.
        ScanMismatch: the device used a number twice for different things.
        CountedOutOfTime
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SectionNow):
            return replayed
        count = _locked_round(number, section, round, location_id, actor, now)
        stock_take = count.section.stock_take
        new = _unknown(count, device, scans)
        if new and (count.status != Round.OPEN or stock_take.status != Status.OPEN):
            raise errors.CountNotOpen(number=number, state=count.status)
        written = _write(count, device, new, str(counter or actor), now)
        if written < len(new):
            # Its numbers were sent meanwhile for another section, whose lock is another one.
            _unknown(count, device, scans)
        return idempotency.settle(claim, section_now(count, new=written), now=now)


def _locked_round(
    number: str, section: str, round: int, location_id: int | None, actor: Actor, now: datetime
) -> SectionCount:
    found = StockTakeSection.objects.filter(stock_take__number=number, number=section)
    place = found.select_related("stock_take").first()
    if place is None or location_id not in (None, place.stock_take.location_id):
        raise errors.CountNotFound(number=number, section=section)
    if round == 1 and place.stock_take.status == Status.OPEN:
        first = SectionCount(section=place, round=1, opened_at=now, actor=str(actor))
        SectionCount.objects.bulk_create([first], ignore_conflicts=True)
    count = SectionCount.objects.for_update_of(place.pk, round)
    if count is None:
        raise errors.CountNotFound(number=number, section=section, round=round)
    count.section = place
    return count


def _unknown(count: SectionCount, device: str, scans: Sequence[Read]) -> list[Read]:
    """The scans that were not sent before; of a number, the first in the batch."""
    batch: dict[int, Read] = {}
    twice = [one.sequence for one in scans if _says(batch.setdefault(one.sequence, one)) != _says(one)]
    rows = Scan.objects.filter(
        stock_take=count.section.stock_take_id, device=device, sequence__in=list(batch)
    )
    known = {row[0]: row[1:] for row in rows.values_list("sequence", "code", "read", "count_id")}
    twice += [number for number, said in known.items() if said != (*_says(batch[number]), count.pk)]
    if twice:
        raise errors.ScanMismatch(device=device, sequences=sorted(set(twice)))
    return [one for one in batch.values() if one.sequence not in known]


def _says(one: Read) -> tuple[str, int]:
    return catalog.normalise_code(one.code), one.quantity


SCANS = """
INSERT INTO inventory_scan
    (stock_take_id, count_id, device, sequence, code, variant_id, read, quantity, scanned_at, counted_by)
SELECT %(stock_take)s::bigint, %(count)s::bigint, %(device)s::text, row.sequence, row.code, row.variant_id,
       row.read, row.quantity, row.scanned_at, %(by)s::text
FROM unnest(
    %(sequences)s::bigint[], %(codes)s::text[], %(variants)s::bigint[], %(reads)s::bigint[],
    %(quantities)s::bigint[], %(moments)s::timestamptz[]
) AS row (sequence, code, variant_id, read, quantity, scanned_at)
ORDER BY row.sequence
ON CONFLICT (stock_take_id, device, sequence) DO NOTHING
RETURNING id
"""


def _write(count: SectionCount, device: str, scans: Sequence[Read], by: str, now: datetime) -> int:
    if not scans:
        return 0
    opened_at = count.section.stock_take.opened_at
    known = catalog.resolve_codes(codes={one.code for one in scans})
    named = [known.get(one.code) for one in scans]
    rows = sql.fetch_all(
        SCANS,
        {
            "stock_take": count.section.stock_take_id,
            "count": count.pk,
            "device": device,
            "by": by,
            "sequences": sql.integers(one.sequence for one in scans),
            "codes": sql.array(catalog.normalise_code(one.code) for one in scans),
            "variants": sql.integers(coded.variant_id if coded else None for coded in named),
            "reads": sql.integers(one.quantity for one in scans),
            "quantities": sql.integers(
                one.quantity * (coded.quantity if coded else 1)
                for one, coded in zip(scans, named, strict=True)
            ),
            "moments": sql.array(
                moment_within(one.scanned_at, opened_at=opened_at, now=now) for one in scans
            ),
        },
    )
    return len(rows)


def submit_section(
    *,
    number: str,
    section: str,
    round: int = 1,
    location_id: int | None = None,
    counter: Actor | None = None,
    claim: Claim,
    actor: Actor,
    now: datetime,
) -> SectionNow:
    """
    Say that a round of a section is counted; a section in which nothing stands has no scans.

    Raises:
        ClaimInFlight, ClaimMismatch
        CountNotFound, CountNotOpen
        SameCounter: an earlier round was counted by the same person.
        CountedBelowZero
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=SectionNow):
            return replayed
        count = _locked_round(number, section, round, location_id, actor, now)
        if count.status != Round.OPEN:
            raise errors.CountNotOpen(number=number, state=count.status)
        count.counted_by = str(counter or actor)
        _refuse_same_counter(count)
        _refuse_below_zero(count)
        latest: datetime | None = count.scans.aggregate(at=Max("scanned_at"))["at"]
        count.status, count.counted_at = Round.SUBMITTED, latest or now
        count.save(update_fields=["status", "counted_at", "counted_by"])
        return idempotency.settle(claim, section_now(count), now=now)


def _refuse_same_counter(count: SectionCount) -> None:
    mine = {count.counted_by, *count.scans.values_list("counted_by", flat=True).distinct()}
    earlier = SectionCount.objects.filter(section=count.section_id, round__lt=count.round)
    others = set(earlier.values_list("counted_by", flat=True))
    others |= set(Scan.objects.filter(count__in=earlier).values_list("counted_by", flat=True).distinct())
    if mine & others:
        raise errors.SameCounter(section=count.section.number)


def _refuse_below_zero(count: SectionCount) -> None:
    sums = count.scans.exclude(variant=None).values("variant").annotate(total=Sum("quantity"))
    below = [row["variant"] for row in sums.filter(total__lt=0)]
    if below:
        skus = Variant.objects.filter(pk__in=below).order_by("sku").values_list("sku", flat=True)
        raise errors.CountedBelowZero(skus=list(skus))


def locked_stock_take(number: str, *states: str) -> StockTake:
    """
    Raises:
        CountNotFound, CountNotOpen
    """
    stock_take = StockTake.objects.for_update_by_number(number)
    if stock_take is None:
        raise errors.CountNotFound(number=number)
    if stock_take.status not in states:
        raise errors.CountNotOpen(number=number, state=stock_take.status)
    return stock_take


def announce(stock_take: StockTake, actor: Actor, now: datetime) -> None:
    changed = CountChanged("stock-take", stock_take.number, stock_take.location_id, stock_take.status)
    publish(f"stock-take:{stock_take.pk}", changed, at=now, actor=actor)


def stock_take_now(stock_take: StockTake) -> StockTakeNow:
    return StockTakeNow(stock_take.number, stock_take.location.code, stock_take.status, stock_take.uncounted)


def section_now(count: SectionCount, *, new: int = 0) -> SectionNow:
    return SectionNow(
        stock_take=count.section.stock_take.number,
        section=count.section.number,
        round=count.round,
        status=count.status,
        scans=count.scans.count(),
        new=new,
    )
