"""
Journals of devices that were off line: their chain is checked, each entry lands once, and is then booked.

Landing and booking are transactions of their own: what has landed is known for good, however its booking
goes. A chain that breaks lands nothing; what is expected is answered, and a task is opened for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from omni.core import db
from omni.core.actor import Actor
from omni.core.codec import encode
from omni.core.errors import Conflict, DomainError
from tills.chain import Break, Head, Link, verify
from tills.errors import InTraining, JournalChanged, JournalGap
from tills.models import JournalEntry, Till, TillTask
from tills.services.offline_booking import book
from tills.services.tasks import open_task

Status = JournalEntry.Status
UNSETTLED = (Status.PENDING, Status.FAILED)


@dataclass(frozen=True, slots=True)
class EntryState:
    """What became of one entry: `number` is the order or return, or `error` says why there is none yet."""

    sequence: int
    status: str
    number: str = ""
    error: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JournalState:
    """The end of the chain as the platform has it, and what became of what was sent."""

    last_sequence: int
    last_hash: str
    entries: tuple[EntryState, ...] = ()


def receive_journal(
    *, till: Till, links: Sequence[Link], occurred: Sequence[datetime], actor: Actor, now: datetime
) -> JournalState:
    """
    Take what a device wrote, in the order in which it did, and book it; sent again it changes nothing.

    Raises:
        InTraining
        JournalGap: entries before these have not come.
        JournalChanged: an entry is not what came under its number, or not what its hash says.
    """
    if till.training:
        raise InTraining(till=till.code)
    with db.transaction():
        till = Till.objects.for_update_by_id(till.pk)
        refused = _land(till, links, occurred, now=now)
    if refused is not None:
        raise refused
    book_waiting(till=till, actor=actor, now=now)
    return get_state(till, [link.sequence for link in links])


def _land(
    till: Till, links: Sequence[Link], occurred: Sequence[datetime], *, now: datetime
) -> DomainError | None:
    """Write the entries that are new, or answer why none is: the task that is opened has to stay."""
    known = dict(
        till.entries.filter(sequence__in=[link.sequence for link in links]).values_list("sequence", "hash")
    )
    for link in links:
        if known.get(link.sequence, link.hash) != link.hash:
            return _changed(till, link, known[link.sequence], now=now)
    new = [(link, at) for link, at in zip(links, occurred, strict=True) if link.sequence > till.last_sequence]
    head, broken = verify(Head(till.last_sequence, till.last_hash), [link for link, _ in new])
    if broken is not None:
        return _broken(till, broken, now=now)
    JournalEntry.objects.bulk_create(_entry(till, link, at, now) for link, at in new)
    till.last_sequence, till.last_hash, till.seen_at = head.sequence, head.hash, now
    till.save(update_fields=["last_sequence", "last_hash", "seen_at"])
    return None


def _entry(till: Till, link: Link, at: datetime, now: datetime) -> JournalEntry:
    """A device's clock may be fast: nothing happened later than it came."""
    return JournalEntry(
        till=till,
        sequence=link.sequence,
        kind=link.kind,
        previous_hash=link.previous_hash,
        hash=link.hash,
        payload=dict(link.payload),
        occurred_at=min(at, now),
        received_at=now,
    )


def _changed(till: Till, link: Link, first: str, *, now: datetime) -> DomainError:
    details = {"sequence": link.sequence, "rule": "changed", "first": first, "sent": link.hash}
    source = f"journal:{link.sequence}"
    open_task(till=till, kind=TillTask.Kind.CHANGED, source=source, details=details, now=now)
    return JournalChanged(
        **details, expected_sequence=till.last_sequence + 1, expected_previous=till.last_hash
    )


def _broken(till: Till, broken: Break, *, now: datetime) -> DomainError:
    kind = TillTask.Kind.GAP if broken.rule == "gap" else TillTask.Kind.CHANGED
    details = {
        "sequence": broken.sequence,
        "rule": broken.rule,
        "expected_sequence": broken.expected_sequence,
        "expected_previous": broken.expected_previous,
    }
    source = f"journal:{broken.expected_sequence}"
    kept = {**details, "previous_hash": broken.previous_hash}
    open_task(till=till, kind=kind, source=source, details=kept, now=now)
    return JournalGap(**details) if kind == TillTask.Kind.GAP else JournalChanged(**details)


def book_waiting(*, till: Till, actor: Actor, now: datetime) -> int:
    """Book what has landed and is not booked, in the device's order, each for itself; answer how many were."""
    waiting = till.entries.filter(status__in=UNSETTLED).order_by("sequence").values_list("pk", flat=True)
    return sum(_book(pk, actor=actor, now=now) for pk in list(waiting))


def _book(entry_id: int, *, actor: Actor, now: datetime) -> bool:
    """All of an entry or none of it; why none is kept with it, and opened as a task."""
    try:
        with db.transaction():
            entry = _lock(entry_id)
            if entry.status not in UNSETTLED:
                return False
            number = book(entry, actor=actor, now=now)
            _settle(entry, Status.BOOKED, now=now, number=number, payload={}, error={})
            tasks = TillTask.objects.filter(
                till=entry.till, source=f"entry:{entry.pk}", kind=TillTask.Kind.FAILED
            )
            tasks.filter(resolved_at=None).update(resolved_at=now, resolution="booked", actor=str(actor))
            return True
    except DomainError as error:
        _fail(entry_id, error, now=now)
        return False


def _lock(entry_id: int) -> JournalEntry:
    """The till first, as everywhere."""
    till_id = JournalEntry.objects.values_list("till_id", flat=True).get(pk=entry_id)
    Till.objects.for_update_by_id(till_id)
    return JournalEntry.objects.for_update_by_id(entry_id)


def _fail(entry_id: int, error: DomainError, *, now: datetime) -> None:
    with db.transaction():
        entry = _lock(entry_id)
        if entry.status in UNSETTLED:
            told = {"code": error.code, **encode(error.data())}
            _settle(entry, Status.FAILED, now=None, error=told)
            open_task(
                till=entry.till, kind=TillTask.Kind.FAILED, source=f"entry:{entry.pk}", details=told, now=now
            )


def _settle(entry: JournalEntry, status: str, *, now: datetime | None, **values: Any) -> None:
    JournalEntry.objects.filter(pk=entry.pk).update(status=status, settled_at=now, **values)


def drop_entry(*, entry_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """
    Give up an entry for a reason: it is never booked. A building block.

    Raises:
        Conflict: it is booked, or dropped.
    """
    db.require_transaction()
    entry = _lock(entry_id)
    if entry.status not in UNSETTLED:
        raise Conflict(entry=entry_id, status=entry.status)
    _settle(entry, Status.DROPPED, now=now, payload={}, drop_reason=f"{reason} ({actor})"[:200])


def go_on_after(*, task: TillTask, actor: Actor, now: datetime) -> None:
    """
    Let a journal go on where its device does, though what stood between is lost. A building block.

    The task keeps both ends, and who said so.

    Raises:
        Conflict: the task is settled, or is about no break, or the journal has gone on since.
    """
    db.require_transaction()
    till = Till.objects.for_update_by_id(task.till_id)
    task = TillTask.objects.select_for_update(no_key=True).get(pk=task.pk)
    details = task.details
    fits = details.get("expected_sequence") == till.last_sequence + 1 and "previous_hash" in details
    if task.resolved_at is not None or not fits or details["sequence"] <= till.last_sequence:
        raise Conflict(task=task.pk)
    till.last_sequence, till.last_hash = details["sequence"] - 1, details["previous_hash"]
    till.save(update_fields=["last_sequence", "last_hash"])
    task.resolved_at, task.actor, task.resolution = now, str(actor), f"went on at {details['sequence']}"
    task.save(update_fields=["resolved_at", "actor", "resolution"])


def get_state(till: Till, sequences: Sequence[int]) -> JournalState:
    """Where the platform's copy of the journal ends, and how these entries stand."""
    till = Till.objects.get(pk=till.pk)
    rows = till.entries.filter(sequence__in=sequences).order_by("sequence")
    states = tuple(EntryState(row.sequence, row.status, row.number, row.error) for row in rows)
    return JournalState(till.last_sequence, till.last_hash, states)
