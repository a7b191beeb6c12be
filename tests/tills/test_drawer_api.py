"""Tills over HTTP: sign in, open, sell, void, close; who may do what, and what a replay gets."""

import pytest

from inventory.models import StockLevel
from omni.core import clock
from orders.models import Order, Payment, Refund
from tests import factories
from tests.tills.tills import PIN, Counter, post, staff
from tills.models import CashSession, Operator, TillRecord

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def counter() -> Counter:
    return Counter.build(now=clock.now())


def sale(counter: Counter, receipt: str = "A-1", **line: object) -> dict[str, object]:
    return {
        "receipt_number": receipt,
        "lines": [{"code": counter.variant.sku, **line}],
        "tenders": [{"tender": "cash"}],
    }


def test_a_shift_from_the_pin_to_the_closing(counter: Counter) -> None:
    operator = counter.desk.operator
    assert operator is not None
    number = operator.operator.number

    signed = post(counter.client(), "sign-in/", {"operator": number, "pin": PIN}).json()
    client = counter.client(signed["token"])
    opened = post(client, "session/", {"float": [{"value": "1000", "pieces": 30}]})
    sold = post(client, "sales/", sale(counter))
    moved = post(client, "session/movements/", {"direction": "IN", "amount": "500", "reason": "CHANGE"})
    shown = client.get("/api/v1/till/session/").json()
    closed = post(
        client,
        "session/close/",
        {"counted": [{"value": "1000", "pieces": 31}, {"value": "500", "pieces": 1}], "deposit": "1500"},
        key="close",
    )
    again = post(
        client,
        "session/close/",
        {"counted": [{"value": "1000", "pieces": 31}, {"value": "500", "pieces": 1}], "deposit": "1500"},
        key="close",
    )

    assert signed["name"] == "店長"
    assert "tills.void_sale" in signed["rights"]
    assert (opened.status_code, sold.status_code, moved.json()["expected"]) == (201, 201, "31500")
    assert (shown["expected"], shown["drawer"]["sales"], shown["transactions"]) == (
        "31500",
        "1000",
        {"SALE": 1},
    )
    assert (closed.json()["difference"], closed.json()["kept"]) == ("0", "30000")
    assert closed.content == again.content
    assert Order.objects.get().actor == f"user:{operator.pk}"
    assert CashSession.objects.get().closed_by == f"user:{operator.pk}"


def test_nobody_opens_a_drawer_unnamed_or_without_the_right(counter: Counter) -> None:
    body = {"float": [{"value": "1000", "pieces": 30}]}
    stranger = factories.user(is_staff=True)
    other = Counter.build(now=clock.now())

    unnamed = post(counter.client(), "session/", body)
    elsewhere = post(
        counter.client(other.signed_in(now=clock.now())._credentials["HTTP_TILL_OPERATOR"]), "session/", body
    )
    counter.desk.operator.assignments.update(location=other.shop.location)
    moved = post(
        counter.client(), "sign-in/", {"operator": counter.desk.operator.operator.number, "pin": PIN}
    )

    assert (unnamed.status_code, unnamed.json()["code"]) == (403, "operator-needed")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "operator-needed")
    assert (moved.status_code, moved.json()["code"]) == (403, "not-your-function")
    assert not CashSession.objects.exists()
    assert not Operator.objects.filter(user=stranger).exists()


def test_too_many_wrong_pins_lock_the_number(counter: Counter) -> None:
    number = counter.desk.operator.operator.number

    answers = [post(counter.client(), "sign-in/", {"operator": number, "pin": "0000"}) for _ in range(5)]
    right = post(counter.client(), "sign-in/", {"operator": number, "pin": PIN})

    assert {answer.json()["code"] for answer in answers} == {"sign-in-failed"}
    assert (right.status_code, right.json()["code"]) == (403, "sign-in-failed")
    assert Operator.objects.get(number=number).locked_until is not None


def test_a_new_pin_signs_the_old_one_out(counter: Counter) -> None:
    from tills.services import operators

    client = counter.signed_in(now=clock.now())
    operators.set_pin(user=counter.desk.operator, number="9", pin="9999", now=clock.now())

    answer = post(client, "session/", {"float": []})

    assert answer.json()["code"] == "operator-needed"


def test_an_overridden_price_needs_the_right(counter: Counter) -> None:
    counter.open(now=clock.now())
    clerk = staff(counter.shop, "CLERK", now=clock.now())
    signed = post(counter.client(), "sign-in/", {"operator": clerk.operator.number, "pin": PIN}).json()
    cheap = sale(counter, unit_price="800", reason="damaged")

    unnamed = post(counter.client(), "sales/", cheap)
    refused = post(counter.client(signed["token"]), "sales/", cheap)
    assert not Order.objects.exists()
    allowed = post(counter.signed_in(now=clock.now()), "sales/", cheap)

    assert (unnamed.status_code, unnamed.json()["code"]) == (403, "operator-needed")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-function")
    assert (allowed.status_code, allowed.json()["total"]) == (201, "800")


def test_a_void_gives_everything_back_and_deletes_nothing(counter: Counter) -> None:
    counter.open(now=clock.now())
    member = factories.member("2900000000017")
    client = counter.signed_in(now=clock.now())
    sold = post(client, "sales/", {**sale(counter, quantity=2), "member": "2900000000017"}).json()

    voided = post(client, f"sales/{sold['number']}/void/", {"reason": "wrong article"})
    twice = post(client, f"sales/{sold['number']}/void/", {"reason": "wrong article"})

    assert voided.status_code == 201, voided.json()
    assert (voided.json()["refund_amount"], voided.json()["points_clawed_back"]) == ("2000", 20)
    assert (twice.status_code, twice.json()["rule"]) == (409, "goods-came-back")
    assert StockLevel.objects.get(variant=counter.variant).on_hand == 100
    assert (Order.objects.get().customer_id, Payment.objects.get().refunded_amount) == (member.pk, 2000)
    assert Refund.objects.get().status == "DONE"
    assert list(TillRecord.objects.order_by("pk").values_list("kind", flat=True)) == ["SALE", "VOID"]
    assert client.get("/api/v1/till/session/").json()["expected"] == "30000"


def test_a_sale_of_another_day_is_returned_and_not_voided(counter: Counter) -> None:
    counter.open(now=clock.now())
    number = counter.sell("A-1", now=clock.now()).number
    counter.close(31, now=clock.now())
    counter.open(now=clock.now(), float_=31)

    answer = post(counter.signed_in(now=clock.now()), f"sales/{number}/void/", {"reason": "late"})

    assert (answer.status_code, answer.json()["rule"]) == (409, "not-of-this-session")
    assert not Refund.objects.exists()
