"""Rows of refunds by bank transfer, for the scene."""

from datetime import UTC, datetime

from orders.models import PayoutAccount, Refund, RefundPayee, RefundTransfer, TransferredRefund
from organisation.models import Company

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ACCOUNT = {"bank_code": "0001", "branch_code": "001", "kind": "1", "number": "1234567", "holder": "ﾔﾏﾀﾞ"}


def transfers_of(refund: Refund, company: Company) -> None:
    PayoutAccount.objects.create(company=company, consignor_code="1234567890", **ACCOUNT)
    RefundPayee.objects.create(refund=refund, entered_at=AT, actor="system:test", **ACCOUNT)
    transfer = RefundTransfer.objects.create(
        company=company,
        transfer_date=AT.date(),
        count=1,
        amount=100,
        digest="0" * 64,
        created_at=AT,
        actor="system:test",
    )
    TransferredRefund.objects.create(transfer=transfer, refund=refund)
