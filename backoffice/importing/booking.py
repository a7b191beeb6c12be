"""
How a basket of the history is booked.

A row's amount is what the shop took in (`sales_value`); the shelf price is that plus the retail
discount and the coupon match, which are line discounts borne by the seller. A manufacturer's coupon
is a tender: it settles a part of the basket, and where it is worth more than its own row (3,507
rows) it pays for other rows. Where coupons exceed a whole basket (19 baskets) the difference was
paid out, so the till's own payment is negative. Rows of quantity 0 are lines that move no stock.
Members earn points on what they paid themselves.
"""

from decimal import Decimal

from backoffice.importing.journey import Basket, Item
from backoffice.importing.masters import Masters
from orders.services.sales import Sale, SaleLine, SaleTender
from orders.writing import NewDiscount

ZERO = Decimal(0)
FRACTION = Decimal("0.0001")


def sale_of(basket: Basket, ids: Masters) -> Sale:
    """The sale that the basket was."""
    coupons = sum((item.coupon for item in basket.items), ZERO)
    paid = sum((item.sales for item in basket.items), ZERO) - coupons
    tenders = [SaleTender(ids.coupon_id, coupons, coupons)] if coupons else []
    if paid:
        tenders.append(SaleTender(ids.paid_id, paid, max(paid, ZERO)))
    return Sale(
        location_id=ids.locations[basket.store_id],
        channel_id=ids.channel_id,
        receipt_number=str(basket.id),
        occurred_at=basket.at,
        lines=[_line(item, ids) for item in basket.items],
        tenders=tenders,
        customer_id=ids.members[basket.household_id],
        earn_on=max(paid, ZERO),
    )


def _line(item: Item, ids: Masters) -> SaleLine:
    sold = ids.products[item.product_id]
    shelf = item.sales + item.retail_discount + item.coupon_match
    parts = (("retail", item.retail_discount), ("coupon-match", item.coupon_match))
    return SaleLine(
        variant_id=sold.variant_id,
        quantity=item.quantity,
        unit_price=(shelf / item.quantity).quantize(FRACTION) if item.quantity else shelf,
        list_amount=shelf,
        tax_class_id=ids.tax_class_id,
        tax_rate=ZERO,
        keeps_stock=sold.keeps_stock,
        discounts=[NewDiscount(code, amount) for code, amount in parts if amount],
    )
