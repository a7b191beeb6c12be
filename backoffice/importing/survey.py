"""What a stretch of the source holds, found by reading it once: what to create, open and expect."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from backoffice.importing.journey import Basket, Item, Refusal


@dataclass(slots=True)
class Totals:
    """Figures of sales: read from the source here, and from the database by `comparing`."""

    baskets: int = 0
    lines: int = 0
    units: int = 0
    sales: Decimal = Decimal(0)
    retail_discount: Decimal = Decimal(0)
    coupon_discount: Decimal = Decimal(0)
    coupon_match: Decimal = Decimal(0)
    goods_baskets: int = 0
    goods_lines: int = 0
    goods_units: int = 0
    goods_sales: Decimal = Decimal(0)
    top_store: str = ""
    top_store_sales: Decimal = Decimal(0)


# Facts of the data set that its import must reproduce (the whole of 2017).
WHOLE = Totals(
    baskets=155_848,
    lines=1_469_307,
    units=152_923_108,
    sales=Decimal("4596039.58"),
    retail_discount=Decimal("791650.64"),
    coupon_discount=Decimal("26359.90"),
    coupon_match=Decimal("4542.65"),
    goods_baskets=141_110,
    goods_lines=1_442_645,
    goods_units=1_898_286,
    goods_sales=Decimal("4187573.94"),
    top_store="367",
    top_store_sales=Decimal("148169.67"),
)

# Sold by volume or without a shelf: their quantities are no units of goods.
NOT_GOODS = ("FUEL", "MISCELLANEOUS")


@dataclass(slots=True)
class Survey:
    """`units` are what each (store, product) sells; `first_at` is the first sale of the stretch."""

    totals: Totals = field(default_factory=Totals)
    units: Counter[tuple[int, int]] = field(default_factory=Counter)
    households: set[int] = field(default_factory=set)
    products: set[int] = field(default_factory=set)
    by_store: Counter[int] = field(default_factory=Counter)
    first_at: datetime | None = None

    @property
    def stores(self) -> list[int]:
        return sorted(self.by_store)


def survey(baskets: Iterable[Basket | Refusal], not_goods: set[int]) -> Survey:
    """Read baskets to the end, passing over what is refused; `not_goods` are products."""
    found = Survey()
    for basket in baskets:
        if isinstance(basket, Basket):
            _add_basket(found, basket, not_goods)
    if found.by_store:
        store, sales = max(found.by_store.items(), key=lambda pair: pair[1])
        found.totals.top_store, found.totals.top_store_sales = str(store), Decimal(sales)
    return found


def _add_basket(found: Survey, basket: Basket, not_goods: set[int]) -> None:
    found.first_at = found.first_at or basket.at
    found.households.add(basket.household_id)
    found.totals.baskets += 1
    goods = [item for item in basket.items if item.quantity and item.product_id not in not_goods]
    found.totals.goods_baskets += bool(goods)
    for item in basket.items:
        found.units[basket.store_id, item.product_id] += item.quantity
        found.products.add(item.product_id)
        _add_item(found.totals, item)
    found.by_store[basket.store_id] += sum(item.sales for item in basket.items)  # type: ignore[assignment]
    for item in goods:
        found.totals.goods_lines += 1
        found.totals.goods_units += item.quantity
        found.totals.goods_sales += item.sales


def _add_item(totals: Totals, item: Item) -> None:
    totals.lines += 1
    totals.units += item.quantity
    totals.sales += item.sales
    totals.retail_discount += item.retail_discount
    totals.coupon_discount += item.coupon
    totals.coupon_match += item.coupon_match
