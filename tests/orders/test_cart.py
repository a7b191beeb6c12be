"""Carts: what may be put in, whose they are, and what they show."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from catalog.errors import NotListed, UnknownSku
from catalog.models import Listing
from omni.core.actor import GUEST
from omni.core.errors import NotFound
from orders import errors, selectors, services
from orders.models import Cart, CartLine
from orders.services.carts import MOST_LINES, MOST_UNITS, NewCartLine
from organisation.models import SalesChannel
from tests import factories
from tests.conftest import NOW
from tests.orders.ec import CONTACT, Site, claim_for, place

pytestmark = pytest.mark.django_db(transaction=True)


def add(cart: Cart, sku: str, quantity: int = 1, customer=None, claim=None, **fields):  # type: ignore[no-untyped-def]
    line = NewCartLine(sku=sku, quantity=quantity, **fields)
    return services.add_line(cart_id=cart.pk, line=line, customer=customer, claim=claim, now=NOW)


def test_the_same_article_twice_sums_up() -> None:
    site = Site()
    tea, cart = site.item(), site.cart()

    first = add(cart, tea.sku, 2)
    second = add(cart, tea.sku, 3)

    assert (second.line_id, second.quantity) == (first.line_id, 5)
    assert CartLine.objects.get().quantity == 5


def test_another_way_to_get_it_is_another_line() -> None:
    site = Site()
    tea, cart, shop = site.item(), site.cart(), factories.location()

    add(cart, tea.sku)
    add(cart, tea.sku, kind="PICKUP", location=shop.code)
    add(cart, tea.sku, service_mode="EAT_IN")

    assert CartLine.objects.count() == 3


def test_an_unknown_sku_is_named_with_its_field() -> None:
    with pytest.raises(UnknownSku) as refused:
        add(Site().cart(), "NO-SUCH-SKU")

    assert refused.value.data() == {"skus": ["NO-SUCH-SKU"], "field": "sku", "rule": "known"}


def test_an_article_that_the_channel_does_not_sell_is_refused() -> None:
    other = factories.variant()

    with pytest.raises(NotListed) as refused:
        add(Site().cart(), other.sku)

    assert refused.value.data() == {"skus": [other.sku], "field": "sku", "rule": "listed"}
    assert CartLine.objects.count() == 0


def test_a_line_holds_no_more_than_its_limit() -> None:
    site = Site()
    tea, cart = site.item(), site.cart()
    add(cart, tea.sku, MOST_UNITS)

    with pytest.raises(errors.CartLimit) as refused:
        add(cart, tea.sku, 1)

    assert refused.value.data() == {"field": "quantity", "rule": "range", "limit": MOST_UNITS}
    assert CartLine.objects.get().quantity == MOST_UNITS


def test_a_cart_holds_no_more_lines_than_its_limit() -> None:
    site = Site()
    cart = site.cart()
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant=factories.variant(), quantity=1) for _ in range(MOST_LINES)
    )

    with pytest.raises(errors.CartLimit) as refused:
        add(cart, site.item().sku)

    assert refused.value.data()["field"] == "lines"
    assert CartLine.objects.count() == MOST_LINES


@pytest.mark.parametrize(
    ("shop", "rule"),
    [
        ({"capabilities": ["SHIP"]}, "offers-kind"),
        ({"active": False}, "offers-kind"),
        ({"franchise": True}, "offers-kind"),
        ({"paused_until": datetime(2100, 1, 1, tzinfo=UTC)}, "offers-kind"),
    ],
)
def test_a_shop_that_does_not_offer_pick_up_is_refused(shop: dict[str, object], rule: str) -> None:
    site = Site()
    location = factories.location(**shop)

    with pytest.raises(errors.LocationUnfit) as refused:
        add(site.cart(), site.item().sku, kind="PICKUP", location=location.code)

    assert refused.value.data()["rule"] == rule
    assert refused.value.data()["location"] == location.code


def test_a_franchise_hands_over_only_what_its_own_companys_channels_sell() -> None:
    site = Site()
    tea, cart = site.item(), site.cart()
    own = factories.location(franchise=True, company=site.channel.company)
    others = factories.location(franchise=True)
    factories.source(site.channel, others)

    added = add(cart, tea.sku, kind="PICKUP", location=own.code)
    with pytest.raises(errors.LocationUnfit) as refused:
        add(cart, tea.sku, kind="PICKUP", location=others.code)

    assert added.quantity == 1
    assert refused.value.data() == {
        "location": others.code,
        "kind": "PICKUP",
        "field": "location",
        "rule": "offers-kind",
    }
    assert CartLine.objects.get().location == own


def test_a_cart_of_a_channel_that_is_switched_off_is_neither_filled_nor_quoted() -> None:
    site = Site()
    tea = site.item()
    cart = site.cart((tea, 1))
    line_id = cart.lines.get().pk
    SalesChannel.objects.update(active=False)
    refused = {"channel": site.channel.code}

    with pytest.raises(errors.ChannelInactive) as adding:
        add(cart, tea.sku)
    with pytest.raises(errors.ChannelInactive) as changing:
        services.change_line(cart_id=cart.pk, line_id=line_id, quantity=7, customer=None, now=NOW)
    with pytest.raises(errors.ChannelInactive) as quoting:
        selectors.quote_cart(cart_id=cart.pk, points=0, customer=None, now=NOW)

    assert [each.value.data() for each in (adding, changing, quoting)] == [refused] * 3
    assert CartLine.objects.get().quantity == 1
    services.remove_line(cart_id=cart.pk, line_id=line_id, customer=None, now=NOW)
    assert CartLine.objects.count() == 0


def test_pick_up_needs_a_location_and_delivery_has_none() -> None:
    site = Site()
    cart, tea, shop = site.cart(), site.item(), factories.location()

    with pytest.raises(errors.FieldMissing) as missing:
        add(cart, tea.sku, kind="PICKUP")
    with pytest.raises(errors.LocationUnfit):
        add(cart, tea.sku, location=shop.code)

    assert missing.value.data() == {"field": "location", "rule": "required"}


def test_a_repeated_key_adds_once() -> None:
    site = Site()
    tea, cart = site.item(), site.cart()
    claim = claim_for(cart)

    first = add(cart, tea.sku, 2, claim=claim)

    assert add(cart, tea.sku, 2, claim=claim) == first
    assert CartLine.objects.get().quantity == 2


def test_a_line_is_changed_and_removed() -> None:
    site = Site()
    cart = site.cart()
    line_id = add(cart, site.item().sku).line_id

    changed = services.change_line(cart_id=cart.pk, line_id=line_id, quantity=7, customer=None, now=NOW)
    services.remove_line(cart_id=cart.pk, line_id=line_id, customer=None, now=NOW)

    assert changed.quantity == 7
    assert CartLine.objects.count() == 0


def test_a_line_of_another_cart_is_not_found() -> None:
    site = Site()
    line_id = add(site.cart(), site.item().sku).line_id

    with pytest.raises(NotFound):
        services.change_line(cart_id=site.cart().pk, line_id=line_id, quantity=7, customer=None, now=NOW)


def test_a_guests_cart_is_attached_when_its_buyer_has_signed_in() -> None:
    site = Site()
    cart, member = site.cart(), site.member()

    services.attach_cart(cart_id=cart.pk, customer=member, now=NOW)

    cart.refresh_from_db()
    assert cart.customer_id == member.pk
    for stranger in (None, site.member()):
        with pytest.raises(NotFound):
            add(cart, site.item().sku, customer=stranger)
        with pytest.raises(NotFound):
            selectors.show_cart(cart_id=cart.pk, customer=stranger, now=NOW)


def test_every_record_of_the_person_owns_the_cart() -> None:
    site = Site()
    member = site.member()
    record = factories.customer(merged_into=member, person=member)

    assert add(site.cart(customer=member), site.item().sku, customer=record).quantity == 1


def test_an_ordered_cart_is_changed_no_more() -> None:
    site = Site()
    tea = site.item()
    cart = site.cart((tea, 1))
    placed = place(cart)

    with pytest.raises(errors.CartOrdered) as refused:
        add(cart, tea.sku)

    assert refused.value.data() == {"cart": str(cart.pk), "order": placed.number}


def test_a_cart_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        selectors.show_cart(cart_id=uuid4(), customer=None, now=NOW)


def test_a_cart_shows_todays_prices_and_what_is_no_longer_sold() -> None:
    site = Site()
    tea, cup = site.item(1100), site.item(500)
    cart = site.cart((tea, 2), (cup, 1))
    Listing.objects.filter(variant=tea).update(price=Decimal(1320))
    Listing.objects.filter(variant=cup).update(valid_until=NOW)

    shown = selectors.show_cart(cart_id=cart.pk, customer=None, now=NOW)

    assert [(line.unit_price, line.amount) for line in shown.lines] == [(1320, 2640), (None, None)]
    assert shown.amount == 2640


def test_a_buyer_who_saw_another_total_is_asked_again() -> None:
    site = Site()
    cart = site.cart((site.item(1100), 1))
    checkout = services.Checkout(contact=CONTACT, tender_code="deferred", expected_total=Decimal(1000))

    with pytest.raises(errors.PriceChanged) as refused:
        services.place_order(
            cart_id=cart.pk, checkout=checkout, claim=claim_for(cart), actor=GUEST, customer=None, now=NOW
        )

    assert refused.value.data() == {"expected": Decimal(1000), "total": Decimal(1100), "lines": []}


def test_a_quote_is_what_the_order_will_come_to() -> None:
    site = Site()
    site.shipping(550)
    member = site.member(points=300)
    cart = site.cart((site.item(1100), 2), customer=member)

    quote = selectors.quote_cart(cart_id=cart.pk, points=300, customer=member, now=NOW)
    placed = place(cart, customer=member, points=300)

    assert (quote.total, quote.due, quote.points_amount) == (2450, 2450, 300)
    assert (quote.points_most, quote.points_available) == (2750, 300)
    assert (placed.total, placed.points_to_earn) == (quote.total, quote.points_to_earn)
    assert sum(tax.tax for tax in quote.taxes) == 222


def test_eating_in_is_decided_line_by_line_until_the_order() -> None:
    site = Site()
    food = factories.tax_class("0.08")
    food.rates.filter(service_mode="EAT_IN").update(rate=Decimal("0.10"))
    bento, cart = site.item(1080, tax_class=food), site.cart()
    line_id = add(cart, bento.sku, 2).line_id
    change = {"cart_id": cart.pk, "customer": None, "now": NOW}

    def tax() -> list[tuple[Decimal, Decimal]]:
        quote = selectors.quote_cart(cart_id=cart.pk, points=0, customer=None, now=NOW)
        return [(each.rate, each.tax) for each in quote.taxes]

    taken_out = tax()
    services.change_line(line_id=line_id, service_mode="EAT_IN", **change)
    eaten_in = tax()
    other = add(cart, bento.sku)
    joined = services.change_line(line_id=other.line_id, service_mode="EAT_IN", **change)

    assert (taken_out, eaten_in) == ([(Decimal("0.08"), 160)], [(Decimal("0.10"), 196)])
    assert (joined.line_id, joined.quantity) == (line_id, 3)
    assert CartLine.objects.get().service_mode == "EAT_IN"
