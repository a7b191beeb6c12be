"""
What a consumer pays for a price that is kept without tax: the price with the tax of its own rate on it.

Where prices are shown to consumers they include tax (in Japan by article 63 of the Consumption Tax Act,
総額表示; National Tax Agency, Tax Answer 6902). The tax is rounded as the company of the channel rounds
that of a document, so that what is shown is what one unit alone comes to in an order.

A price is rounded alone. A document rounds once for each rate (`orders.totals`), so that several of them
may come to less or more than the sum of what each shows.
"""

from decimal import Decimal

from omni.core.money import Rounding, quantize, tax_on

# The rate that a channel charges for what is taken out, at most one for each tax class and day.
TAKE_OUT = """LEFT JOIN catalog_taxrate AS take_out
      ON take_out.tax_class_id = variant.tax_class_id AND take_out.country = %(country)s::text
     AND take_out.service_mode = 'TAKE_OUT' AND take_out.valid_from <= %(today)s::date
     AND (take_out.valid_until IS NULL OR take_out.valid_until > %(today)s::date)"""

# `tax_on` in SQL: of an amount that is not negative, in whole units of the currency.
TAX_ON = {
    Rounding.FLOOR: "trunc({net} * {rate}, %(exponent)s::int)",
    Rounding.HALF_UP: "round({net} * {rate}, %(exponent)s::int)",
    Rounding.CEILING: "-round(floor(-{net} * {rate} * 10 ^ %(exponent)s::numeric)"
    " / 10 ^ %(exponent)s::numeric, %(exponent)s::int)",
}


def with_tax(price: Decimal, rate: Decimal, *, inclusive: bool, currency: str, rounding: Rounding) -> Decimal:
    """A price, or an amount, as a consumer sees it; `inclusive`: the tax is inside it already."""
    shown = quantize(price, currency)
    return shown if inclusive else shown + tax_on(shown, rate, currency, rounding)


def with_tax_sql(price: str, rounding: Rounding) -> str:
    """`with_tax` of a price in SQL that stands beside `listing` and `TAKE_OUT`; NULL where no rate is known."""
    shown = f"round({price}, %(exponent)s::int)"
    tax = TAX_ON[rounding].format(net=shown, rate="take_out.rate")
    return f"CASE WHEN listing.tax_inclusive THEN {shown} ELSE {shown} + {tax} END"
