"""Receipt numbers that a till is given before it needs them, and what became of those it did not use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omni.core import db, idempotency, sql
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim
from orders.numbers import sale_number
from tills.errors import ReceiptsLeft
from tills.models import ReceiptBlock, Till

# As many as may lie unused at a till: days of selling off line.
MOST_UNUSED = 2_000

# Numbers are of one length, so that their order is that of their text.
USED = """
SELECT substring("order".number FROM '[0-9]+$')::bigint FROM orders_order AS "order"
WHERE "order".number >= %(first)s AND "order".number <= %(last)s
"""


@dataclass(frozen=True, slots=True)
class Block:
    """Receipts `prefix` + a number of eight digits, from `first` to `last`."""

    prefix: str
    first: int
    last: int


def receipt_number(till: Till, number: int) -> str:
    """`t1-00000042`: unique in the shop, for the till's code is."""
    return f"{till.code}-{number:08d}"


def give_numbers(*, till: Till, count: int, claim: Claim, now: datetime) -> Block:
    """
    Give a till the next `count` receipt numbers.

    Raises:
        ClaimInFlight, ClaimMismatch
        ReceiptsLeft: it has more than enough that it has not used.
    """
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=Block):
            return replayed
        till = Till.objects.for_update_by_id(till.pk)
        left = till.receipts_until - (max(_used(till, 1, till.receipts_until), default=0))
        if left + count > MOST_UNUSED:
            raise ReceiptsLeft(left=left, most=MOST_UNUSED)
        block = ReceiptBlock.objects.create(
            till=till, first=till.receipts_until + 1, last=till.receipts_until + count, given_at=now
        )
        till.receipts_until = block.last
        till.save(update_fields=["receipts_until"])
        given = Block(f"{till.code}-", block.first, block.last)
        return idempotency.settle(claim, given, now=now)


def _used(till: Till, first: int, last: int) -> set[int]:
    """The numbers between these under which something was sold."""
    ends = {
        name: sale_number(till.location.code, receipt_number(till, number))
        for name, number in (("first", first), ("last", last))
    }
    return {number for (number,) in sql.fetch_all(USED, ends)} if last else set()


def spoil_numbers(*, till: Till, numbers: Sequence[int], reason: str) -> None:
    """
    Say why these numbers were never used. A building block: the caller holds the till's lock.

    Raises:
        InvalidField: one was not given to this till.
    """
    db.require_transaction()
    for number in numbers:
        block = till.receipt_blocks.filter(first__lte=number, last__gte=number).first()
        if block is None:
            raise InvalidField(field="numbers", rule="not-given", value=number)
        block.spoilt = {**block.spoilt, str(number): reason}
        block.save(update_fields=["spoilt"])


def explain_gaps(block: ReceiptBlock) -> Mapping[int, str]:
    """
    The numbers of a block below the last used one under which nothing was sold, and why (empty: not said).
    """
    till = Till.objects.select_related("location").get(pk=block.till_id)
    used = _used(till, block.first, block.last)
    if not used:
        return {}
    unused = sorted(set(range(block.first, max(used))) - used)
    return {number: block.spoilt.get(str(number), "") for number in unused}
