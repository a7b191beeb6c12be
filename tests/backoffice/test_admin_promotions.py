"""Staff and promotions: forms that say what is wrong, coupons in bulk, who may do what."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from omni.core import db
from omni.core.actor import SYSTEM
from organisation.models import StaffAssignment
from promotions import services, verification
from promotions.models import Coupon, CouponBatch, Promotion, Redemption
from tests import factories
from tests.backoffice.test_admin_actions import act, form_key, told
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NO_ROWS = {"targets-TOTAL_FORMS": "0", "targets-INITIAL_FORMS": "0"}
FORM = {
    "code": "autumn",
    "name_ja": "秋",
    "active": "on",
    "currency": "JPY",
    "starts_at_0": "2026-11-01",
    "starts_at_1": "00:00:00",
    "effect": "PERCENTAGE",
    "percent": "0.1",
    "funded_by": "SELLER",
    "priority": "0",
    "exclusivity": "STACKS",
    **NO_ROWS,
}


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:promotions_{name}", args=args)


def add(office: Client, **values: Any) -> Any:
    url = page("promotion_add")
    return office.post(url, {"_key": form_key(office, url), **FORM, **values})


def errors_of(answer: Any) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in answer.context["adminform"].form.errors.items()}


def test_a_promotion_is_made_and_its_changes_are_kept(office: Client) -> None:
    made = add(office, weekdays=["6", "7"], month_days="30, 20, 20")

    promotion = Promotion.objects.get()
    assert made.status_code == 302
    assert (promotion.code, promotion.weekdays, promotion.month_days) == ("autumn", [6, 7], [20, 30])
    url = page("promotion_change", promotion.pk)
    office.post(url, {"_key": form_key(office, url), **FORM, "percent": "0.2", "most_uses": "5"})
    promotion.refresh_from_db()
    assert (promotion.percent, promotion.most_uses) == (Decimal("0.2"), 5)
    (before,) = promotion.events.all()
    assert str(before.percent) == "0.1000"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"percent": ""}, "percent"),
        ({"percent": "10"}, "percent"),
        ({"amount": "100"}, "amount"),
        ({"effect": "AMOUNT", "percent": "", "amount": "0"}, "amount"),
        ({"effect": "SET_PRICE", "percent": "", "amount": "1000", "buy_quantity": "1"}, "buy_quantity"),
        ({"effect": "BUY_GET", "percent": "1", "buy_quantity": "2"}, "get_quantity"),
        ({"month_days": "0, 32"}, "month_days"),
        ({"ends_at_0": "2026-10-01", "ends_at_1": "00:00:00"}, "ends_at"),
    ],
)
def test_a_form_says_at_its_field_what_is_wrong(office: Client, values: dict[str, str], field: str) -> None:
    answer = add(office, **values)

    assert (answer.status_code, list(errors_of(answer))) == (200, [field])
    assert Promotion.objects.count() == 0


def test_a_limit_counts_what_was_used_before_it_was_set_and_is_not_set_below(office: Client) -> None:
    promotion = factories.promotion(code="autumn")
    for number in range(3):
        Redemption.objects.create(
            promotion=promotion, source=f"order:{number}", currency="JPY", amount=1, redeemed_at=NOW
        )
    url = page("promotion_change", promotion.pk)

    below = office.post(url, {"_key": form_key(office, url), **FORM, "most_uses": "2"})
    office.post(url, {"_key": form_key(office, url), **FORM, "most_uses": "3"})

    promotion.refresh_from_db()
    assert list(errors_of(below)) == ["most_uses"]
    assert (promotion.most_uses, promotion.uses, verification.find_drifts()) == (3, 3, [])


def test_coupons_are_made_in_bulk_once_and_taken_out_as_a_file(office: Client) -> None:
    promotion = factories.promotion(needs_coupon=True)

    done = act(office, page("promotion_make_coupons", promotion.pk), quantity="1000", begins_with="aki")

    batch = CouponBatch.objects.get()
    codes = set(Coupon.objects.values_list("code", flat=True))
    file = office.get(page("couponbatch_download", batch.pk))
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert "1,000" in told(done)
    assert (len(codes), {len(code) for code in codes}) == (1000, {13})
    assert all(code.startswith("AKI") for code in codes)
    assert {line.split(",")[0] for line in lines[1:]} == codes
    assert set(Coupon.objects.values_list("most_uses", "uses")) == {(1, 0)}


def test_a_code_is_one_of_all_promotions_and_can_be_withdrawn(office: Client) -> None:
    promotion = factories.promotion(needs_coupon=True)
    url = page("promotion_add_code", promotion.pk)

    act(office, url, code="ａｋｉ 10", most_uses="", member="")
    again = act(office, url, code="AKI10", most_uses="5", member="")
    coupon = Coupon.objects.get()
    act(office, page("coupon_withdraw", coupon.pk))

    coupon.refresh_from_db()
    assert (coupon.code, coupon.most_uses, again.status_code) == ("AKI10", None, 422)
    assert coupon.withdrawn_at is not None


def test_counters_see_promotions_and_change_none_and_see_no_codes(client: Client) -> None:
    promotion = factories.promotion(needs_coupon=True)
    with db.transaction():
        batch = services.create_coupons(
            promotion_id=promotion.pk, quantity=1, prefix="", actor=SYSTEM, now=NOW
        )
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role="MANAGER", location=None)
    client.force_login(user)

    assert client.get(page("promotion_changelist")).status_code == 200
    refused = [
        client.get(page("coupon_changelist")),
        client.get(page("couponbatch_download", batch.pk)),
        client.get(page("promotion_add")),
        client.get(page("promotion_make_coupons", promotion.pk)),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4


def test_a_count_that_drifted_is_found_and_set_right() -> None:
    promotion = factories.promotion(most_uses=5, uses=2)
    coupon = factories.coupon(promotion, "CODE", most_uses=5, uses=0)
    Redemption.objects.create(
        promotion=promotion, coupon=coupon, source="order:1", currency="JPY", amount=1, redeemed_at=NOW
    )

    found = verification.find_drifts()
    verification.repair(found, actor=SYSTEM, now=NOW)

    told_ = [(drift.kind, drift.where, drift.expected, drift.found) for drift in found]
    assert told_ == [
        ("promotion-uses", {"promotion": promotion.code}, 1, 2),
        ("promotion-uses", {"coupon": "CODE"}, 1, 0),
    ]
    assert verification.find_drifts() == []
