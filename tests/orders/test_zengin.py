"""The bank's file, byte by byte."""

from datetime import date
from decimal import Decimal

import pytest

from omni.core.errors import InvalidField
from orders.zengin import Account, Payout, kana, require_codes, transfer_file

PAYER = Account(
    bank_code="0001",
    bank_name="ﾐｽﾞﾎ",
    branch_code="001",
    branch_name="ﾄｳｷﾖｳ",
    kind="1",
    number="1234567",
    holder="ｵﾑﾆｼﾖｳｼﾞ(ｶ",
)
HANAKO = Account(bank_code="0005", branch_code="123", kind="1", number="7654321", holder="ﾔﾏﾀﾞ ﾊﾅｺ")


def test_a_file_of_one_refund_is_what_banks_document() -> None:
    payout = Payout(account=HANAKO, amount=Decimal(1980), reference="42")

    made = transfer_file(consignor="123456789", payer=PAYER, on=date(2026, 12, 1), payouts=[payout])

    header, line, trailer, end, rest = made.split(b"\r\n")
    assert header == (
        b"1" b"21" b"0" b"0123456789"
        + "ｵﾑﾆｼﾖｳｼﾞ(ｶ".encode("cp932").ljust(40)
        + b"1201" b"0001"
        + "ﾐｽﾞﾎ".encode("cp932").ljust(15)
        + b"001"
        + "ﾄｳｷﾖｳ".encode("cp932").ljust(15)
        + b"1" b"1234567"
        + b" " * 17
    )  # fmt: skip
    assert line == (
        b"2" b"0005" + b" " * 15 + b"123" + b" " * 15 + b"    " b"1" b"7654321"
        + "ﾔﾏﾀﾞ ﾊﾅｺ".encode("cp932").ljust(30)
        + b"0000001980" b"1" b"0000000000" b"0000000042" b"7" b" "
        + b" " * 7
    )  # fmt: skip
    assert trailer == b"8000001000000001980" + b" " * 101
    assert end == b"9" + b" " * 119
    assert rest == b""
    assert {len(record) for record in (header, line, trailer, end)} == {120}


def test_a_trailer_adds_up_what_is_transferred() -> None:
    payouts = [Payout(account=HANAKO, amount=Decimal(amount), reference="1") for amount in (300, 45)]

    made = transfer_file(consignor="1", payer=PAYER, on=date(2026, 1, 5), payouts=payouts)

    assert made.split(b"\r\n")[3].rstrip() == b"8000002000000000345"
    assert made.split(b"\r\n")[0][54:58] == b"0105"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ヤマダ　ハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("やまだ はなこ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("ショーンＡ", "ｼﾖ-ﾝA"),
        ("ｶ)ｵﾑﾆ", "ｶ)ｵﾑﾆ"),
        ("o'neil".replace("'", " "), "O NEIL"),
        ("ヴァルキー", "ｳﾞｱﾙｷ-"),
    ],
)
def test_names_are_written_as_banks_write_them(written: str, expected: str) -> None:
    assert kana(written, field="holder", width=30) == expected


@pytest.mark.parametrize("name", ["山田", "ﾔﾏﾀﾞ ﾊﾅｺ@", "ｱ" * 31])
def test_names_that_banks_cannot_write_are_refused(name: str) -> None:
    with pytest.raises(InvalidField):
        kana(name, field="holder", width=30)


@pytest.mark.parametrize("amount", ["0", "-1", "0.5", "10000000000"])
def test_amounts_that_banks_do_not_know_are_refused(amount: str) -> None:
    payout = Payout(account=HANAKO, amount=Decimal(amount), reference="1")

    with pytest.raises(InvalidField):
        transfer_file(consignor="1", payer=PAYER, on=date(2026, 1, 5), payouts=[payout])


@pytest.mark.parametrize(
    "change", [{"bank_code": "5"}, {"branch_code": "12a"}, {"number": "12345678"}, {"kind": "3"}]
)
def test_codes_have_the_digits_that_banks_give_them(change: dict[str, str]) -> None:
    fields = {"bank_code": "0005", "branch_code": "123", "kind": "1", "number": "7654321", "holder": "ｱ"}

    with pytest.raises(InvalidField):
        require_codes(Account(**(fields | change)))
