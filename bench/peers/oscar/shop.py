"""
django-oscar's own order creation, without HTTP: from an open one-line basket to a placed order.

The steps are those of Oscar's last checkout view (`PaymentDetailsView.submit`): load the basket, apply
offers, check that it may be bought, freeze it, total it, `OrderPlacementMixin.place_order`, submit.
Left out, in Oscar's favour: addresses, payment sources, the session and the e-mail.
"""

import itertools
from collections import defaultdict
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.apps.basket.models import Basket, Line
from oscar.apps.catalogue.models import Product, ProductClass
from oscar.apps.checkout.applicator import SurchargeApplicator
from oscar.apps.checkout.calculators import OrderTotalCalculator
from oscar.apps.checkout.mixins import OrderPlacementMixin
from oscar.apps.offer.applicator import Applicator
from oscar.apps.order.utils import OrderNumberGenerator
from oscar.apps.partner.models import Partner, StockRecord
from oscar.apps.partner.strategy import FixedRateTax, StockRequired, Structured, UseFirstStockRecord
from oscar.apps.shipping.methods import Free

VARIANTS = 1000
CUSTOMERS = 200
PLENTY = 100_000_000


class Strategy(UseFirstStockRecord, FixedRateTax, StockRequired, Structured):
    """One rate of tax; stock is required."""

    rate = Decimal("0.10")


class OscarSeller:
    def __init__(self) -> None:
        self.users = list(get_user_model().objects.order_by("pk"))
        self.records = list(StockRecord.objects.select_related("product").order_by("pk"))
        self.baskets: dict[int, list[int]] = defaultdict(list)
        self.placement = OrderPlacementMixin()
        self.variants = VARIANTS

    def stock_up(self, *, variants: int, carts: int) -> None:
        self.variants = variants
        missing = max(0, carts - len(self.baskets[variants]))
        baskets = Basket.objects.bulk_create(
            Basket(owner=user) for user in itertools.islice(itertools.cycle(self.users), missing)
        )
        records = itertools.cycle(self.records[:variants])
        Line.objects.bulk_create(one_line(basket, next(records)) for basket in baskets)
        self.baskets[variants] += [basket.pk for basket in baskets]

    def place_one(self) -> bool:
        basket = Basket.objects.select_related("owner").get(pk=self.baskets[self.variants].pop())
        basket.strategy = Strategy()
        Applicator().apply(basket, basket.owner)
        if not may_be_bought(basket):
            return False
        basket.freeze()
        shipping = Free()
        charge = shipping.calculate(basket)
        surcharges = SurchargeApplicator().get_applicable_surcharges(basket)
        self.placement.place_order(
            order_number=OrderNumberGenerator().order_number(basket),
            user=basket.owner,
            basket=basket,
            shipping_address=None,
            shipping_method=shipping,
            shipping_charge=charge,
            order_total=OrderTotalCalculator().calculate(basket, charge, surcharges),
            surcharges=surcharges,
        )
        basket.submit()
        return True

    def count_queries(self) -> int:
        with CaptureQueriesContext(connection) as captured:
            self.place_one()
        return len(captured)


def may_be_bought(basket: Basket) -> bool:
    """Oscar's `check_basket_is_valid`, which its checkout runs before each step."""
    results = [(basket.strategy.fetch_for_line(line), line.quantity) for line in basket.all_lines()]
    return all(result.availability.is_purchase_permitted(quantity)[0] for result, quantity in results)


def one_line(basket: Basket, record: StockRecord) -> Line:
    return Line(
        basket=basket,
        line_reference=f"{record.product_id}_{record.pk}",
        product=record.product,
        stockrecord=record,
        quantity=1,
        price_currency=record.price_currency,
        price_excl_tax=record.price,
        price_incl_tax=record.price * (1 + Strategy.rate),
    )


def fill() -> None:
    """Make the shop: its tables, customers, and products with more stock than will be sold."""
    call_command("migrate", verbosity=0)
    get_user_model().objects.bulk_create(
        get_user_model()(username=f"c{n}", email=f"c{n}@example.com") for n in range(CUSTOMERS)
    )
    kind = ProductClass.objects.create(name="Goods", track_stock=True)
    partner = Partner.objects.create(name="Partner")
    products = Product.objects.bulk_create(
        Product(title=f"Product {n}", slug=f"product-{n}", upc=f"{n:013}", product_class=kind)
        for n in range(VARIANTS)
    )
    StockRecord.objects.bulk_create(
        StockRecord(
            product=product, partner=partner, partner_sku=product.upc, num_in_stock=PLENTY,
            price=Decimal(1000), price_currency="GBP",
        )
        for product in products
    )  # fmt: skip


def set_hot_stock(quantity: int) -> None:
    """Give the first product exactly `quantity`, none allocated."""
    first = StockRecord.objects.order_by("pk").values("pk")[:1]
    StockRecord.objects.filter(pk__in=first).update(num_in_stock=quantity, num_allocated=0)
