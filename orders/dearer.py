"""What became dearer since its buyer saw it."""

from collections.abc import Sequence
from decimal import Decimal

from orders import errors
from orders.models import CartLine
from orders.pricing import BasketLine, Priced


def require_no_dearer(expected: Decimal | None, priced: Priced, lines: Sequence[BasketLine]) -> None:
    """What is dearer than the buyer saw is to be seen first; what is cheaper applies, and the answer says so."""
    if expected is None or priced.totals.total <= expected:
        return
    ids = [line.id for line in lines]
    then = dict(CartLine.objects.filter(pk__in=ids).values_list("pk", "price_then"))
    dearer = [
        {"sku": line.sku, "then": then[line.id], "now": new.unit_price}
        for line, new in zip(lines, priced.lines, strict=True)
        if (was := then.get(line.id)) is not None and was < new.unit_price
    ]
    raise errors.PriceChanged(expected=expected, total=priced.totals.total, lines=dearer)
