"""What can't go back to its source: paid in advance or too late, and given back by the bank's file."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from inventory.models import StockLevel
from omni.core import db
from omni.core.actor import SYSTEM
from omni.core.errors import Conflict, InvalidField, NotFound
from orders import services
from orders.models import (
    Order,
    Payment,
    PayoutAccount,
    Refund,
    RefundPayee,
    RefundTransfer,
    TenderType,
    TransferredRefund,
)
from orders.zengin import Account
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 12, 1)
LATER = NOW + timedelta(days=8)
HANAKO = Account(bank_code="0005", branch_code="123", kind="1", number="7654321", holder="ヤマダ ハナコ")


@pytest.fixture
def site() -> Site:
    made = Site()
    factories.tender("bank", "BANK_TRANSFER", refund_route="BANK_TRANSFER", pay_within=timedelta(days=7))
    PayoutAccount.objects.create(
        company=made.channel.company,
        consignor_code="1234567890",
        bank_code="0001",
        branch_code="001",
        number="1234567",
        holder="ｵﾑﾆ",
    )
    return made


def awaited(site: Site, price: int = 1100) -> Payment:
    placed = place(site.cart((site.item(price, stock=3), 1)), tender="bank")
    return Payment.objects.select_related("order").get(order__number=placed.number)


def arrived(payment: Payment, amount: int, *, now: datetime = NOW) -> None:
    services.record_received(
        payment_id=payment.pk, amount=Decimal(amount), reference="statement-1", actor=SYSTEM, now=now
    )


def too_late(site: Site, price: int = 1100) -> Refund:
    payment = awaited(site, price)
    services.expire_orders(now=LATER)
    arrived(payment, price, now=LATER)
    return Refund.objects.get(payment=payment)


def export(site: Site, **options: object) -> services.ExportedRefunds:
    company = site.channel.company.code
    return services.export_refunds(company=company, on=DAY, actor=SYSTEM, now=LATER, **options)


def test_a_transfer_in_advance_holds_the_stock_until_it_arrives(site: Site) -> None:
    placed = place(site.cart((site.item(1100, stock=3), 1)), tender="bank")

    assert (placed.status, placed.action.kind) == ("PENDING", "bank-transfer")
    payment = Payment.objects.select_related("order").get()
    assert payment.pay_by == payment.order.expires_at == NOW + timedelta(days=7)
    services.settle_payments(now=NOW + timedelta(days=6))
    services.expire_orders(now=NOW + timedelta(days=6))
    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("PENDING", 1)

    with pytest.raises(InvalidField):
        arrived(payment, 1000)
    arrived(payment, 1100)
    with pytest.raises(Conflict):
        arrived(payment, 1100)

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("PLACED", 1)


def test_what_arrives_too_late_is_to_be_transferred_back(site: Site) -> None:
    refund = too_late(site)

    assert (Order.objects.get().status, StockLevel.objects.get().reserved) == ("EXPIRED", 0)
    assert (refund.status, refund.amount, refund.settled_at) == ("TO_TRANSFER", 1100, None)
    assert services.settle_refunds(before=LATER + timedelta(days=1), now=LATER) == 0
    assert export(site).lacking == 1
    assert RefundTransfer.objects.count() == 0


def test_a_refund_stands_in_one_file_and_is_done_once_it_is_confirmed(site: Site) -> None:
    refund = too_late(site)
    services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)

    dry, first, second = export(site, dry_run=True), export(site), export(site)

    assert (dry.transfer_id, dry.content) == (None, first.content)
    assert (first.count, first.amount, second.count) == (1, 1100, 0)
    assert services.rewrite_file(transfer_id=first.transfer_id) == first.content
    assert b"0000001100" in first.content
    refund.refresh_from_db()
    assert refund.status == "EXPORTED"

    assert services.confirm_transfer(transfer_id=first.transfer_id, now=LATER) == 1

    refund.refresh_from_db()
    assert (refund.status, refund.settled_at) == ("DONE", LATER)
    assert RefundPayee.objects.count() == 0
    with pytest.raises(Conflict):
        services.confirm_transfer(transfer_id=first.transfer_id, now=LATER)
    with pytest.raises(Conflict):
        services.rewrite_file(transfer_id=first.transfer_id)


def test_what_the_bank_sends_back_waits_for_another_account(site: Site) -> None:
    good, bad = too_late(site), too_late(site, 500)
    for refund in (good, bad):
        services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)
    transfer_id = export(site).transfer_id
    with pytest.raises(NotFound):
        services.confirm_transfer(transfer_id=transfer_id, returned=[uuid4()], now=LATER)

    assert services.confirm_transfer(transfer_id=transfer_id, returned=[bad.pk], now=LATER) == 1

    assert list(Refund.objects.order_by("pk").values_list("status", flat=True)) == ["DONE", "TO_TRANSFER"]
    assert RefundPayee.objects.count() == 0
    services.record_payee(refund_id=bad.pk, account=HANAKO, actor=SYSTEM, now=LATER)
    assert (export(site).amount, TransferredRefund.objects.filter(refund=bad).count()) == (500, 2)


def test_the_database_lets_a_refund_stand_in_one_file_alone(site: Site) -> None:
    refund = too_late(site)
    services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)
    export(site)
    transfer = RefundTransfer.objects.get()

    with pytest.raises(IntegrityError, match="refund_transferred_once"), transaction.atomic():
        TransferredRefund.objects.create(transfer=transfer, refund=refund)


def test_a_payee_is_entered_for_what_waits_alone_and_as_banks_write(site: Site) -> None:
    refund = too_late(site)
    with pytest.raises(InvalidField):
        services.record_payee(
            refund_id=refund.pk,
            account=Account(bank_code="5", branch_code="1", kind="1", number="1", holder="山田"),
            actor=SYSTEM,
            now=LATER,
        )
    services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)
    assert RefundPayee.objects.get().holder == "ﾔﾏﾀﾞ ﾊﾅｺ"
    export(site)

    with pytest.raises(Conflict):
        services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)


def test_erasing_a_person_forgets_where_their_refunds_were_to_go(site: Site) -> None:
    member = site.member()
    placed = place(site.cart((site.item(1100), 1), customer=member), tender="bank", customer=member)
    payment = Payment.objects.get(order__number=placed.number)
    services.expire_orders(now=LATER)
    arrived(payment, 1100, now=LATER)
    refund = Refund.objects.get()
    services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)

    assert services.forget_payees(person_id=member.person_id) == 1

    refund.refresh_from_db()
    assert (refund.status, RefundPayee.objects.count()) == ("TO_TRANSFER", 0)


def test_several_tenders_are_given_back_by_their_routes_in_turn(site: Site) -> None:
    """To the source, in cash, by transfer, by the channel; what is not refunded never."""
    order = factories_order(site)
    for code, kind, route, amount in (
        ("mall", "EXTERNAL", "CHANNEL", 100),
        ("konbini", "KONBINI", "BANK_TRANSFER", 200),
        ("voucher", "VOUCHER", "CASH", 300),
        ("qr", "QR", "SOURCE", 400),
        ("maker", "COUPON", "NONE", 500),
    ):
        tender = factories.tender(code, kind, refund_route=route)
        Payment.objects.create(
            order=order, tender_type=tender, status="CAPTURED", amount=amount, captured_amount=amount,
            created_at=NOW,
        )  # fmt: skip
    with db.transaction():
        services.create_refunds(order_id=order.pk, amount=Decimal(750), source="test:1", now=NOW)

    given = Refund.objects.order_by("pk").values_list("payment__tender_type__code", "amount", "status")
    assert sorted(given) == [("konbini", 50, "TO_TRANSFER"), ("qr", 400, "DONE"), ("voucher", 300, "DONE")]


def factories_order(site: Site) -> Order:
    placed = place(site.cart((site.item(1500), 1)))
    order = Order.objects.get(number=placed.number)
    order.payments.all().delete()
    return order


def test_the_command_writes_a_file_that_is_not_there_yet(site: Site, tmp_path: Path) -> None:
    refund = too_late(site)
    services.record_payee(refund_id=refund.pk, account=HANAKO, actor=SYSTEM, now=LATER)
    out, company = tmp_path / "refunds.txt", site.channel.company.code

    call_command("export_refunds", company=company, on=DAY, out=out)

    assert out.read_bytes().count(b"\r\n") == 4
    assert TenderType.objects.get(code="bank").refund_route == "BANK_TRANSFER"
