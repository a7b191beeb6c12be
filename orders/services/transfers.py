"""
Refunds that no acquirer can give back (a konbini's, a transfer's): into a file for the bank.

TO_TRANSFER until somebody has entered the payee's account and a file holds it; EXPORTED until the bank's
statement confirms the file; then DONE, and the account is forgotten. The database lets a refund stand in
one file alone, unless the bank has sent it back.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import Conflict, NotFound
from orders import states, zengin
from orders.models import PayoutAccount, Refund, RefundPayee, RefundTransfer, TransferredRefund
from orders.totals import ZERO
from orders.zengin import Account, Payout

HOLDER = 30


@dataclass(frozen=True, slots=True)
class ExportedRefunds:
    """`content` is the file; `lacking` is how many refunds wait for their payee's account."""

    transfer_id: int | None
    content: bytes = field(repr=False)
    count: int
    amount: Decimal
    lacking: int


def record_payee(*, refund_id: UUID, account: Account, actor: Actor, now: datetime) -> None:
    """
    Enter, or correct, the account that a refund is to be transferred to.

    Raises:
        NotFound: there is no such refund.
        Conflict: it is not to be transferred, or stands in a file already.
        InvalidField: the bank would not take it.
    """
    zengin.require_codes(account)
    written = asdict(account) | {
        name: zengin.kana(getattr(account, name), field=name, width=width)
        for name, width in (("bank_name", 15), ("branch_name", 15), ("holder", HOLDER))
    }
    with db.transaction():
        refund = Refund.objects.filter(pk=refund_id).select_for_update(no_key=True).first()
        if refund is None:
            raise NotFound(refund=str(refund_id))
        if refund.status != Refund.Status.TO_TRANSFER:
            raise Conflict(refund=str(refund_id), state=refund.status)
        kept = written | {"entered_at": now, "actor": str(actor)}
        RefundPayee.objects.update_or_create(refund=refund, defaults=kept)


def export_refunds(
    *, company: str, on: date, actor: Actor, now: datetime, dry_run: bool = False
) -> ExportedRefunds:
    """
    Put every refund of a company whose payee is known into a new file, each once.

    With nothing to transfer, or on a `dry_run`, nothing is written.

    Raises:
        NotFound: the company has no payout account.
        InvalidField: a name or an amount can't be written.
    """
    payer = PayoutAccount.objects.filter(company__code=company).select_related("company").first()
    if payer is None:
        raise NotFound(payout_account=company)
    waiting = Refund.objects.filter(
        status=Refund.Status.TO_TRANSFER, payment__order__channel__company=payer.company
    )
    with db.transaction():
        known = waiting.filter(payee__isnull=False).order_by("created_at", "pk")
        refunds = list(known.select_related("payee").select_for_update(no_key=True, of=("self",)))
        content = _content(payer, refunds, on) if refunds else b""
        total = sum((refund.amount for refund in refunds), ZERO)
        lacking = waiting.filter(payee=None).count()
        if not refunds or dry_run:
            return ExportedRefunds(None, content, len(refunds), total, lacking)
        transfer = _write(payer, refunds, content, total, on, actor, now)
    return ExportedRefunds(transfer.pk, content, len(refunds), total, lacking)


def _write(
    payer: PayoutAccount,
    refunds: Sequence[Refund],
    content: bytes,
    total: Decimal,
    on: date,
    actor: Actor,
    now: datetime,
) -> RefundTransfer:
    transfer = RefundTransfer.objects.create(
        company=payer.company,
        transfer_date=on,
        count=len(refunds),
        amount=total,
        digest=hashlib.sha256(content).hexdigest(),
        created_at=now,
        actor=str(actor),
    )
    TransferredRefund.objects.bulk_create(
        TransferredRefund(transfer=transfer, refund=refund) for refund in refunds
    )
    for refund in refunds:
        states.move(refund, Refund.Status.EXPORTED)
    Refund.objects.bulk_update(refunds, ["status"])
    return transfer


def rewrite_file(*, transfer_id: int) -> bytes:
    """
    The same file again, for one that was lost on its way to the bank.

    Raises:
        NotFound: there is no such file.
        Conflict: it is confirmed, or what it held has changed since.
    """
    transfer = _transfer(transfer_id)
    if transfer.status != RefundTransfer.Status.EXPORTED:
        raise Conflict(transfer=transfer_id, state=transfer.status)
    payer = PayoutAccount.objects.select_related("company").get(company=transfer.company_id)
    lines = transfer.lines.filter(refund__payee__isnull=False)
    ids = lines.values_list("refund_id", flat=True)
    refunds = Refund.objects.filter(pk__in=ids).select_related("payee").order_by("created_at", "pk")
    content = _content(payer, list(refunds), transfer.transfer_date)
    if hashlib.sha256(content).hexdigest() != transfer.digest:
        raise Conflict(transfer=transfer_id, state=transfer.status)
    return content


def confirm_transfer(*, transfer_id: int, returned: Collection[UUID] = (), now: datetime) -> int:
    """
    Record that the bank has carried a file out, but for what it sent back; answer how many are done.

    Payees' accounts are forgotten, those of what came back too: they were wrong. That waits again.

    Raises:
        NotFound: there is no such file, or what was returned is not in it.
        Conflict: it was confirmed before.
    """
    with db.transaction():
        transfer = _transfer(transfer_id, locked=True)
        if transfer.status != RefundTransfer.Status.EXPORTED:
            raise Conflict(transfer=transfer_id, state=transfer.status)
        ids = transfer.lines.values_list("refund_id", flat=True)
        refunds = list(Refund.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        if unknown := set(returned) - {refund.pk for refund in refunds}:
            raise NotFound(refunds=sorted(map(str, unknown)))
        for refund in refunds:
            back = refund.pk in returned
            states.move(refund, Refund.Status.TO_TRANSFER if back else Refund.Status.DONE)
            refund.settled_at = None if back else now
        Refund.objects.bulk_update(refunds, ["status", "settled_at"])
        transfer.lines.filter(refund__in=returned).update(returned_at=now)
        RefundPayee.objects.filter(refund__in=refunds).delete()
        transfer.status, transfer.confirmed_at = RefundTransfer.Status.CONFIRMED, now
        transfer.save(update_fields=["status", "confirmed_at"])
    return len(refunds) - len(set(returned))


def forget_payees(*, person_id: int) -> int:
    """Forget the accounts that a person's refunds were to go to; what waits needs one again."""
    with db.transaction():
        theirs = RefundPayee.objects.filter(
            refund__payment__order__customer__person_id=person_id,
            refund__status=Refund.Status.TO_TRANSFER,
        )
        return theirs.delete()[0]


def _transfer(transfer_id: int, *, locked: bool = False) -> RefundTransfer:
    transfers = RefundTransfer.objects.filter(pk=transfer_id)
    found = (transfers.select_for_update(no_key=True) if locked else transfers).first()
    if found is None:
        raise NotFound(transfer=transfer_id)
    return found


def _content(payer: PayoutAccount, refunds: Sequence[Refund], on: date) -> bytes:
    payouts = [
        Payout(account=_account(refund.payee), amount=refund.amount, reference=_reference(refund))
        for refund in refunds
    ]
    return zengin.transfer_file(consignor=payer.consignor_code, payer=_account(payer), on=on, payouts=payouts)


def _account(kept: PayoutAccount | RefundPayee) -> Account:
    return Account(
        bank_code=kept.bank_code,
        bank_name=kept.bank_name,
        branch_code=kept.branch_code,
        branch_name=kept.branch_name,
        kind=kept.kind,
        number=kept.number,
        holder=kept.holder,
    )


def _reference(refund: Refund) -> str:
    """Twenty digits of the refund's id, by which the bank's answer finds it."""
    return f"{refund.pk.int % 10**20:020d}"
