"""Rows of goods as the data modules write them, and the variants that they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from backoffice.demo import apparel, electronics, food
from backoffice.demo.rows import Family, Goods

ALL: list[Goods] = [apparel.GOODS, food.GOODS, electronics.GOODS]

# One prefix of the in-store range, kept for codes that we make ourselves.
JAN_PREFIX = "21"


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A variant with its place in the whole list, from which its code is made."""

    number: int
    sku: str
    goods: Goods
    family: Family
    ja: str
    en: str
    price: int
    position: int
    options: dict[str, str] = field(default_factory=dict)


def variants() -> Iterator[DemoVariant]:
    """All variants, always in the same order and with the same numbers, from 1."""
    number = 0
    for goods in ALL:
        for family in goods.families:
            for position, form in enumerate(goods.forms_of(family)):
                number += 1
                yield DemoVariant(
                    number=number,
                    sku=f"{family.code}-{form.suffix}".upper(),
                    goods=goods,
                    family=family,
                    ja=form.ja,
                    en=form.en,
                    price=form.price,
                    position=position,
                    options=form.options,
                )
