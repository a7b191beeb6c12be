"""Staff and promotions: coupons in bulk, who may do what, counts that are checked."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from omni.core import db
from omni.core.actor import SYSTEM
from organisation.models import StaffAssignment
from promotions import services, verification
from promotions.models import Coupon, CouponBatch, Redemption
from tests import factories
from tests.backoffice.test_admin_actions import act, told
from tests.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:promotions_{name}", args=args)


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
