"""The shapes of the demo's goods."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Form:
    """One variant of a family: its suffix in the sku, its name, its price in shops with tax."""

    suffix: str
    ja: str
    en: str
    price: int
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """A product. `price` is that of its first form; `detail` is what its brand's forms are made of."""

    code: str
    category: str
    ja: str
    kana: str
    en: str
    price: int
    detail: str = ""
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A category below its brand's root, with what is said of every product in it."""

    code: str
    ja: str
    en: str
    about_ja: str
    about_en: str


@dataclass(frozen=True, slots=True)
class Goods:
    """A brand: who owns it, its categories, its products and how a product becomes variants."""

    company: str
    brand: str
    ja: str
    en: str
    root: Node
    nodes: list[Node]
    families: list[Family]
    forms_of: Callable[[Family], list[Form]]
    tax: str
