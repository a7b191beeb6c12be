"""Lists as files: what goes out and to whom, what comes in, all of it or none."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from catalog.models import Listing, Product, Variant, VariantCode
from customers.models import Customer
from inventory.models import StockEntry, StockLevel
from omni.core.admin.sheets import files
from omni.core.models import Claim
from organisation.models import Location, StaffAssignment, User
from tests import factories
from tests.backoffice.scene import order_of, populate

pytestmark = pytest.mark.django_db
CSV, XLSX = "0", "1"
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def staff() -> User:
    return factories.user(is_staff=True, is_superuser=True)


@pytest.fixture
def office(client: Client, staff: User) -> Client:
    client.force_login(staff)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def signed_in(client: Client, *assignments: tuple[str, Location | None]) -> Client:
    user = factories.user(is_staff=True)
    for role, location in assignments:
        StaffAssignment.objects.create(user=user, role=role, location=location)
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page(name: str, view: str) -> str:
    return reverse(f"admin:{name}_{view}")


def exported(client: Client, name: str, *, kind: str = CSV, query: str = "") -> bytes:
    answer = client.post(page(name, "export") + query, {"format": kind, "resource": "0"})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(BOM)
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))


def upload(client: Client, name: str, data: bytes, *, kind: str = CSV) -> Any:
    """The preview of a file."""
    file = SimpleUploadedFile("list", data)
    return client.post(page(name, "import"), {"format": kind, "resource": "0", "import_file": file})


def confirm(client: Client, name: str, preview: Any) -> Any:
    return client.post(page(name, "process_import"), preview.context["confirm_form"].initial)


def take_in(client: Client, name: str, text: str) -> Any:
    return confirm(client, name, upload(client, name, text.encode()))


def errors(answer: Any) -> dict[int, dict[str, list[str]]]:
    """What the preview says of each row that broke a rule, by its number and column."""
    return {row.number: row.error_dict for row in answer.context["result"].invalid_rows}


PRODUCTS = "code,name_ja,name_en,brand,kana\ntea,煎茶,Green tea,{brand},センチャ\ncup,湯呑,,{brand},\n"


def test_products_come_in_through_the_services_after_a_preview(office: Client, staff: User) -> None:
    brand = factories.product(code="tea", name={"ja": "旧"}).brand
    text = PRODUCTS.format(brand=brand.code)

    preview = upload(office, "catalog_product", text.encode())
    assert [row.import_type for row in preview.context["result"].rows] == ["update", "new"]
    assert Product.objects.get().name == {"ja": "旧"}

    done = confirm(office, "catalog_product", preview)

    assert done.status_code == 302
    tea, cup = Product.objects.get(code="tea"), Product.objects.get(code="cup")
    assert (tea.name, cup.name, cup.brand) == ({"ja": "煎茶", "en": "Green tea"}, {"ja": "湯呑"}, brand)
    # The service keeps them findable, and the history says who changed what.
    found = office.get(page("catalog_product", "changelist"), {"q": "せんちゃ"}).context["cl"].result_list
    assert list(found) == [tea]
    change = apps.get_model("catalog", "ProductEvent").objects.latest("pgh_id")
    assert (change.name, change.pgh_context.metadata["actor"]) == ({"ja": "旧"}, f"user:{staff.pk}")


def test_a_second_click_takes_a_file_in_once(office: Client) -> None:
    variant, channel = factories.variant(sku="TEA"), factories.channel(code="ec")
    text = "sku,channel,price,valid_from\nTEA,ec,900,\n"
    preview = upload(office, "catalog_listing", text.encode())

    first, second = (confirm(office, "catalog_listing", preview) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert list(Listing.objects.values_list("variant", "channel", "price")) == [(variant.pk, channel.pk, 900)]
    assert apps.get_model("catalog", "ListingEvent").objects.count() == 0
    assert Claim.objects.filter(operation="import-catalog.listing").count() == 1


def test_each_row_that_breaks_a_rule_names_column_and_rule_and_nothing_is_written(office: Client) -> None:
    product, tax = factories.product(code="tea"), factories.tax_class()
    text = (
        "sku,product,name_ja,tax_class,keeps_stock,options\n"
        f"OK-1,tea,良,{tax.code},TRUE,size=M\n"
        f"A B,tea,良,{tax.code},TRUE,\n"
        f"OK-2,nowhere,良,{tax.code},perhaps,\n"
        f"OK-1,tea,良,{tax.code},TRUE,\n"
        f"OK-3,tea,良,{tax.code},TRUE,size\n"
    )

    preview = upload(office, "catalog_variant", text.encode())

    told = errors(preview)
    assert set(told) == {2, 3, 4, 5}
    assert told[2]["sku"] == ["The code is not valid.（rule: characters、value: A B）"]
    assert told[3] == {
        "product": ["nothing has the code nowhere"],
        "keeps_stock": ["must be TRUE or FALSE"],
    }
    assert told[4] == {"sku": ["stands in the file twice"]}
    assert told[5]["options"] == ["The option is not valid.（name: size、rule: value）"]
    assert "confirm_form" not in preview.context
    assert Variant.objects.filter(product=product).count() == 0


def test_a_row_that_no_longer_fits_at_the_confirmation_undoes_all(office: Client) -> None:
    factories.variant(sku="A"), factories.variant(sku="B")
    text = "sku,kind,value,quantity\nA,JAN,4901777018884,1\nB,JAN,4901777018891,1\n"
    preview = upload(office, "catalog_variantcode", text.encode())
    assert "confirm_form" in preview.context
    VariantCode.objects.create(variant=factories.variant(sku="C"), kind="JAN", value="4901777018891")

    refused = confirm(office, "catalog_variantcode", preview)

    assert refused.status_code == 422
    assert errors(refused)[2]["value"] == [
        "The code already names another article.（value: 4901777018891、SKU: C）"
    ]
    assert list(VariantCode.objects.values_list("variant__sku", flat=True)) == ["C"]
    assert not Claim.objects.exists()


def test_cp932_and_workbooks_are_read_as_utf_8_is(office: Client) -> None:
    brand = factories.product(code="tea").brand
    text = f"code,name_ja,brand\ntea,髙島屋の煎茶,{brand.code}\n"
    book = Workbook()
    for row in csv.reader(StringIO(text)):
        book.active.append(row)
    workbook = BytesIO()
    book.save(workbook)

    for data, kind in ((text.encode("cp932"), CSV), (BOM + text.encode(), CSV), (workbook.getvalue(), XLSX)):
        Product.objects.filter(code="tea").update(name={"ja": "旧"})
        confirm(office, "catalog_product", upload(office, "catalog_product", data, kind=kind))
        assert Product.objects.get(code="tea").name == {"ja": "髙島屋の煎茶"}


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b"\x81\x20", CSV, "The file is neither UTF-8 nor CP932 (Shift_JIS)."),
        (b"no workbook", XLSX, "The file can't be read: is it of this format?"),
        (b"", XLSX, "The submitted file is empty."),
        (b"code\n" + b"x\n" * 2001, CSV, "No more than 2000 lines at once."),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_at_its_field(
    office: Client, data: bytes, kind: str, told: str
) -> None:
    answer = upload(office, "catalog_product", data, kind=kind)

    assert answer.context["form"].errors["import_file"] == [told]


def test_columns_that_are_not_known_are_named(office: Client) -> None:
    answer = upload(office, "catalog_product", b"code,colour\ntea,red\n")

    assert "Unknown columns: colour" in answer.content.decode()
    assert "confirm_form" not in answer.context


def test_what_went_out_comes_in_without_effect(office: Client) -> None:
    variant, channel = factories.variant(sku="TEA", name={"ja": "=1+1"}), factories.channel()
    Variant.objects.filter(pk=variant.pk).update(options={"size": "M", "色": "-紺"})
    factories.code(variant, "4901777018884")
    factories.listing(variant, channel, 1000)
    factories.location(phone="+81312345678", name={"ja": "渋谷", "en": "Shibuya"})

    names = (
        "catalog_product",
        "catalog_variant",
        "catalog_variantcode",
        "catalog_listing",
        "organisation_location",
    )
    for name in names:
        preview = upload(office, name, exported(office, name))
        result = preview.context["result"]
        assert not result.has_errors(), [str(error.error) for error in result.base_errors]
        assert errors(preview) == {}, name
        assert {row.import_type for row in result.rows} == {"skip"}, name


def test_no_spreadsheet_runs_what_customers_wrote(office: Client) -> None:
    factories.variant(sku="TEA", name={"ja": '=HYPERLINK("http://x")'})
    factories.variant(sku="-1+1", name={"ja": "@SUM(A1)"})

    (first, second) = sorted(rows(exported(office, "catalog_variant")), key=lambda row: row["name_ja"])
    book = load_workbook(BytesIO(exported(office, "catalog_variant", kind=XLSX)))

    assert first["name_ja"] == '\'=HYPERLINK("http://x")'
    assert (second["sku"], second["name_ja"]) == ("'-1+1", "'@SUM(A1)")
    assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'", "'a", "-", "＝1", "+81", "plain", ""])
def test_the_guard_comes_off_as_it_went_on(text: str) -> None:
    assert files.unguarded(files.guarded(text)) == text


def test_more_rows_than_a_workbook_holds_are_refused(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.variant()
    factories.variant()
    monkeypatch.setattr(files, "SHEET_ROWS", 2)

    answer = office.post(page("catalog_variant", "export"), {"format": XLSX, "resource": "0"})

    assert "A workbook does not hold so many rows" in answer.content.decode()
    assert len(rows(exported(office, "catalog_variant"))) == 2


def test_a_shop_takes_out_the_stock_and_orders_of_its_own(client: Client) -> None:
    mine, theirs, channel = factories.location(), factories.location(), factories.channel()
    variant = factories.variant()
    factories.stock(variant, mine, 5)
    factories.stock(variant, theirs, 7)
    sold = order_of(variant, location=mine, channel=channel)
    order_of(variant, location=theirs, channel=channel)
    signed_in(client, ("CLERK", mine))

    levels = rows(exported(client, "inventory_stocklevel"))
    assert [(row["location"], row["on_hand"], row["available"]) for row in levels] == [(mine.code, "5", "5")]
    entries = rows(exported(client, "inventory_stockentry"))
    assert {row["location"] for row in entries} == {mine.code}
    assert [row["delta"] for row in entries] == ["5"]
    orders = rows(exported(client, "orders_order"))
    assert [(row["number"], row["total"]) for row in orders] == [(sold.number, "1100")]
    foreign = exported(client, "inventory_stocklevel", query=f"?location__id__exact={theirs.pk}")
    assert theirs.code not in {row["location"] for row in rows(foreign)}


def test_customers_leave_only_with_the_permission_for_it(client: Client) -> None:
    factories.member("2900000000017", family_name="佐藤", given_name="葵")
    url = page("customers_customer", "export")

    for role in ("CLERK", "MANAGER", "CONTACT_CENTRE"):
        signed_in(client, (role, None))
        assert client.get(page("customers_customer", "changelist")).status_code == 200
        assert client.post(url, {"format": CSV, "resource": "0"}).status_code == 403, role
        assert url not in client.get(page("customers_customer", "changelist")).content.decode()
    signed_in(client, ("HEADQUARTERS", factories.location()))
    assert client.post(url, {"format": CSV, "resource": "0"}).status_code == 403
    signed_in(client, ("HEADQUARTERS", None))
    (row,) = rows(exported(client, "customers_customer"))

    assert (row["family_name"], row["member_number"]) == ("佐藤", "2900000000017")
    assert row["public_id"] == str(Customer.objects.get().public_id)


def test_files_come_in_only_from_who_may_change_the_list(client: Client) -> None:
    shop = factories.location()
    names = ("catalog_product", "catalog_variant", "catalog_variantcode", "catalog_listing", "catalog_price")
    for assignment in (("MANAGER", None), ("HEADQUARTERS", shop)):
        signed_in(client, assignment)
        for name in names:
            assert client.get(page(name, "import")).status_code == 403, (assignment, name)
            assert client.post(page(name, "process_import"), {}).status_code == 403


def test_locations_come_in_within_the_reach_of_the_permission_to_change_them(client: Client) -> None:
    mine, theirs = factories.location(), factories.location()
    before = theirs.name
    signed_in(client, ("CLERK", None), ("HEADQUARTERS", mine))

    refused = upload(
        client, "organisation_location", f"code,name_ja\n{mine.code},新\n{theirs.code},新\nnew,新\n".encode()
    )
    told = errors(refused)
    assert set(told) == {2, 3}
    assert told[2] == {"code": ["You may not do this."]}
    assert "company" in told[3]

    take_in(client, "organisation_location", f"code,name_ja\n{mine.code},新\n")
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.name["ja"], theirs.name) == ("新", before)


LISTS = (
    "catalog_product",
    "catalog_variant",
    "catalog_variantcode",
    "catalog_listing",
    "catalog_price",
    "organisation_location",
    "customers_customer",
    "inventory_stocklevel",
    "inventory_stockentry",
    "loyalty_pointentry",
    "orders_order",
    "orders_orderline",
    "orders_payment",
    "orders_refund",
    "orders_return",
)


def test_every_file_takes_as_many_queries_for_many_rows_as_for_few(office: Client) -> None:
    def queries_of(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(rows(exported(office, name))) > 0, name
        return len(captured)

    populate(2)
    few = {name: queries_of(name) for name in LISTS}
    populate(4)
    many = {name: queries_of(name) for name in LISTS}

    assert many == few


def test_a_ledger_leaves_row_by_row(office: Client) -> None:
    """The answer begins before the rows are read, and no more than a batch of them is ever held."""
    level = factories.stock(factories.variant(), factories.location(), 1)
    entry = StockEntry.objects.get()
    StockEntry.objects.bulk_create(
        StockEntry(
            occurred_at=entry.occurred_at,
            business_date=entry.business_date,
            variant_id=level.variant_id,
            location_id=level.location_id,
            document_id=entry.document_id,
            kind="ADJUSTMENT",
            bucket="ON_HAND",
            delta=1,
            balance_after=1,
            actor="system:test",
        )
        for _ in range(3000)
    )

    answer = office.post(page("inventory_stockentry", "export"), {"format": CSV, "resource": "0"})
    chunks = list(answer.streaming_content)

    assert len(rows(b"".join(chunks))) == 3001
    assert len(chunks) > 3
    assert max(len(chunk) for chunk in chunks) < 70 * 1024
    assert StockLevel.objects.count() == 1
