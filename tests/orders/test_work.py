"""A shop's work: each step once, by whom and when; what is late is told; the code opens the hand-over."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import Settings

from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from omni.outbox.models import Event
from orders import errors, services
from orders.models import Fulfilment, FulfilmentStep, HandOver, Order, TenderType
from orders.services.collecting import Proof, code_of, fulfilment_of, require_code
from organisation.models import Location, OpeningHours
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import Site, place
from tests.orders.test_allocate_waiting import deliver
from tests.orders.test_reject_fulfilment import reject, second
from tests.orders.test_sale_api import client_of, post
from tests.orders.tills import Till

CLERK = Actor.api_key("clerk")
LATER = NOW + timedelta(minutes=5)
database = pytest.mark.django_db(transaction=True)


def context(operation: str, at: datetime = NOW) -> dict[str, Any]:
    claim = Claim.of(actor=CLERK, operation=operation, key=str(uuid4()), request={})
    return {"claim": claim, "actor": CLERK, "now": at}


def work(order: Order, at: datetime = NOW, **fields: Any) -> Any:
    """Take one step of the order's only fulfilment."""
    part = order.fulfilments.get()
    step = fields.pop("step")
    asked = services.Asked(number=order.number, fulfilment_id=part.pk, **fields)
    return getattr(services, step)(asked=asked, **context(step, at))


def to_collect(site: Site, units: int = 2) -> Order:
    shop = factories.location(capabilities=["PICKUP"])
    tea = site.item(1100)
    factories.stock(tea, shop, 10)
    return Order.objects.get(number=place(site.cart((tea, units), kind="PICKUP", location=shop)).number)


def steps(order: Order) -> list[str]:
    rows = FulfilmentStep.objects.filter(fulfilment__order=order).order_by("pk")
    return list(rows.values_list("step", flat=True))


@database
def test_the_steps_lead_through_the_states_and_are_kept() -> None:
    order = to_collect(Site())

    states = [
        work(order, LATER, step=step).status
        for step in ("accept_fulfilment", "start_picking", "pack_fulfilment", "ready_fulfilment")
    ]

    assert states == ["RESERVED", "RESERVED", "PREPARED", "READY"]
    assert steps(order) == ["ACCEPT", "PICK", "PACK", "READY"]
    part = order.fulfilments.get()
    assert (part.accepted_at, part.picking_at, part.packed_at, part.ready_at) == (LATER,) * 4
    # No hours are known: an hour by the clock after it was ordered.
    assert part.ready_by == NOW + timedelta(hours=1)
    assert set(FulfilmentStep.objects.values_list("actor", flat=True)) == {"api-key:clerk"}
    assert Event.objects.filter(type="orders.fulfilment-ready.v1").count() == 1


@database
def test_a_step_is_taken_once_and_none_backwards_and_never_at_another_shop() -> None:
    order = to_collect(Site())
    work(order, step="pack_fulfilment")

    for step in ("accept_fulfilment", "start_picking", "pack_fulfilment"):
        with pytest.raises(errors.StepTaken):
            work(order, step=step)
    with pytest.raises(NotFound):
        work(order, step="ready_fulfilment", location_id=factories.location().pk)

    assert steps(order) == ["PACK"]
    assert order.fulfilments.get().accepted_at == NOW


@database
def test_a_step_that_is_repeated_with_its_key_is_answered_and_not_taken_again() -> None:
    order = to_collect(Site())
    asked = services.Asked(number=order.number, fulfilment_id=order.fulfilments.get().pk)
    given = context("accept-fulfilment")

    first, again = (services.accept_fulfilment(asked=asked, **given) for _ in range(2))

    assert first == again
    assert steps(order) == ["ACCEPT"]


@database
def test_what_is_not_accepted_in_opening_time_is_overdue_and_accepting_ends_that() -> None:
    order = to_collect(Site())
    shop = order.fulfilments.get().location
    # Ordered at noon, the shop opens at two: an hour of opening time ends at three.
    for day in OpeningHours.Day.values[:7]:
        OpeningHours.objects.create(location=shop, day=day, opens_at="14:00", closes_at="20:00")
    Location.objects.filter(pk=shop.pk).update(accept_within_minutes=60)
    assert (services.set_accept_by(now=NOW), services.set_accept_by(now=NOW)) == (1, 0)
    due = order.fulfilments.get().accept_by
    assert due is not None
    assert due.astimezone(ZoneInfo("Asia/Tokyo")).hour == 15

    early = services.escalate_overdue(now=due - timedelta(seconds=1))
    late, again = (services.escalate_overdue(now=due) for _ in range(2))

    assert (early, late, again) == (0, 1, 0)
    assert order.fulfilments.get().escalated_at == due
    assert Event.objects.filter(type="orders.fulfilment-overdue.v1").count() == 1
    work(order, NOW, step="accept_fulfilment")
    assert order.fulfilments.get().escalated_at is None
    assert steps(order) == ["ESCALATE", "ACCEPT"]


@database
def test_what_is_not_ready_as_promised_is_overdue_once_more() -> None:
    order = to_collect(Site())
    work(order, step="accept_fulfilment")

    assert services.escalate_overdue(now=NOW + timedelta(minutes=59)) == 0
    assert services.escalate_overdue(now=NOW + timedelta(minutes=61)) == 1
    work(order, NOW + timedelta(minutes=62), step="start_picking")
    assert order.fulfilments.get().escalated_at is not None
    work(order, NOW + timedelta(minutes=63), step="ready_fulfilment")
    assert order.fulfilments.get().escalated_at is None


@database
def test_what_nobody_can_send_is_told_of_and_is_still_served_when_stock_comes() -> None:
    site = Site()
    tea = site.item(stock=3)
    order = Order.objects.get(number=place(site.cart((tea, 2))).number)
    reject(order, reason="STORE_CLOSED")
    deliver()

    assert services.escalate_overdue(now=NOW + timedelta(minutes=14)) == 0
    assert services.escalate_overdue(now=NOW + timedelta(minutes=15)) == 1
    waiting = Fulfilment.objects.get(order=order, status="PROPOSED")
    assert waiting.escalated_at == NOW + timedelta(minutes=15)
    shop = second(site, tea, 5)
    services_allocate(tea)

    assert order.fulfilments.get(status="RESERVED").location_id == shop.pk
    assert not Fulfilment.objects.filter(pk=waiting.pk).exists()


def services_allocate(variant: Any) -> None:
    with db.transaction():
        services.allocate_waiting(variant_ids=[variant.pk], now=NOW)


def hand_over(order: Order, **fields: Any) -> Any:
    part = order.fulfilments.exclude(status="COMPLETED").get()
    return services.hand_over(
        number=order.number, location_id=part.location_id, tenders=[services.Handed("cash")],
        **fields, **context("hand-over"),
    )  # fmt: skip


@database
def test_the_code_opens_the_hand_over_and_who_came_is_kept() -> None:
    order = to_collect(Site())
    part = order.fulfilments.get()

    with pytest.raises(errors.WrongCode):
        hand_over(order, proof=Proof(code_of(part.pk + 1)), fulfilment_id=part.pk)
    with pytest.raises(errors.WrongCode):
        hand_over(order, proof=Proof("1234"))
    assert (steps(order), HandOver.objects.count(), order.fulfilments.get().status) == ([], 0, "RESERVED")
    hand_over(order, proof=Proof(code_of(part.pk).lower().replace("-", " - ", 1), "山田 太郎"))

    kept = HandOver.objects.get()
    assert (kept.fulfilment_id, kept.code_checked, kept.collector) == (part.pk, True, "山田 太郎")
    assert (steps(order), order.fulfilments.get().status) == (["HAND_OVER"], "COMPLETED")


@database
def test_a_code_of_another_order_hands_over_nothing() -> None:
    site = Site()
    order, other = to_collect(site), to_collect(site)

    with pytest.raises(NotFound):
        hand_over(order, proof=Proof(code_of(other.fulfilments.get().pk)))

    assert set(Fulfilment.objects.values_list("status", flat=True)) == {"RESERVED"}


def test_a_code_is_read_however_it_is_typed_and_outlives_a_change_of_secret(settings: Settings) -> None:
    code = code_of(42)
    number, first, second_half = code.split("-")

    assert (number, len(first), len(second_half)) == ("42", 4, 4)
    assert (
        fulfilment_of(code.lower())
        == fulfilment_of(f" {number}－{first}ー{second_half}".replace("ー", "‐"))
        == 42
    )
    assert code_of(43).split("-")[1:] != [first, second_half]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret"
    assert code_of(42) != code
    require_code(42, code)
    for wrong in ("", "42", "42-", "x-1-2", f"43-{first}-{second_half}", "42-0000-0000", "²-1-2"):
        with pytest.raises(errors.WrongCode):
            fulfilment_of(wrong)


def at(location: Location, site: Site) -> Till:
    """A device of a location; no till rings there."""
    return Till(location, site.channel, site.programme, TenderType.objects.get(code="cash"))


@database
def test_devices_see_their_own_queue_and_take_its_steps() -> None:
    site = Site()
    order, later = to_collect(site), to_collect(site)
    part = order.fulfilments.get()
    device = client_of(at(part.location, site), "orders:read", "orders:write")
    Fulfilment.objects.filter(pk=later.fulfilments.get().pk).update(location=part.location, escalated_at=NOW)
    path = f"orders/{order.number}/fulfilments/{part.pk}"

    queue = device.get("/api/v1/work/").json()
    assert [one["number"] for one in queue["results"]] == [later.number, order.number]
    assert [one["number"] for one in device.get("/api/v1/work/?overdue=true").json()["results"]] == [
        later.number
    ]
    assert queue["results"][1]["next_step"] == "ACCEPT"
    assert queue["results"][1]["lines"][0]["quantity"] == 2
    for step in ("accept", "pick", "pack", "ready"):
        assert post(device, f"{path}/{step}/", {}, key=step).status_code == 200
    assert post(device, f"{path}/ready/", {}, key="again").json()["code"] == "step-taken"
    assert post(device, f"{path}/ready/", {}, key="ready").json()["status"] == "READY"

    code = code_of(part.pk)
    [found] = device.get("/api/v1/work/", {"code": code}).json()["results"]
    assert (found["fulfilment_id"], found["next_step"]) == (part.pk, "HAND_OVER")
    body = {"code": "1-2", "tenders": [{"tender": "cash"}]}
    assert post(device, f"{path}/hand-over/", body, key="wrong").json()["code"] == "wrong-code"
    assert post(device, f"{path}/hand-over/", {**body, "code": code}, key="right").status_code == 200
    assert HandOver.objects.get().code_checked
    assert [one["number"] for one in device.get("/api/v1/work/").json()["results"]] == [later.number]

    other = client_of(at(factories.location(), site), "orders:read", "orders:write", name="other")
    assert other.get("/api/v1/work/").json()["results"] == []
    assert other.get("/api/v1/work/", {"location": part.location.code}).status_code == 404
    stranger = post(other, f"orders/{later.number}/fulfilments/{later.fulfilments.get().pk}/accept/", {})
    assert stranger.status_code == 404
    reader = client_of(at(part.location, site), "orders:read", name="reader")
    assert post(reader, f"{path}/accept/", {}).status_code == 403


@database
def test_the_buyer_sees_the_code_until_the_goods_are_collected(client: Client) -> None:
    order = to_collect(Site())
    part = order.fulfilments.get()
    url = f"/api/v1/orders/{order.number}/?cart={order.cart_id}"

    assert client.get(url).json()["fulfilments"][0]["hand_over_code"] == code_of(part.pk)
    hand_over(order, proof=Proof(code_of(part.pk)))

    assert client.get(url).json()["fulfilments"][0]["hand_over_code"] is None
