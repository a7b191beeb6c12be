"""
Files that carriers' label software reads, and the tracking numbers that come back: pure.

Yamato's B2 Cloud: the basic layout of 送り状発行データレイアウト (bmypage.kuronekoyamato.co.jp/bmypage/pdf/
new_exchange1.pdf), its first 42 columns; Sagawa's e飛伝III: 標準_飛脚宅配便_CSV_ヘッダ有り, 74 columns.
Both in CP932, a header first. What does not fit a label is refused, never cut.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from omni.core.text import for_cp932
from orders.errors import LabelUnfit, TrackingRefused

YAMATO = (
    "お客様管理番号", "送り状種類", "クール区分", "伝票番号", "出荷予定日", "お届け予定日", "配達時間帯",
    "お届け先コード", "お届け先電話番号", "お届け先電話番号枝番", "お届け先郵便番号", "お届け先住所",
    "お届け先アパートマンション名", "お届け先会社・部門１", "お届け先会社・部門２", "お届け先名",
    "お届け先名(ｶﾅ)", "敬称", "ご依頼主コード", "ご依頼主電話番号", "ご依頼主電話番号枝番",
    "ご依頼主郵便番号", "ご依頼主住所", "ご依頼主アパートマンション", "ご依頼主名", "ご依頼主名(ｶﾅ)",
    "品名コード１", "品名１", "品名コード２", "品名２", "荷扱い１", "荷扱い２", "記事",
    "ｺﾚｸﾄ代金引換額（税込)", "内消費税額等", "止置き", "営業所コード", "発行枚数", "個数口表示フラグ",
    "請求先顧客コード", "請求先分類コード", "運賃管理番号",
)  # fmt: skip
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
SAGAWA = (
    "お届け先コード取得区分", "お届け先コード", "お届け先電話番号", "お届け先郵便番号", "お届け先住所１",
    "お届け先住所２", "お届け先住所３", "お届け先名称１", "お届け先名称２", "お客様管理番号", "お客様コード",
    "部署ご担当者コード取得区分", "部署ご担当者コード", "部署ご担当者名称", "荷送人電話番号",
    "ご依頼主コード取得区分", "ご依頼主コード", "ご依頼主電話番号", "ご依頼主郵便番号", "ご依頼主住所１",
    "ご依頼主住所２", "ご依頼主名称１", "ご依頼主名称２", "荷姿", *(f"品名{n}".translate(WIDE) for n in range(1, 6)),
    "荷札荷姿", *(f"荷札品名{n}".translate(WIDE) for n in range(1, 12)), "出荷個数", "スピード指定",
    "クール便指定", "配達日", "配達指定時間帯", "配達指定時間（時分）", "代引金額", "消費税", "決済種別",
    "保険金額", "指定シール１", "指定シール２", "指定シール３", "営業所受取", "SRC区分",
    "営業所受取営業所コード", "元着区分", "メールアドレス", "ご不在時連絡先", "出荷日", "お問い合せ送り状No.",
    "出荷場印字区分", "集約解除指定", *(f"編集{n:02}".translate(WIDE) for n in range(1, 11)),
)  # fmt: skip
YAMATO_COOL = {"AMBIENT": "0", "FROZEN": "1", "CHILLED": "2"}
SAGAWA_COOL = {"AMBIENT": "001", "CHILLED": "002", "FROZEN": "003"}
REFERENCES = ("お客様管理番号", "お客様管理ナンバー")
NUMBERS = ("伝票番号", "送り状番号", "お問い合せ送り状No.", "お問い合せ送り状No", "お問合せ送り状No.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    name: str
    phone: str
    postal_code: str
    address: str
    building: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One delivery of one fulfilment; `collect` is what the carrier collects, `collect_tax` the tax in it."""

    reference: str
    to: Party
    sender: Party
    goods: str
    ship_on: date
    temperature: str = "AMBIENT"
    parcels: int = 1
    deliver_on: date | None = None
    slot: str = ""
    account: str = ""
    collect: int = 0
    collect_tax: int = 0


@dataclass(frozen=True, slots=True)
class Tracked:
    """A line of a carrier's file: which fulfilment has which number. `line` counts the header as 1."""

    line: int
    fulfilment_id: int
    number: str


def reference_of(fulfilment_id: int) -> str:
    """What stands on a label and comes back with its number."""
    return f"F{fulfilment_id}"


def as_file(kind: str, labels: Sequence[Label]) -> bytes:
    """
    The labels as the carrier's file.

    Raises:
        LabelUnfit: a label's field is missing, too long, or has a character that CP932 lacks.
    """
    columns, row_of = FORMATS[kind]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for label in labels:
        row = row_of(label)
        writer.writerow(_encodable(row.get(column, ""), label, column) for column in columns)
    return for_cp932(text.getvalue()).encode("cp932")


def _encodable(value: str, label: Label, column: str) -> str:
    try:
        for_cp932(value).encode("cp932")
    except UnicodeEncodeError as error:
        letter = value[error.start : error.end]
        raise LabelUnfit(
            reference=label.reference, column=column, reason="character", value=letter
        ) from error
    return value


def _yamato(label: Label) -> Mapping[str, str]:
    to, sender = label.to, label.sender
    address, building, *departments = _flow(label, "お届け先住所", to, (64, 32, 50, 50))
    from_address, from_building, *_ = _flow(label, "ご依頼主住所", sender, (64, 32))
    return {
        "お客様管理番号": label.reference,
        "送り状種類": "2" if label.collect else "0",
        "クール区分": YAMATO_COOL[label.temperature],
        "出荷予定日": f"{label.ship_on:%Y/%m/%d}",
        "お届け予定日": f"{label.deliver_on:%Y/%m/%d}" if label.deliver_on else "",
        "配達時間帯": label.slot,
        "お届け先電話番号": _needed(label, "お届け先電話番号", national(to.phone)),
        "お届け先郵便番号": _needed(label, "お届け先郵便番号", to.postal_code),
        "お届け先住所": address,
        "お届け先アパートマンション名": building,
        "お届け先会社・部門１": departments[0],
        "お届け先会社・部門２": departments[1],
        "お届け先名": _short(label, "お届け先名", to.name, 32),
        "敬称": "様",
        "ご依頼主電話番号": _needed(label, "ご依頼主電話番号", national(sender.phone)),
        "ご依頼主郵便番号": _needed(label, "ご依頼主郵便番号", sender.postal_code),
        "ご依頼主住所": from_address,
        "ご依頼主アパートマンション": from_building,
        "ご依頼主名": _short(label, "ご依頼主名", sender.name, 32),
        "品名１": label.goods,
        "ｺﾚｸﾄ代金引換額（税込)": str(label.collect) if label.collect else "",
        "内消費税額等": str(label.collect_tax) if label.collect else "",
        "発行枚数": str(label.parcels),
        "請求先顧客コード": label.account,
        "運賃管理番号": "01",
    }


def _sagawa(label: Label) -> Mapping[str, str]:
    to, sender = label.to, label.sender
    address = _flow(label, "お届け先住所", to, (32, 32, 32))
    from_address = _flow(label, "ご依頼主住所", sender, (32, 32))
    name = _flow(label, "お届け先名称", to, (32, 32), text=to.name)
    from_name = _flow(label, "ご依頼主名称", sender, (32, 32), text=sender.name)
    return {
        "お届け先コード取得区分": "0",
        "お届け先電話番号": _needed(label, "お届け先電話番号", national(to.phone)),
        "お届け先郵便番号": _needed(label, "お届け先郵便番号", to.postal_code),
        **{f"お届け先住所{n}".translate(WIDE): part for n, part in enumerate(address, start=1)},
        **{f"お届け先名称{n}".translate(WIDE): part for n, part in enumerate(name, start=1)},
        "お客様管理番号": label.reference,
        "お客様コード": label.account,
        "ご依頼主電話番号": _needed(label, "ご依頼主電話番号", national(sender.phone)),
        "ご依頼主郵便番号": _needed(label, "ご依頼主郵便番号", sender.postal_code),
        **{f"ご依頼主住所{n}".translate(WIDE): part for n, part in enumerate(from_address, start=1)},
        **{f"ご依頼主名称{n}".translate(WIDE): part for n, part in enumerate(from_name, start=1)},
        "品名１": label.goods,
        "出荷個数": str(label.parcels),
        "スピード指定": "000",
        "クール便指定": SAGAWA_COOL[label.temperature],
        "配達日": f"{label.deliver_on:%Y%m%d}" if label.deliver_on else "",
        "配達指定時間帯": label.slot,
        "代引金額": str(label.collect) if label.collect else "",
        "消費税": str(label.collect_tax) if label.collect else "",
        "元着区分": "1",
        "出荷日": f"{label.ship_on:%Y%m%d}",
    }


FORMATS: Mapping[str, tuple[Sequence[str], Callable[[Label], Mapping[str, str]]]] = {
    "YAMATO_B2": (YAMATO, _yamato),
    "SAGAWA_EHIDEN": (SAGAWA, _sagawa),
}


def national(phone: str) -> str:
    """`+81312345678` as it is dialled in Japan, `0312345678`: digits alone."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    return f"0{digits[2:]}" if phone.strip().startswith("+81") else digits


def _needed(label: Label, column: str, value: str) -> str:
    if not value:
        raise LabelUnfit(reference=label.reference, column=column, reason="missing", value="")
    return value


def _short(label: Label, column: str, value: str, most: int) -> str:
    if width(_needed(label, column, value)) > most:
        raise LabelUnfit(reference=label.reference, column=column, reason="too-long", value=value)
    return value


def width(text: str) -> int:
    """How many bytes a text takes on a label: two a full-width letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _flow(label: Label, column: str, party: Party, most: Sequence[int], text: str = "") -> list[str]:
    """A text (the party's address) in as many columns as there are; the building begins one of its own."""
    rest = [text] if text else [party.address, party.building]
    parts: list[str] = []
    for room in most:
        while rest and not rest[0]:
            rest.pop(0)
        taken = _head(rest[0], room) if rest else ""
        parts.append(taken)
        if rest:
            rest[0] = rest[0][len(taken) :]
    if any(rest):
        raise LabelUnfit(reference=label.reference, column=column, reason="too-long", value="".join(rest))
    _needed(label, column, parts[0])
    return parts


def _head(text: str, room: int) -> str:
    """As much of the text as fits."""
    end = len(text)
    while width(text[:end]) > room:
        end -= 1
    return text[:end]


def read_tracking(text: str) -> list[Tracked]:
    """
    The numbers in a carrier's file, by the columns' names, of either layout.

    Raises:
        TrackingRefused: `lines` lists every line that is not understood, and why.
    """
    rows = csv.DictReader(io.StringIO(text))
    heads = [head.strip() for head in rows.fieldnames or ()]
    rows.fieldnames = heads
    reference = next((name for name in REFERENCES if name in heads), None)
    number = next((name for name in NUMBERS if name in heads), None)
    if reference is None or number is None:
        raise TrackingRefused(lines=[{"line": 1, "reason": "columns"}])
    read = [_tracked(line, row[reference], row[number]) for line, row in enumerate(rows, start=2)]
    if refused := [each for each in read if isinstance(each, dict)]:
        raise TrackingRefused(lines=refused)
    return [each for each in read if isinstance(each, Tracked)]


def _tracked(line: int, reference: str | None, number: str | None) -> Tracked | dict[str, object]:
    named = re.fullmatch(r"F(\d{1,18})", (reference or "").strip())
    digits = re.sub(r"[-\s]", "", number or "")
    if named is None:
        return {"line": line, "reason": "reference", "value": reference or ""}
    if not re.fullmatch(r"\d{10,14}", digits):
        return {"line": line, "reason": "number", "value": number or ""}
    return Tracked(line, int(named[1]), digits)
