"""What a channel asks for its variants, at which moment and with which tax."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test.utils import CaptureQueriesContext

from catalog import selectors
from catalog.errors import NotListed, TaxRateMissing
from catalog.models import TaxClass, TaxRate
from tests import factories

pytestmark = pytest.mark.django_db


def rate(tax_class: TaxClass, value: str, mode: str = "TAKE_OUT", **fields: object) -> None:
    TaxRate.objects.create(
        **{
            "tax_class": tax_class,
            "service_mode": mode,
            "rate": Decimal(value),
            "valid_from": date(2019, 10, 1),
        }
        | fields
    )


def test_an_offer_says_everything_that_pricing_needs(now: datetime) -> None:
    food = TaxClass.objects.create(code="food", name={"ja": "食品"})
    rate(food, "0.08")
    rate(food, "0.10", "EAT_IN")
    channel = factories.channel()
    variant = factories.variant(sku="TEA-1", name={"ja": "緑茶"}, tax_class=food)
    factories.listing(variant, channel, 150)

    offers = selectors.get_offers(channel_id=channel.pk, variant_ids=[variant.pk], at=now)

    assert offers == {
        variant.pk: selectors.Offer(
            variant_id=variant.pk,
            sku="TEA-1",
            name={"ja": "緑茶"},
            price=Decimal(150),
            tax_inclusive=True,
            tax_class_id=food.pk,
            take_out_rate=Decimal("0.08"),
            eat_in_rate=Decimal("0.10"),
            keeps_stock=True,
            company_id=channel.company_id,
            currency="JPY",
        )
    }
    assert str(offers[variant.pk].price) == "150"


def test_a_price_holds_from_its_first_moment_until_just_before_its_last(now: datetime) -> None:
    channel, variant = factories.channel(), factories.variant()
    factories.listing(variant, channel, 1000, valid_from=now, valid_until=now + timedelta(days=1))
    factories.listing(variant, channel, 900, valid_from=now + timedelta(days=1))
    tick = timedelta(microseconds=1)

    def price(at: datetime) -> Decimal | None:
        offer = selectors.get_offers(channel_id=channel.pk, variant_ids=[variant.pk], at=at).get(variant.pk)
        return offer.price if offer else None

    assert price(now - tick) is None
    assert price(now) == 1000
    assert price(now + timedelta(days=1) - tick) == 1000
    assert price(now + timedelta(days=1)) == 900


def test_absent_are_the_unlisted_the_archived_and_other_channels_goods(now: datetime) -> None:
    channel, other = factories.channel(), factories.channel()
    unlisted, archived, elsewhere = (factories.variant() for _ in range(3))
    factories.listing(archived, channel)
    archived.archived_at = now
    archived.save()
    of_archived_product = factories.variant(product=factories.product(archived_at=now))
    factories.listing(of_archived_product, channel)
    factories.listing(elsewhere, other)
    asked = [v.pk for v in (unlisted, archived, elsewhere, of_archived_product)]

    assert selectors.get_offers(channel_id=channel.pk, variant_ids=asked, at=now) == {}


def test_a_closed_channel_offers_nothing(now: datetime) -> None:
    channel, variant = factories.channel(active=False), factories.variant()
    factories.listing(variant, channel)

    assert selectors.get_offers(channel_id=channel.pk, variant_ids=[variant.pk], at=now) == {}


def test_the_tax_is_that_of_the_day_in_japan() -> None:
    tax_class = TaxClass.objects.create(code="standard", name={"ja": "標準"})
    rate(tax_class, "0.08", valid_from=date(2014, 4, 1), valid_until=date(2019, 10, 1))
    rate(tax_class, "0.10", valid_from=date(2019, 10, 1))
    channel, variant = factories.channel(), factories.variant(tax_class=tax_class)
    factories.listing(variant, channel, valid_from=datetime(2010, 1, 1, tzinfo=UTC))
    midnight_in_tokyo = datetime(2019, 9, 30, 15, tzinfo=UTC)

    def tax(at: datetime) -> tuple[Decimal, Decimal]:
        offer = selectors.get_offers(channel_id=channel.pk, variant_ids=[variant.pk], at=at)[variant.pk]
        return offer.take_out_rate, offer.eat_in_rate

    assert tax(midnight_in_tokyo - timedelta(seconds=1)) == (Decimal("0.08"), Decimal("0.08"))
    assert tax(midnight_in_tokyo) == (Decimal("0.10"), Decimal("0.10"))


def test_goods_without_a_tax_rate_are_refused_by_name(now: datetime) -> None:
    channel = factories.channel(country="US")
    variant = factories.variant(sku="X-1")
    factories.listing(variant, channel)

    with pytest.raises(TaxRateMissing) as refusal:
        selectors.get_offers(channel_id=channel.pk, variant_ids=[variant.pk], at=now)

    assert refusal.value.data() == {"skus": ["X-1"], "date": date(2026, 11, 22)}


def test_offers_cost_one_statement_whatever_their_number(
    now: datetime, django_assert_num_queries: CaptureQueriesContext
) -> None:
    channel, tax_class = factories.channel(), factories.tax_class()
    variants = [factories.variant(tax_class=tax_class) for _ in range(20)]
    for variant in variants:
        factories.listing(variant, channel)

    for count in (1, 20):
        with django_assert_num_queries(1):  # type: ignore[operator]
            offers = selectors.get_offers(
                channel_id=channel.pk, variant_ids=[v.pk for v in variants[:count]], at=now
            )
        assert len(offers) == count


def test_what_is_not_listed_is_named_by_sku(now: datetime) -> None:
    with pytest.raises(NotListed) as refusal:
        selectors.require_listed({}, {2: "B", 1: "A"})

    assert refusal.value.data() == {"skus": ["A", "B"]}
