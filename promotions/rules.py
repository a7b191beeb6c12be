"""What the engine reads and answers: plain data, so that a till, a quote and an order share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from promotions.models import Effect, Exclusivity, FundedBy

ZERO = Decimal(0)


class Reason(StrEnum):
    """Why a promotion did not apply."""

    UNKNOWN = "UNKNOWN"
    NOT_YET = "NOT_YET"
    OVER = "OVER"
    NOT_HERE = "NOT_HERE"
    NEEDS_MEMBER = "NEEDS_MEMBER"
    NOT_FOR_YOU = "NOT_FOR_YOU"
    NOT_FIRST_ORDER = "NOT_FIRST_ORDER"
    USED_UP = "USED_UP"
    USED_BY_YOU = "USED_BY_YOU"
    NOT_NOW = "NOT_NOW"
    CONFLICTS = "CONFLICTS"
    NO_GOODS = "NO_GOODS"
    BELOW_QUANTITY = "BELOW_QUANTITY"
    BELOW_AMOUNT = "BELOW_AMOUNT"
    NOTHING_OFF = "NOTHING_OFF"


REASONS = [(reason.value, reason.value) for reason in Reason]


@dataclass(frozen=True, slots=True)
class Goods:
    """A set of goods, by what they are; categories are paths, and hold what lies below them."""

    categories: frozenset[str] = frozenset()
    brands: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    variants: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.categories or self.brands or self.products or self.variants)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a variant belongs to; `category` is its path, empty without one."""

    product_id: int = 0
    brand_id: int = 0
    category: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """
    What is to be bought: `amount` in whole units of the currency, for all of `quantity`.

    `fixed` is what somebody has priced by hand: it counts towards thresholds and is not reduced again.
    """

    variant_id: int
    quantity: int
    amount: Decimal
    traits: Traits = Traits()
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class CouponUsed:
    """The coupon by which a promotion is asked for; `person_id` is whose it is, if it is anybody's."""

    id: int
    code: str
    person_id: int | None = None
    used_up: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A promotion as the engine needs it, with `used_by_person` counted for who buys."""

    id: int
    code: str
    name: Mapping[str, str] = field(default_factory=dict)
    active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    currency: str = "JPY"
    channels: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    from_time: time | None = None
    until_time: time | None = None
    members_only: bool = False
    first_order: bool = False
    min_amount: Decimal | None = None
    min_quantity: int | None = None
    effect: str = Effect.PERCENTAGE
    percent: Decimal | None = None
    amount: Decimal | None = None
    buy_quantity: int | None = None
    get_quantity: int | None = None
    most_times: int | None = None
    most_discount: Decimal | None = None
    priority: int = 0
    exclusivity: str = Exclusivity.STACKS
    used_up: bool = False
    most_per_person: int | None = None
    used_by_person: int = 0
    funded_by: str = FundedBy.SELLER
    goods: Goods = Goods()
    reward: Goods = Goods()
    excluded: Goods = Goods()
    coupon: CouponUsed | None = None

    @property
    def asks_who(self) -> bool:
        """Whether only a person who is known can have it."""
        return self.members_only or self.counts_by_person

    @property
    def counts_by_person(self) -> bool:
        """Whether it depends on what the person has done before: who asks holds the person's lock."""
        return self.first_order or self.most_per_person is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """
    Who buys where and when; `at` is in the time zone of the shop, or of the platform.

    `first_order` says that the person has ordered nothing before; `delivered` that anything is sent.
    """

    at: datetime
    channel: str
    currency: str
    person_id: int | None = None
    first_order: bool = False
    delivered: bool = True


@dataclass(frozen=True, slots=True)
class Applied:
    """What a promotion took off, by line in their order."""

    rule: Rule
    amounts: tuple[Decimal, ...]

    @property
    def amount(self) -> Decimal:
        return sum(self.amounts, ZERO)

    @property
    def free_shipping(self) -> bool:
        return self.rule.effect == Effect.FREE_SHIPPING


@dataclass(frozen=True, slots=True)
class Passed:
    """A promotion that did not apply: `missing` is the amount or the units short, `other` what is in its way."""

    rule: Rule
    reason: Reason
    missing: Decimal | None = None
    other: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of all promotions, in the order in which they were tried."""

    applied: tuple[Applied, ...] = ()
    passed: tuple[Passed, ...] = ()

    @property
    def free_shipping(self) -> bool:
        return any(one.free_shipping for one in self.applied)


NOTHING = Outcome()
