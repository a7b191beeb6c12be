"""The demo group: complete, consistent, and loaded as often as one likes."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db.models import F, Sum

from backoffice.demo import goods, group, people
from backoffice.demo.rows import Goods
from catalog import selectors as catalog
from catalog.former_prices import list_former_prices
from catalog.models import Listing, Product, VariantCode
from connectors.models import Connection
from customers.models import Identity
from inventory import selectors as inventory
from inventory import verification
from inventory.models import (
    CountSheet,
    Lot,
    LotStock,
    LotTracking,
    PurchaseOrder,
    StockEntry,
    StockLevel,
    SupplyTerm,
    Transfer,
)
from loyalty.models import PointAccount
from omni.core import clock
from orders.models import Order
from organisation import selectors as organisation
from organisation.models import Location, SalesChannel, StaffAssignment, User

EVERY_MODEL = ("organisation", "catalog", "inventory", "customers", "loyalty", "orders", "connectors")


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Path:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setenv("SANDBOX_SECRET", "whsec_c2FuZGJveA==")
    return tmp_path / "var" / "demo.json"


def load(secrets: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("load_demo", "--secrets", str(secrets), "--json", stdout=out)
    shown: dict[str, Any] = json.loads(out.getvalue())
    return shown


def counts() -> dict[str, int]:
    models = [model for app in EVERY_MODEL for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model._default_manager.count() for model in models}


@pytest.mark.django_db(transaction=True)
def test_the_group_is_complete_and_a_second_load_changes_nothing(secrets: Path) -> None:
    shown = load(secrets)
    before, kept = counts(), secrets.read_text()

    again = load(secrets)

    assert (
        shown
        == again
        == {
            "locations": 13,
            "variants": 300,
            "stock_levels": StockLevel.objects.count(),
            "api_keys": 14,
            "secrets": str(secrets),
        }
    )
    assert (counts(), secrets.read_text()) == (before, kept)
    assert secrets.stat().st_mode & 0o777 == 0o600
    _check_catalogue()
    _check_stock()
    _check_lots()
    _check_office()
    _check_people(json.loads(kept))


def _check_catalogue() -> None:
    now = clock.now()
    listed = Counter(Listing.objects.valid_at(now).values_list("channel__code", flat=True))
    assert listed == {"ec-main": 300, "stores": 300, "app": 300, "sandbox-ec": 40}
    assert VariantCode.objects.filter(value__startswith="21").count() == 300
    assert not Product.objects.filter(search_text="").exists()
    channel = SalesChannel.objects.get(code="ec-main")
    wanted = catalog.get_variants(skus=["ST-C01-100G", "ST-L01-300M", "AK-A01-WH"])
    offers = catalog.get_offers(
        channel_id=channel.pk, variant_ids=list(wanted.values()), at=clock.now()
    ).values()
    rates = {
        offer.sku: (str(offer.price), str(offer.take_out_rate), str(offer.eat_in_rate)) for offer in offers
    }
    assert rates == {
        "ST-C01-100G": ("1200", "0.0800", "0.1000"),
        "ST-L01-300M": ("1600", "0.1000", "0.1000"),
        "AK-A01-WH": ("9800", "0.1000", "0.1000"),
    }
    reduced = Listing.objects.valid_at(now).filter(reduced=True)
    assert set(reduced.values_list("channel__code", flat=True)) == {"ec-main"}
    former = list_former_prices(
        channel_id=channel.pk,
        country="JP",
        currency="JPY",
        variant_ids=reduced.filter(variant__product__code="ng-t07").values_list("variant_id", flat=True),
        at=now,
    )
    assert {(one.amount, one.reason) for one in former.values()} == {(5500, None)}
    assert set(reduced.filter(variant__product__code="ng-t07").values_list("price", flat=True)) == {4400}


def _check_lots() -> None:
    """Sweets are of two bakings, the first nearly over; all of their stock is of a known lot."""
    tracked = set(LotTracking.objects.values_list("variant__sku", flat=True))
    assert {sku.lower()[:6] for sku in tracked} == {"st-w01", "st-w02", "st-w05", "st-w06"}
    assert set(LotStock.objects.values_list("lot__number", flat=True)) == {
        f"{sku}-{baking}" for sku in tracked for baking in "AB"
    }
    units = LotStock.objects.aggregate(units=Sum("on_hand"))
    assert units == StockLevel.objects.filter(tracked=True).aggregate(units=Sum("on_hand"))
    first, second = (
        Lot.objects.filter(number__endswith=end).values_list("expires_on") for end in ("-A", "-B")
    )
    assert max(first) < min(second)
    assert verification.find_drifts() == []


def _check_stock() -> None:
    by_level = (
        StockEntry.objects.filter(bucket="ON_HAND")
        .values("variant_id", "location_id")
        .annotate(on_hand=Sum("delta"), last=F("variant_id"))
    )
    explained = {(row["variant_id"], row["location_id"]): row["on_hand"] for row in by_level}
    assert explained == {
        (level.variant_id, level.location_id): level.on_hand for level in StockLevel.objects.all()
    }
    on_sale = list(Listing.objects.filter(channel__code="sandbox-ec").values_list("variant_id", flat=True))
    ids = dict(SalesChannel.objects.values_list("code", "pk"))
    shown = inventory.channel_availability(channel_id=ids["sandbox-ec"], variant_ids=on_sale)
    assert shown == inventory.channel_availability(channel_id=ids["ec-main"], variant_ids=on_sale)
    assert min(shown.values()) >= 40


def _check_office() -> None:
    """Something of each kind is under way, and books and documents agree."""
    assert sorted(PurchaseOrder.objects.values_list("supplier__code", "status")) == [
        ("hamano", "PARTIALLY_RECEIVED"),
        ("minato", "ORDERED"),
    ]
    assert Transfer.objects.get().status == "SHIPPED"
    assert CountSheet.objects.get().status == "OPEN"
    assert SupplyTerm.objects.count() == 300
    assert StockLevel.objects.aggregate(units=Sum("damaged")) == {"units": 2}
    assert verification.find_drifts() == []


def _check_people(kept: dict[str, Any]) -> None:
    assert [each["login"] for each in kept["logins"]] == [
        *(staff.login for staff in people.STAFF),
        people.SHOPPER_LOGIN,
    ]
    assert all(
        User.objects.get(email=each["login"]).check_password(each["password"]) for each in kept["logins"]
    )
    assert User.objects.filter(is_superuser=True).count() == StaffAssignment.objects.count() - 2 == 1
    till = organisation.find_api_key(kept["api_keys"]["till-shibuya"])
    assert till is not None
    assert till.location is not None
    assert till.location.code == "shibuya"
    card = Identity.objects.get(kind="MEMBER_NUMBER", value=kept["members"]["paper-card"]["number"])
    spent = Order.objects.filter(customer=card.customer).values_list("total", flat=True)
    assert sum(spent) == 24900 + 5900 + 9800 + 1620 + 1200 + 12900 + 6900
    assert PointAccount.objects.get(customer=card.customer).balance == 308 + 126 + 198
    assert Connection.objects.get().url.startswith("http://127.0.0.1:9")


@pytest.mark.django_db(transaction=True)
def test_what_staff_changed_stays_changed(secrets: Path) -> None:
    load(secrets)
    Location.objects.filter(code="ginza").update(name={"ja": "銀座本店"})
    Listing.objects.filter(channel__code="app").update(price=1)

    load(secrets)

    assert Location.objects.get(code="ginza").name == {"ja": "銀座本店"}
    assert set(Listing.objects.filter(channel__code="app").values_list("price", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_lost_file_gives_new_secrets_and_a_lost_database_the_old_ones(secrets: Path) -> None:
    load(secrets)
    first = json.loads(secrets.read_text())
    secrets.unlink()

    load(secrets)

    second = json.loads(secrets.read_text())
    assert {each["password"] for each in first["logins"]}.isdisjoint(
        each["password"] for each in second["logins"]
    )
    assert User.objects.get(email=people.SHOPPER_LOGIN).check_password(second["logins"][-1]["password"])
    User.objects.filter(email=people.SHOPPER_LOGIN).delete()
    load(secrets)
    assert json.loads(secrets.read_text()) == second
    assert User.objects.get(email=people.SHOPPER_LOGIN).check_password(second["logins"][-1]["password"])


def test_the_goods_are_three_hundred_with_names_in_both_languages() -> None:
    rows = list(goods.variants())

    assert len(rows) == len({row.sku for row in rows}) == 300
    assert all(row.ja and row.en and row.family.kana and row.price > 0 for row in rows)
    assert {row.family.category for row in rows} == {node.code for each in goods.ALL for node in each.nodes}
    assert [len(_skus(each)) for each in goods.ALL] == [120, 100, 80]


def _skus(each: Goods) -> list[str]:
    return [row.sku for row in goods.variants() if row.goods is each]


def test_every_shop_lies_in_its_prefectures_box() -> None:
    places = [*group.SHOPS, group.WAREHOUSE]

    assert len({(place.latitude, place.longitude) for place in places}) == 13
    assert all(31 < place.latitude < 45.6 and 129 < place.longitude < 146 for place in places)
