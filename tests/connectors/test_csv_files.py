"""Files that go out: whole, atomic, in the partner's encoding; and what is written is read back."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import PushFailed
from connectors.filedrop import columns, places, sheets, texts
from connectors.filedrop.settings import STOCK as STOCK_FIELDS
from connectors.filedrop.settings import CsvSettings
from connectors.ports import Capability, ListingItem, RemoteStock, Shipment, ShipmentLine, StockItem
from tests.connectors.drops import STOCK, Drop, drop
from tests.threads import at_once

__all__ = ["drop"]

LISTINGS = ("sku=code", "listed=販売|する:しない", "price=税込価格|,")
JAPANESE = "①ﾊﾝｶｸ髙﨑～ソ表"


def stock(*pairs: tuple[str, int], version: int = 1) -> list[StockItem]:
    return [StockItem(sku, available, version) for sku, available in pairs]


def test_stock_goes_out_whole_with_a_number_in_its_name(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "supersede": False}
    drop.push(stock(("B", 2), ("A", 1)))

    drop.push(stock(("B", 7), version=2))

    names = ["stock_mall_000000000001.csv", "stock_mall_000000000002.csv"]
    assert drop.names("outbox") == names
    contents = [(drop.place("outbox") / name).read_bytes().decode() for name in names]
    assert contents == [
        "商品コード,在庫数\r\nA,1\r\nB,2\r\n",
        "商品コード,在庫数\r\nA,1\r\nB,7\r\n",
    ]


def test_an_older_version_changes_nothing(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "header": False, "line_end": "lf"}
    drop.push(stock(("A", 9), version=5))

    drop.push(stock(("A", 1), version=4))

    assert drop.one("outbox").name == "stock_mall_000000000001.csv"
    assert drop.one("outbox").read_bytes() == b"A,9\n"


@pytest.mark.django_db(transaction=True)
def test_pushes_at_once_lose_nothing(drop: Drop) -> None:
    drop.settings = {"stock": STOCK}

    at_once([lambda n=n: drop.tell(stock((f"S{n}", n))) for n in range(8)])

    assert drop.names("outbox") == []
    drop.finish()
    assert drop.one("outbox").read_text(encoding="utf-8").split()[1:] == [f"S{n},{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b""), ("utf-8-bom", b"\xef\xbb\xbf"), ("cp932", b"")]
)
def test_japanese_goes_out_in_the_agreed_encoding(drop: Drop, encoding: str, mark: bytes) -> None:
    drop.settings = {"stock": (*STOCK, f"version='{JAPANESE}"), "encoding": encoding}

    drop.push(stock(("A", 1)))

    content = drop.one("outbox").read_bytes()
    codec = "cp932" if encoding == "cp932" else "utf-8"
    assert content == mark + f"商品コード,在庫数,version\r\nA,1,{JAPANESE}\r\n".encode(codec)


def test_the_wave_dash_goes_out_as_cp932_has_it(drop: Drop) -> None:
    drop.settings = {"stock": ("sku=品番", "available=数", "version='10〜20−5"), "encoding": "cp932"}

    drop.push(stock(("A", 1)))

    assert "10～20－5".encode("cp932") in drop.one("outbox").read_bytes()


def test_what_cp932_lacks_is_refused_for_good_and_nothing_is_written(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "encoding": "cp932"}
    drop.push(stock(("A", 1)))

    with pytest.raises(PushFailed) as refused:
        drop.push(stock(("𠮷-1", 1), ("B", 2)))

    assert refused.value.permanent
    assert str(refused.value) == "𠮷-1: 商品コード: cp932 lacks 𠮷 (U+20BB7)"
    assert drop.names("outbox") == ["stock_mall_000000000001.csv"]
    drop.push(stock(("B", 2)))
    newest = drop.place("outbox") / "stock_mall_000000000002.csv"
    assert newest.read_text(encoding="cp932").split() == ["商品コード,在庫数", "A,1", "B,2"]


def test_listings_go_out_with_their_form_and_only_with_the_agreed_tax(drop: Drop) -> None:
    drop.settings = {"listings": LISTINGS}
    on = ListingItem("A", True, Decimal(12800), True, "JPY", 1)
    drop.push([on, ListingItem("B", False, None, True, "", 1)], name="listings")

    with pytest.raises(PushFailed, match="its price is not inclusive of tax"):
        drop.push([ListingItem("C", True, Decimal(5), False, "JPY", 1)], name="listings")

    content = drop.one("outbox").read_bytes().decode()
    assert content == 'code,販売,税込価格\r\nA,する,"12,800"\r\nB,しない,\r\n'


def test_a_shipment_that_is_told_again_is_the_same_file(drop: Drop) -> None:
    drop.settings = {
        "shipments": (
            "id=id",
            "order_number=受注番号",
            "shipped_at=出荷日|%Y/%m/%d",
            "sku=品番",
            "quantity=数",
        ),
    }
    at = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # the 23rd in Tokyo
    lines = (ShipmentLine("A", 1), ShipmentLine("B", 2))
    shipment = Shipment("0199", "R-1", "N", at, "", "", lines)

    for _ in range(2):
        drop.connector.acknowledge_shipment(drop.to, shipment)

    rows = drop.one("outbox", "shipments_mall_0199.csv").read_text(encoding="utf-8").split()
    assert rows[1:] == ["0199,R-1,2026/11/23,A,1", "0199,R-1,2026/11/23,B,2"]


def test_the_partners_newest_stock_file_is_read_for_the_comparison(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "stock_back": ("sku=#2", "available=#4|,"), "encoding": "cp932"}
    drop.drop("old.csv", "a,b,c,d\nx,A,x,1\n", age=900, place="stock")
    drop.drop("new.csv", 'a,b,c,d\nx,A,x,"1,200"\nx,B,x,0\n', place="stock")
    drop.drop("being-written.csv", "a,b,c,d\nx,A,x,", age=0, place="stock")

    assert list(drop.connector.read_stock(drop.to)) == [RemoteStock("A", 1200), RemoteStock("B", 0)]


def test_a_stock_file_that_can_not_be_read_says_where(drop: Drop) -> None:
    drop.settings = {"stock": STOCK, "stock_back": STOCK}
    drop.drop("s.csv", "商品コード,在庫数\nA,1\nB,-3\n", place="stock")

    with pytest.raises(PushFailed, match=r"s\.csv: line 3: available must be a number"):
        drop.connector.read_stock(drop.to)


def test_a_kind_can_do_what_columns_were_agreed_for(drop: Drop) -> None:
    drop.settings = {"stock": STOCK}

    able = drop.connector.capabilities(drop.to.settings)

    assert able == {Capability.PUSH_STOCK, Capability.FINISH_PUSHES, Capability.CHECK_HEALTH}


@pytest.mark.parametrize(
    "wrong",
    [
        {"outbox": "../other"},
        {"inbox": "/etc"},
        {"archive": "a/../../b"},
        {"quarantine": "~/x"},
        {"encoding": "sjis"},
        {"delimiter": ";;"},
        {"time_zone": "Mars/Olympus"},
        {"write_seconds": -1},
        {"stock": ("sku=a",)},
        {"stock": ("sku=a", "available=b", "colour=c")},
        {"stock": ("sku=#0", "available=#1")},
        {"orders": ("order_number=a", "placed_at=b", "currency='JPY", "sku=c", "quantity=d")},
        {"stock": ("sku=a", "available=b"), "stock_back": STOCK, "header": False},
    ],
)
def test_settings_that_can_not_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|needs|no field|not known|by number"):
        CsvSettings(**wrong)


def test_a_link_that_leads_out_of_the_root_is_refused(drop: Drop, tmp_path: Path) -> None:
    drop.settings = {"stock": STOCK}
    outside = tmp_path / "outside"
    outside.mkdir()
    drop.place("outbox").rmdir()
    (drop.root / "mall" / "outbox").symlink_to(outside)

    with pytest.raises(PushFailed, match="leads out of the root"):
        drop.push(stock(("A", 1)))

    assert list(outside.iterdir()) == []


def test_without_a_root_nothing_is_written(drop: Drop, settings: Any) -> None:
    settings.FILE_DROP_ROOT = ""

    with pytest.raises(PushFailed, match="FILE_DROP_ROOT"):
        drop.connector.check_health(drop.to)


def claims(drop: Drop, claim: Callable[[], str | None], number: int = 40) -> list[str]:
    for at in range(number):
        drop.drop(f"{at}.csv", "x")

    def take_all() -> list[str]:
        taken = []
        while (name := claim()) is not None:
            taken.append(name.split("__")[1])
        return taken

    return [name for taken in at_once([take_all] * 6) for name in taken]


@pytest.mark.django_db(transaction=True)
def test_two_never_take_one_file(drop: Drop) -> None:
    drop.settings = {"orders": ()}
    where = places.places_of(drop.to)

    taken = claims(drop, lambda: places.claim(drop.to, where))

    assert sorted(taken) == sorted(f"{at}.csv" for at in range(40))


@pytest.mark.django_db(transaction=True)
def test_looking_and_then_copying_takes_files_twice(drop: Drop) -> None:
    """The negative control: without the rename's verdict, those who look at once both take it."""
    where = places.places_of(drop.to)
    seen: list[str] = []

    def look_and_take() -> str | None:
        found = [one for one in places.ready(drop.to.settings, where.inbox) if one.exists()]
        if not found:
            return None
        content = found[0].name
        found[0].unlink(missing_ok=True)
        seen.append(content)
        return f"x__{content}"

    taken = claims(drop, look_and_take)

    assert len(taken) > len(set(taken))


TEXT = st.text(
    st.one_of(
        st.sampled_from(JAPANESE + "〜−‖—¢£¬,\"\r\n\t '\u3000ｱｲｳ鷗"),
        st.characters(codec="cp932", exclude_categories=("Cc",)),
    ),
    min_size=1,
    max_size=20,
)


# How long examples take to think of is the machine's matter.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(TEXT, st.integers(0, 10**9)), min_size=1, max_size=20),
    encoding=st.sampled_from(["utf-8", "utf-8-bom", "cp932"]),
    delimiter=st.sampled_from([",", "tab", ";"]),
    line_end=st.sampled_from(["crlf", "lf"]),
    header=st.booleans(),
    form=st.sampled_from(["", ","]),
)
def test_what_is_written_is_read_back(
    rows: list[tuple[str, int]], encoding: str, delimiter: str, line_end: str, header: bool, form: str
) -> None:
    agreed = CsvSettings(encoding=encoding, delimiter=delimiter, line_end=line_end, header=header)
    out = columns.parse_all(["sku=商品", f"available=数|{form}"], STOCK_FIELDS, ("sku", "available"))
    back = columns.parse_all(["sku=#1", f"available=#2|{form}"], STOCK_FIELDS, ("sku", "available"))
    lines = [sheets.cells_of(agreed, out, {"sku": text, "available": number}) for text, number in rows]

    sheet = sheets.read(agreed, back, sheets.file_of(agreed, out, lines))

    assert sheet.reasons == []
    read = [(row.raw[0], columns.whole(row.cells["available"], form)) for row in sheet.rows]
    assert read == [(texts.fitted(text, encoding), number) for text, number in rows]


@given(text=st.text(max_size=30))
def test_nothing_is_ever_lost_silently(text: str) -> None:
    if texts.lacking(text, "cp932"):
        with pytest.raises(UnicodeEncodeError):
            texts.encoded(text, "cp932")
    else:
        assert texts.encoded(text, "cp932").decode("cp932") == texts.fitted(text, "cp932")
