"""One cart for each person: merged without losing a line or doubling a quantity, found everywhere."""

from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from catalog.models import Variant
from customers.models import Customer
from omni.core.actor import GUEST
from omni.core.errors import NotFound
from orders import errors, selectors, services
from orders.models import Cart, CartLine, PersonCart
from orders.services import one_cart
from orders.services.carts import NewCartLine
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, claim_for
from tests.orders.test_sale_api import bento, client_of, post
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)


def units(cart: Cart) -> dict[str, int]:
    return dict(cart.lines.values_list("variant__sku", "quantity"))


def own(cart: Cart, customer: Customer) -> None:
    services.attach_cart(cart_id=cart.pk, customer=customer, now=NOW)


def test_signing_in_merges_the_greater_quantity_and_moves_the_rest() -> None:
    site = Site()
    member, (tea, cup, rice) = site.member(), (site.item(), site.item(), site.item())
    old = site.cart((tea, 3), (cup, 1))
    own(old, member)
    guests = site.cart((tea, 2), (rice, 1))

    own(guests, member)

    assert units(guests) == {tea.sku: 3, cup.sku: 1, rice.sku: 1}
    old.refresh_from_db()
    assert (old.status, old.merged_into, old.lines.count()) == ("MERGED", guests.pk, 1)
    assert services.get_person_cart(person_id=member.pk) == guests
    assert PersonCart.objects.get().cart == guests


def test_signing_in_again_changes_nothing() -> None:
    site = Site()
    member, tea = site.member(), site.item()
    cart = site.cart((tea, 2))

    for _ in range(3):
        own(cart, member)

    assert (units(cart), Cart.objects.count()) == ({tea.sku: 2}, 1)


def test_who_still_holds_the_merged_cart_is_told_where_it_went() -> None:
    site = Site()
    member, tea = site.member(), site.item()
    old, new = site.cart((tea, 1)), site.cart((tea, 1))
    own(old, member)
    own(new, member)

    with pytest.raises(errors.CartMerged) as refused:
        services.add_line(
            cart_id=old.pk, line=NewCartLine(sku=tea.sku, quantity=1), customer=member, claim=None, now=NOW
        )

    assert refused.value.data() == {"cart": str(old.pk), "into": str(new.pk)}
    assert units(new) == {tea.sku: 1}


SIDE = st.dictionaries(st.integers(0, 3), st.integers(1, 9), max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=SIDE, guests=SIDE)
def test_merging_keeps_every_line_and_doubles_none(mine: dict[int, int], guests: dict[int, int]) -> None:
    site = Site.__new__(Site)
    site.channel = factories.channel()
    goods: list[Variant] = [factories.variant() for _ in range(4)]
    member = factories.member()
    old = site.cart(*((goods[at], quantity) for at, quantity in mine.items()))
    new = site.cart(*((goods[at], quantity) for at, quantity in guests.items()))
    own(old, member)

    own(new, member)

    assert units(new) == {goods[at].sku: max(mine.get(at, 0), guests.get(at, 0)) for at in {**mine, **guests}}


def test_a_persons_new_cart_is_the_one_there_is() -> None:
    site = Site()
    member, tea = site.member(), site.item()
    first = services.create_cart(channel=site.channel.code, customer=member, claim=None, now=NOW)
    services.add_line(
        cart_id=first.id, line=NewCartLine(sku=tea.sku, quantity=2), customer=member, claim=None, now=NOW
    )
    other = factories.channel(code="other-site")

    again = services.create_cart(channel=site.channel.code, customer=member, claim=None, now=NOW)
    moved = services.create_cart(channel=other.code, customer=member, claim=None, now=NOW)

    assert again == first
    assert moved != first
    assert units(Cart.objects.get(pk=moved.id)) == {tea.sku: 2}
    assert selectors.show_cart(cart_id=moved.id, customer=member, now=NOW).lines[0].changed == "GONE"


def test_the_view_says_what_became_dearer_cheaper_and_short() -> None:
    site = Site()
    dear, cheap, scarce = site.item(1000), site.item(1000), site.item(1000, stock=2)
    cart = site.cart()
    for item in (dear, cheap, scarce):
        services.add_line(
            cart_id=cart.pk, line=NewCartLine(sku=item.sku, quantity=3), customer=None, claim=None, now=NOW
        )
    CartLine.objects.filter(variant=dear).update(price_then=900)
    CartLine.objects.filter(variant=cheap).update(price_then=1200)

    lines = selectors.show_cart(cart_id=cart.pk, customer=None, now=NOW).lines

    assert [(line.changed, line.price_then, line.short) for line in lines] == [
        ("HIGHER", Decimal(900), 0),
        ("LOWER", Decimal(1200), 0),
        (None, Decimal(1000), 1),
    ]


def test_what_is_dearer_is_seen_before_it_counts_and_what_is_cheaper_applies() -> None:
    site = Site()
    tea, cup = site.item(1000), site.item(1000)
    cart = site.cart((tea, 1), (cup, 1))
    CartLine.objects.update(price_then=1000)
    tea.listings.update(price=1300)

    with pytest.raises(errors.PriceChanged) as refused:
        order(cart, expected=2000)
    cup.listings.update(price=600)
    placed = order(cart, expected=2000)

    assert refused.value.data()["lines"] == [{"sku": tea.sku, "then": 1000, "now": 1300}]
    assert (refused.value.data()["total"], placed.total) == (2300, 1900)


def order(cart: Cart, *, expected: int) -> services.PlacedOrder:
    checkout = services.Checkout(contact=CONTACT, tender_code="deferred", expected_total=Decimal(expected))
    return services.place_order(
        cart_id=cart.pk, checkout=checkout, claim=claim_for(cart), actor=GUEST, customer=None, now=NOW
    )


def test_a_till_opens_a_members_cart_and_what_it_sells_leaves_it() -> None:
    till = Till.build()
    food, member = bento(till), factories.member("2900000000017")
    cart = Cart.objects.create(channel=till.channel, customer=member)
    CartLine.objects.create(cart=cart, variant=food, quantity=3)
    own(cart, member)
    client = client_of(till)

    opened = client.get("/api/v1/till/carts/", {"member": "2900000000017"})
    sold = post(
        client,
        "till/sales/",
        {
            "receipt_number": "T1",
            "member": "2900000000017",
            "cart": opened.json()["id"],
            "lines": [{"code": food.sku, "quantity": 2}],
            "tenders": [{"tender": "cash", "amount": "1080"}],
        },
    )

    assert opened.status_code == 200
    assert sold.status_code == 201, sold.json()
    assert units(cart) == {food.sku: 1}


def test_anothers_cart_is_not_sold_out_of() -> None:
    site = Site()
    member, tea = site.member(), site.item()
    cart = site.cart((tea, 2), customer=member)

    with pytest.raises(NotFound), one_cart.db.transaction():
        one_cart.take_out(cart_id=cart.pk, member=site.member(), sold=Counter({tea.pk: 1}), now=NOW)

    assert units(cart) == {tea.sku: 2}


def test_a_link_of_staff_opens_a_cart_that_becomes_the_members() -> None:
    site, till = Site(), Till.build()
    member, tea, cup = site.member(), site.item(), site.item()
    own(site.cart((cup, 1)), member)
    cart = site.cart((tea, 2))
    made = post(client_of(till, "orders:write"), f"carts/{cart.pk}/link/", {})
    shopper = APIClient()
    user = factories.user()
    factories.account(member, user)
    shopper.force_authenticate(user)

    opened = shopper.post("/api/v1/carts/open/", {"token": made.json()["token"]}, format="json")

    assert (made.status_code, opened.status_code) == (201, 200), opened.json()
    assert {line["sku"]: line["quantity"] for line in opened.json()["lines"]} == {tea.sku: 2, cup.sku: 1}
    assert shopper.get("/api/v1/me/cart/").json()["id"] == str(cart.pk)
    assert post(client_of(till, "orders:write", name="b"), f"carts/{cart.pk}/link/", {}).status_code == 404


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_link_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(errors.CartLinkInvalid):
        services.cart_of_link(token=token)


def test_the_links_time_is_told() -> None:
    site = Site()
    now = timezone.now()

    link = services.make_link(cart_id=site.cart().pk, now=now)

    assert services.cart_of_link(token=link.token) == link.cart
    assert (link.expires_at - now).days == 7
