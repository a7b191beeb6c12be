"""Batches of tills of other makers: kept first, then booked entry by entry, each once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import structlog
from django.db.models import F

from connectors import selectors
from connectors.errors import EntryDiffers, KindUnavailable, MessageInvalid, PushFailed, SaleNotYetHere
from connectors.models import Connection, TillEntry
from connectors.ports import Capability
from connectors.registry import counterpart_of, lacks, reached
from connectors.selectors import Gap
from connectors.services.numbering import note_numbers
from connectors.services.receiving import EARLIEST
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import DomainError, NotFound, Unavailable
from omni.core.idempotency import Claim, ClaimInFlight, fingerprint
from orders import services as orders
from orders.models import Order
from orders.numbers import sale_number
from orders.services.returnable import returnable
from orders.services.till import CLOCK_SKEW
from organisation.models import Location

logger = structlog.get_logger(__name__)
Status = TillEntry.Status
MOST_ENTRIES = 200
# What can't be booked is tried again by the clock: after a minute, then after twice as long each time.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
# What a till charged is what was paid, whatever our price is.
PRICE_REASON = "till-feed"


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of an entry: `number` is the order or return that it is now, `error` why it isn't."""

    sequence: int
    status: str
    number: str
    error: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BatchTaken:
    """`gaps` are numbers of the device's that never came: they are to be sent again."""

    device: str
    entries: tuple[EntryOutcome, ...]
    gaps: tuple[Gap, ...]


def receive_till_batch(
    *, connection: Connection, body: bytes, headers: Mapping[str, str], now: datetime
) -> BatchTaken:
    """
    Keep a batch's entries and book those that can be; answer each, and what is missing before them.

    An entry is booked once by its device and number, at the time that it happened. What can't be
    booked is kept with the reason; of another entry under a number that came before nothing is kept.

    Raises:
        NotFound: this kind of connection sends none.
        SignatureInvalid, Unavailable
        MessageInvalid: the batch has not the agreed form; nothing of it is kept.
    """
    data = _proved(connection, body, headers)
    device, given = _parse(data)
    _keep(connection, device, given, now)
    kept = _kept(connection, device, given)
    book_entries(connection=connection, entries=[kept[sequence] for sequence in sorted(kept)], now=now)
    kept = _kept(connection, device, given)
    outcomes = tuple(_outcome(kept[sequence], entry) for sequence, entry in given.items())
    return BatchTaken(device, outcomes, tuple(selectors.list_gaps(connection=connection, device=device)))


def prove_asker(*, connection: Connection, headers: Mapping[str, str]) -> None:
    """Raises NotFound, SignatureInvalid, Unavailable."""
    if lacks(connection, Capability.RECEIVE_TILL_BATCH):
        raise NotFound(connection=connection.code)
    try:
        with reached(connection) as (connector, to):
            connector.prove(to, headers)
    except PushFailed as error:
        raise Unavailable(connection=connection.code) from error


def _proved(connection: Connection, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
    if lacks(connection, Capability.RECEIVE_TILL_BATCH):
        raise NotFound(connection=connection.code)
    try:
        with reached(connection) as (connector, to):
            return connector.receive_till_batch(to, body, headers)
    except PushFailed as error:
        raise Unavailable(connection=connection.code) from error


def _parse(data: Mapping[str, Any]) -> tuple[str, dict[int, dict[str, Any]]]:
    """The device and its entries by number. What is wrong within an entry is that entry's own."""
    device, entries = data.get("device"), data.get("entries")
    if not isinstance(device, str) or not 0 < len(device) <= 64 or "\x00" in device:
        raise MessageInvalid(field="device", rule="must be text of 1 to 64 characters")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_ENTRIES:
        raise MessageInvalid(field="entries", rule=f"must be a list of 1 to {MOST_ENTRIES}")
    found: dict[int, dict[str, Any]] = {}
    for index, entry in enumerate(entries):
        sequence = entry.get("sequence") if isinstance(entry, dict) else None
        if not isinstance(sequence, int) or isinstance(sequence, bool) or not 0 < sequence < 2**62:
            raise MessageInvalid(field=f"entries[{index}].sequence", rule="must be a whole number from 1")
        if sequence in found:
            raise MessageInvalid(field=f"entries[{index}].sequence", rule="must stand once in a batch")
        found[sequence] = entry
    return device, found


def digest_of(entry: Mapping[str, Any]) -> str:
    return fingerprint(entry).hex()


def _keep(connection: Connection, device: str, given: Mapping[int, dict[str, Any]], now: datetime) -> None:
    rows = [
        TillEntry(
            connection=connection,
            device=device,
            sequence=sequence,
            kind=str(entry.get("kind")) if entry.get("kind") in TillEntry.Kind.values else "",
            receipt_number=str(entry.get("receipt_number") or "").replace("\x00", "")[:64],
            body=_storable(entry),
            digest=digest_of(entry),
            received_at=now,
            next_try_at=now + FIRST_WAIT,
        )
        for sequence, entry in sorted(given.items())
    ]
    with db.transaction():
        note_numbers(connection=connection, device=device, numbers=given)
        TillEntry.objects.bulk_create(rows, ignore_conflicts=True)


def _storable(value: Any) -> Any:
    """Without NUL, which jsonb can't hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _kept(connection: Connection, device: str, given: Mapping[int, Any]) -> dict[int, TillEntry]:
    rows = TillEntry.objects.filter(connection=connection, device=device, sequence__in=list(given))
    return {row.sequence: row for row in rows}


def _outcome(row: TillEntry, entry: Mapping[str, Any]) -> EntryOutcome:
    if row.digest != digest_of(entry):
        return EntryOutcome(row.sequence, "REFUSED", row.number, {"code": EntryDiffers.code})
    return EntryOutcome(row.sequence, row.status, row.number, row.error)


def book_entries(*, connection: Connection, entries: Sequence[TillEntry], now: datetime) -> None:
    """Book what is not settled, in order; a sale takes with it what waited for it."""
    for entry in entries:
        if entry.status not in (Status.BOOKED, Status.DROPPED) and _book(connection, entry, now):
            waiting = TillEntry.objects.filter(
                connection=connection, status=Status.WAITING, receipt_number=entry.receipt_number
            )
            if entry.kind == TillEntry.Kind.SALE:
                for each in waiting.order_by("device", "sequence"):
                    _book(connection, each, now)


def _book(connection: Connection, entry: TillEntry, now: datetime) -> bool:
    """Whether it is booked. What another delivery is just booking is left to that one."""
    try:
        number = BOOKING[entry.kind](connection, entry, now) if entry.kind else _refuse_kind()
    except ClaimInFlight:
        return False
    except DomainError as error:
        status = Status.WAITING if isinstance(error, SaleNotYetHere) else Status.FAILED
        _note(entry, status, {"code": error.code, **error.data()}, now)
        logger.warning("till-feed.not-booked", connection=connection.code, entry=entry.pk, code=error.code)
        return False
    open_ = TillEntry.objects.unsettled().filter(pk=entry.pk)
    open_.update(status=Status.BOOKED, number=number, body={}, error={}, settled_at=now)
    return True


def _refuse_kind() -> str:
    raise MessageInvalid(field="kind", rule=f"must be one of: {', '.join(TillEntry.Kind.values)}")


def _note(entry: TillEntry, status: str, error: dict[str, Any], now: datetime) -> None:
    open_ = TillEntry.objects.unsettled().filter(pk=entry.pk)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(entry.tries, 10))
    open_.update(status=status, error=_storable(error), tries=F("tries") + 1, next_try_at=now + wait)


def _sale(connection: Connection, entry: TillEntry, now: datetime) -> str:
    body, shop = entry.body, shop_of(connection)
    till = orders.TillSale(
        receipt_number=_text(body, "receipt_number", 30),
        occurred_at=_time(entry, now),
        member=str(body.get("member") or ""),
        points=_whole(body, "points", default=0),
        # That till has priced it, its own promotions included.
        promote=False,
        lines=[
            orders.Rung(
                code=_text(line, "code", 64),
                quantity=_whole(line, "quantity"),
                unit_price=_amount(line, "unit_price"),
                service_mode="EAT_IN" if line.get("service_mode") == "EAT_IN" else "TAKE_OUT",
                reason=PRICE_REASON,
            )
            for line in _list(body, "lines")
        ],
        tenders=[
            orders.Handed(_text(tender, "tender", 32), _amount(tender, "amount"))
            for tender in _list(body, "tenders")
        ],
        holds=orders.FromHolds(_wholes(body, "holds"), body.get("release_rest") is True, must_fit=False),
    )
    claim = claim_of(connection, entry)
    receipt = orders.ring_up(
        till=till,
        location_id=shop.pk,
        channel_id=connection.channel_id,
        claim=claim,
        actor=claim_actor(connection),
        now=now,
    )
    return receipt.number


def _return(connection: Connection, entry: TillEntry, now: datetime) -> str:
    items = [
        orders.ReturnItem(
            None, _whole(line, "quantity"), line.get("restock") is not False, _text(line, "code", 64)
        )
        for line in _list(entry.body, "lines")
    ]
    return _give_back(connection, entry, items, claim_of(connection, entry), now)


def _void(connection: Connection, entry: TillEntry, now: datetime) -> str:
    """
    All that is left of a sale. The claim's key is the sale's, so that it is reversed once.

    Where nothing is left, one unit is asked for: a void that was booked is replayed, else it is refused.
    """
    order = _order_of(connection, entry)
    left = {line.position: returnable(line) for line in order.lines.all()}
    items = [orders.ReturnItem(position, units) for position, units in sorted(left.items()) if units]
    claim = Claim.of(
        actor=claim_actor(connection),
        operation="void-till-sale",
        key=order.number,
        request={"void": order.number},
    )
    return _give_back(connection, entry, items or [orders.ReturnItem(min(left), 1)], claim, now)


def _give_back(
    connection: Connection, entry: TillEntry, items: list[orders.ReturnItem], claim: Claim, now: datetime
) -> str:
    order = _order_of(connection, entry)
    received = orders.receive_return(
        number=order.number,
        location_id=shop_of(connection).pk,
        items=items,
        reason=str(entry.body.get("reason") or entry.kind)[:64],
        claim=claim,
        actor=claim_actor(connection),
        now=now,
        occurred_at=_time(entry, now),
    )
    return received.number


BOOKING: dict[str, Callable[[Connection, TillEntry, datetime], str]] = {
    TillEntry.Kind.SALE: _sale,
    TillEntry.Kind.RETURN: _return,
    TillEntry.Kind.VOID: _void,
}


def _order_of(connection: Connection, entry: TillEntry) -> Order:
    number = sale_number(shop_of(connection).code, _text(entry.body, "receipt_number", 30))
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise SaleNotYetHere(receipt_number=entry.receipt_number)
    return order


def shop_of(connection: Connection) -> Location:
    """
    Raises:
        NotFound: the settings name no location.
        Unavailable: the kind is not installed, or its settings don't fit.
    """
    try:
        _, to = counterpart_of(connection)
    except KindUnavailable as error:
        raise Unavailable(connection=connection.code) from error
    location = Location.objects.filter(code=to.settings.location).first()
    if location is None:
        raise NotFound(location=to.settings.location)
    return location


def claim_actor(connection: Connection) -> Actor:
    return Actor.connection(connection.code)


def claim_of(connection: Connection, entry: TillEntry) -> Claim:
    return Claim.of(
        actor=claim_actor(connection),
        operation="book-till-entry",
        key=f"{entry.device}:{entry.sequence}",
        request={"digest": entry.digest},
    )


def _list(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or len(found) > 100 or not all(isinstance(one, dict) for one in found):
        raise MessageInvalid(field=key, rule="must be a list of at most 100 objects")
    return found


def _text(data: Mapping[str, Any], key: str, most: int) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise MessageInvalid(field=key, rule=f"must be text of 1 to {most} characters")
    return value


def _whole(data: Mapping[str, Any], key: str, *, default: int = 1) -> int:
    value = data.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not min(default, 1) <= value < 10**6:
        raise MessageInvalid(field=key, rule=f"must be a whole number from {default}")
    return value


def _wholes(data: Mapping[str, Any], key: str) -> tuple[int, ...]:
    found = data.get(key, [])
    whole = isinstance(found, list) and all(isinstance(one, int) and one > 0 for one in found)
    if not whole or len(found) > 20:
        raise MessageInvalid(field=key, rule="must be a list of at most 20 whole numbers from 1")
    return tuple(found)


def _amount(data: Mapping[str, Any], key: str) -> Decimal | None:
    value = data.get(key)
    if value is None:
        return None
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < 10**12:
        raise MessageInvalid(field=key, rule="must be an amount as a string, not negative")
    return amount


def _time(entry: TillEntry, now: datetime) -> datetime:
    """
    When it happened. Clocks are not exact: one that is a little fast is taken at its word, though nothing
    happened after it came; one that is far ahead is waited for, as for anything that can't be booked yet.
    """
    try:
        at = datetime.fromisoformat(str(entry.body.get("occurred_at")))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not EARLIEST <= at <= now + CLOCK_SKEW:
        raise MessageInvalid(
            field="occurred_at", rule="must be an RFC 3339 time with its offset, not to come"
        )
    return min(at, entry.received_at)
