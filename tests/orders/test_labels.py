"""Label files as the carriers' software reads them, and the numbers that come back. Pure."""

import csv
import io
from datetime import date

import pytest

from orders.errors import LabelUnfit, TrackingRefused
from orders.labels import SAGAWA, YAMATO, Label, Party, Tracked, as_file, national, read_tracking

HANAKO = Party(
    name="山田 花子",
    phone="+81312345678",
    postal_code="150-0002",
    address="東京都渋谷区渋谷1-2-3",
    building="汐見マンション101",
)
SHOP = Party(
    name="汐見 渋谷店", phone="03-1111-2222", postal_code="150-0043", address="東京都渋谷区道玄坂2-1"
)


def label(**fields: object) -> Label:
    return Label(
        **{
            "reference": "F12",
            "to": HANAKO,
            "sender": SHOP,
            "goods": "深蒸し緑茶",
            "ship_on": date(2026, 11, 27),
            "deliver_on": date(2026, 11, 28),
            "slot": "0812",
            "account": "0312345678",
            **fields,
        }
    )


def rows_of(kind: str, *labels: Label) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_file(kind, labels).decode("cp932"), newline="")))


def filled(row: dict[str, str]) -> dict[str, str]:
    return {column: value for column, value in row.items() if value}


def test_yamatos_file_says_who_gets_what_when() -> None:
    (row,) = rows_of("YAMATO_B2", label(temperature="CHILLED", parcels=2))

    assert list(row) == list(YAMATO)
    assert filled(row) == {
        "お客様管理番号": "F12",
        "送り状種類": "0",
        "クール区分": "2",
        "出荷予定日": "2026/11/27",
        "お届け予定日": "2026/11/28",
        "配達時間帯": "0812",
        "お届け先電話番号": "0312345678",
        "お届け先郵便番号": "150-0002",
        "お届け先住所": "東京都渋谷区渋谷1-2-3",
        "お届け先アパートマンション名": "汐見マンション101",
        "お届け先名": "山田 花子",
        "敬称": "様",
        "ご依頼主電話番号": "0311112222",
        "ご依頼主郵便番号": "150-0043",
        "ご依頼主住所": "東京都渋谷区道玄坂2-1",
        "ご依頼主名": "汐見 渋谷店",
        "品名１": "深蒸し緑茶",
        "発行枚数": "2",
        "請求先顧客コード": "0312345678",
        "運賃管理番号": "01",
    }


def test_what_is_paid_on_delivery_is_collected() -> None:
    (row,) = rows_of("YAMATO_B2", label(collect=1650, collect_tax=150))

    assert (row["送り状種類"], row["ｺﾚｸﾄ代金引換額（税込)"], row["内消費税額等"]) == ("2", "1650", "150")


def test_sagawas_file_has_its_74_columns() -> None:
    (row,) = rows_of("SAGAWA_EHIDEN", label(slot="01", temperature="FROZEN"))

    assert len(row) == len(SAGAWA) == 74
    assert (row["お届け先コード取得区分"], row["お客様管理番号"]) == ("0", "F12")
    assert (row["お届け先住所１"], row["お届け先住所２"]) == ("東京都渋谷区渋谷1-2-3", "汐見マンション101")
    assert (row["配達日"], row["配達指定時間帯"], row["クール便指定"]) == ("20261128", "01", "003")
    assert (row["元着区分"], row["出荷日"], row["出荷個数"]) == ("1", "20261127", "1")


def test_a_long_address_flows_on_and_is_never_cut() -> None:
    long = "神奈川県横浜市都筑区茅ケ崎中央五十六番地の一の二の三の四の五の六"
    (row,) = rows_of(
        "SAGAWA_EHIDEN", label(to=Party(name="山田", phone="0312345678", postal_code="1", address=long))
    )

    told = [row[f"お届け先住所{number}"] for number in "１２３"]
    assert told == [long[:16], long[16:32], long[32:]]


@pytest.mark.parametrize(
    ("to", "column", "reason"),
    [
        ({"name": "山" * 17}, "お届け先名", "too-long"),
        ({"phone": ""}, "お届け先電話番号", "missing"),
        ({"address": "あ" * 200}, "お届け先住所", "too-long"),
        ({"name": "𠮷田"}, "お届け先名", "character"),
    ],
)
def test_what_does_not_fit_a_label_is_refused(to: dict[str, str], column: str, reason: str) -> None:
    told = {name: getattr(HANAKO, name) for name in ("name", "phone", "postal_code", "address", "building")}

    with pytest.raises(LabelUnfit) as refused:
        as_file("YAMATO_B2", [label(to=Party(**{**told, **to}))])

    assert (refused.value.reference, refused.value.column, refused.value.reason) == ("F12", column, reason)


def test_the_wave_dash_is_written_as_microsoft_writes_it() -> None:
    (row,) = rows_of("YAMATO_B2", label(goods="お茶〜詰め合わせ"))

    assert row["品名１"] == "お茶～詰め合わせ"


@pytest.mark.parametrize(
    ("phone", "expected"), [("+81312345678", "0312345678"), ("０３-1234-5678", "0312345678"), ("", "")]
)
def test_phones_are_written_as_they_are_dialled(phone: str, expected: str) -> None:
    assert national(phone) == expected


@pytest.mark.parametrize(
    ("reference", "number"), [("お客様管理番号", "伝票番号"), ("お客様管理番号", "お問い合せ送り状No.")]
)
def test_either_carriers_file_is_read(reference: str, number: str) -> None:
    text = f"{reference},送り状種類,{number}\r\nF12,0,1234-5678-9012\r\nF13,0,123456789013\r\n"

    assert read_tracking(text) == [Tracked(2, 12, "123456789012"), Tracked(3, 13, "123456789013")]


def test_each_line_that_is_not_understood_says_why() -> None:
    with pytest.raises(TrackingRefused) as refused:
        read_tracking("お客様管理番号,伝票番号\nN1,123456789012\nF12,\nF13,123456789013\n")
    with pytest.raises(TrackingRefused) as foreign:
        read_tracking("a,b\n1,2\n")

    assert refused.value.data()["lines"] == [
        {"line": 2, "reason": "reference", "value": "N1"},
        {"line": 3, "reason": "number", "value": ""},
    ]
    assert foreign.value.data()["lines"] == [{"line": 1, "reason": "columns"}]
