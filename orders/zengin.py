"""
Transfers to payees as Japan's banks take them: the 全銀 format's 総合振込 (kind 21), records of 120 bytes.

Half-width kana, capitals and digits of JIS X 0201, one byte a character; a header, a record a payee, a
trailer with their sum, an end; each record ends with CR and LF. Fields and their widths: Japanese Bankers
Association, 全銀協規定 総合振込 (as banks publish it; whether one wants CR and LF, and which symbols, the
bank says).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import jaconv

from omni.core.errors import InvalidField

RECORD = 120
# Small kana are written large, and the long vowel as a hyphen.
LARGE = str.maketrans("ｧｨｩｪｫｬｭｮｯｰ", "ｱｲｳｴｵﾔﾕﾖﾂ-")
ALLOWED = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ()-./｢｣\\ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝﾞﾟ"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bank account; names of bank and branch may be empty, its `holder` never."""

    bank_code: str
    bank_name: str = ""
    branch_code: str
    branch_name: str = ""
    kind: str
    number: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """`reference` is ours, up to 20 digits: banks give it back where a transfer fails."""

    account: Account
    amount: Decimal
    reference: str


def kana(text: str, *, field: str, width: int) -> str:
    """
    A name as banks write it, in half-width kana and capitals.

    Raises:
        InvalidField: it holds what they can't write (kanji), or is too long for its field.
    """
    half = jaconv.z2h(jaconv.hira2kata(text.strip()), kana=True, ascii=True, digit=True)
    plain = half.upper().replace("　", " ").translate(LARGE)
    if not set(plain) <= ALLOWED:
        raise InvalidField(field=field, rule="kana-only")
    if len(plain) > width:
        raise InvalidField(field=field, rule=f"at-most-{width}")
    return plain


def transfer_file(*, consignor: str, payer: Account, on: date, payouts: Sequence[Payout]) -> bytes:
    """
    The file of these payouts from the payer's account, executed `on` a day.

    Raises:
        InvalidField: a name can't be written, or an amount is not one.
    """
    records = [_header(consignor, payer, on), *map(_data, payouts), _trailer(payouts), _record("9")]
    return b"".join(record.encode("cp932") + b"\r\n" for record in records)


def _header(consignor: str, payer: Account, on: date) -> str:
    return _record(
        "1",
        "21",
        "0",
        _digits(consignor, 10),
        _text(payer.holder, 40),
        f"{on:%m%d}",
        _digits(payer.bank_code, 4),
        _text(payer.bank_name, 15),
        _digits(payer.branch_code, 3),
        _text(payer.branch_name, 15),
        payer.kind,
        _digits(payer.number, 7),
    )


def _data(payout: Payout) -> str:
    """The clearing house stays blank; 1 is a new payee, 7 a transfer by wire; our reference in two halves."""
    account, reference = payout.account, _digits(payout.reference, 20)
    return _record(
        "2",
        _digits(account.bank_code, 4),
        _text(account.bank_name, 15),
        _digits(account.branch_code, 3),
        _text(account.branch_name, 15),
        " " * 4,
        account.kind,
        _digits(account.number, 7),
        _text(account.holder, 30),
        _amount(payout.amount, 10),
        "1",
        reference[:10],
        reference[10:],
        "7",
        " ",
    )


def _trailer(payouts: Sequence[Payout]) -> str:
    total = sum((payout.amount for payout in payouts), Decimal(0))
    return _record("8", f"{len(payouts):06d}", _amount(total, 12))


def _record(*fields: str) -> str:
    return "".join(fields).ljust(RECORD)


def _text(text: str, width: int) -> str:
    return kana(text, field="name", width=width).ljust(width)


def _digits(text: str, width: int) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= width):
        raise InvalidField(field="number", rule=f"at-most-{width}-digits")
    return text.zfill(width)


def _amount(amount: Decimal, width: int) -> str:
    if amount <= 0 or amount != amount.to_integral_value() or amount >= 10**width:
        raise InvalidField(field="amount", rule="whole-yen")
    return f"{int(amount):0{width}d}"


def require_codes(account: Account) -> None:
    """
    Raises:
        InvalidField: a code or number has not the digits that banks give it.
    """
    for field, text, width in _coded(account):
        if not (text.isascii() and text.isdigit() and len(text) == width):
            raise InvalidField(field=field, rule=f"{width}-digits")
    if account.kind not in ("1", "2", "4"):
        raise InvalidField(field="kind", rule="1-2-4")


def _coded(account: Account) -> Iterable[tuple[str, str, int]]:
    yield "bank_code", account.bank_code, 4
    yield "branch_code", account.branch_code, 3
    yield "number", account.number, 7
