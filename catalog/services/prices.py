"""The price book: what is decided for a group of channels, a channel or a shop, dated."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import pghistory
from django.db.models import Q

from catalog.charging import holds
from catalog.errors import PriceInPast, PriceNotFound, PriceOverlaps, PriceTooFine
from catalog.models import Price, Variant
from catalog.services.charging import Pair, listing_changed, recharge
from catalog.services.constraints import refusing
from omni.core import db
from omni.core.actor import Actor
from omni.core.errors import InvalidField
from omni.core.limits import require_amount
from omni.core.money import quantize
from omni.outbox.publish import publish_all
from organisation.models import SalesChannel

OVERLAPS = PriceOverlaps(field="valid_from", rule="overlap")


@dataclass(frozen=True, slots=True)
class Scope:
    """
    Where a price is to hold: in every channel of the currency, in one channel, or at one shop's till.

    A channel's price is in its own currency, a shop's in the shop's.
    """

    currency: str
    channel_id: int | None = None
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewPrice:
    """Of one stock unit, from `valid_from` until just before `valid_until` (None: until further notice)."""

    variant_id: int
    scope: Scope
    amount: Decimal
    valid_from: datetime
    valid_until: datetime | None = None
    kind: str = Price.Kind.REGULAR
    tax_inclusive: bool = True


Key = tuple[int, Scope, str]


def set_prices(*, prices: Sequence[NewPrice], actor: Actor, now: datetime) -> list[Price]:
    """
    Enter prices in the book: any number in a constant number of statements, each in its time.

    A regular price ends what stood at its beginning. Without `valid_until` it lasts as long as the old
    one would have; with one, the old price comes back after it. A sale lies over the regular price and
    ends nothing. Listings follow, and each channel that is touched is told.

    Raises:
        InvalidField: an amount is more than a column holds, or a price ends before it begins.
        PriceTooFine: an amount has more decimals than its currency.
        PriceInPast: a price is to begin before `now`.
        PriceOverlaps: another price of the same scope and kind holds in that time.
    """
    db.require_transaction()
    for price in prices:
        check_price(price)
        if price.valid_from < now:
            raise PriceInPast(field="valid_from", rule="not-in-the-past", value=price.valid_from)
    with pghistory.context(actor=str(actor)):
        lock_variants(price.variant_id for price in prices)
        made = enter(prices, actor=actor, now=now)
        follow(made, actor=actor, now=now)
    return made


def check_price(price: NewPrice) -> None:
    """
    Raises:
        InvalidField, PriceTooFine: as `set_prices`.
    """
    require_amount(price.amount, field="price")
    currency = price.scope.currency
    if price.amount < 0:
        raise InvalidField(field="price", rule="min", value=price.amount)
    if quantize(price.amount, currency) != price.amount:
        raise PriceTooFine(field="price", rule="currency-unit", value=price.amount, currency=currency)
    if price.valid_until is not None and price.valid_until <= price.valid_from:
        raise InvalidField(field="valid_until", rule="after-valid-from", value=price.valid_until)


def lock_variants(variant_ids: Iterable[int]) -> None:
    """
    Who decides about a variant's prices does so alone: what a channel charges is worked out from all
    of them, so that two who each see only their own would leave it wrong.
    """
    Variant.objects.for_update_by_ids(set(variant_ids))


@dataclass(slots=True)
class _Changes:
    gone: list[Price] = field(default_factory=list)
    ended: list[Price] = field(default_factory=list)
    new: list[NewPrice] = field(default_factory=list)


def enter(prices: Sequence[NewPrice], *, actor: Actor, now: datetime) -> list[Price]:
    """
    Write prices of locked variants and what they end; listings are left to the caller.

    Raises:
        PriceOverlaps: as `set_prices`.
    """
    standing = _standing(prices, since=min((price.valid_from for price in prices), default=now))
    changes = _Changes()
    for price in prices:
        if price.kind == Price.Kind.REGULAR:
            _succeed(price, standing[key_of(price)], changes, now)
        else:
            changes.new.append(price)
    _end(changes)
    with refusing("prices_do_not_overlap", OVERLAPS):
        return Price.objects.bulk_create(_row(new, actor, now) for new in changes.new)


def _standing(prices: Sequence[NewPrice], *, since: datetime) -> dict[Key, list[Price]]:
    variants = {price.variant_id for price in prices}
    found: dict[Key, list[Price]] = defaultdict(list)
    for row in Price.objects.filter(variant__in=variants).lasting(since):
        scope = Scope(row.currency, row.channel_id, row.location_id)
        found[row.variant_id, scope, row.kind].append(row)
    return found


def key_of(price: NewPrice) -> Key:
    return price.variant_id, price.scope, str(price.kind)


def _succeed(price: NewPrice, rows: list[Price], changes: _Changes, now: datetime) -> None:
    old = next((row for row in rows if holds(row, price.valid_from)), None)
    # What was decided of the past stays: the constraint refuses what would lie over it.
    if old is None or price.valid_from < now:
        changes.new.append(price)
        return
    ends, comes_back = old.valid_until, price.valid_until
    if comes_back is None:
        changes.new.append(replace(price, valid_until=ends))
    else:
        changes.new.append(price)
        if ends is None or comes_back < ends:
            back = replace(price, valid_from=comes_back, valid_until=ends, amount=old.amount)
            changes.new.append(replace(back, tax_inclusive=old.tax_inclusive))
    _cut(old, price.valid_from, changes)


def _cut(row: Price, at: datetime, changes: _Changes) -> None:
    """End a price; one that would last no time at all is taken away."""
    if row.valid_from >= at:
        changes.gone.append(row)
    else:
        row.valid_until = at
        changes.ended.append(row)


def _end(changes: _Changes) -> None:
    if changes.gone:
        Price.objects.filter(pk__in=[row.pk for row in changes.gone]).delete()
    Price.objects.bulk_update(changes.ended, ["valid_until"], batch_size=500)


def _row(price: NewPrice, actor: Actor, now: datetime) -> Price:
    return Price(
        variant_id=price.variant_id,
        currency=price.scope.currency,
        channel_id=price.scope.channel_id,
        location_id=price.scope.location_id,
        kind=price.kind,
        amount=price.amount,
        tax_inclusive=price.tax_inclusive,
        valid_from=price.valid_from,
        valid_until=price.valid_until,
        decided_by=str(actor),
        decided_at=now,
    )


def end_prices(*, price_ids: Sequence[int], at: datetime, actor: Actor, now: datetime) -> None:
    """
    End prices at a moment; one that would begin then or later is called off.

    What lies beneath applies from then on: the regular price under a sale, the group's under a
    channel's. What has ended already stays as it is.

    Raises:
        PriceNotFound: there is no such price.
        PriceInPast: the moment lies before `now`.
        PriceMissing: an article would be on sale without a price; take it off sale instead.
    """
    db.require_transaction()
    if at < now:
        raise PriceInPast(field="valid_until", rule="not-in-the-past", value=at)
    with pghistory.context(actor=str(actor)):
        found = Price.objects.filter(pk__in=price_ids)
        lock_variants(found.values_list("variant_id", flat=True))
        rows = list(found)
        if len(rows) != len(set(price_ids)):
            raise PriceNotFound(prices=sorted(set(price_ids) - {row.pk for row in rows}))
        ended = [row for row in rows if row.valid_until is None or row.valid_until > at]
        cut(ended, at)
        follow(ended, actor=actor, now=now)


def cut(rows: Iterable[Price], at: datetime) -> None:
    """End prices of locked variants at a moment, or take them away where they begin no earlier."""
    changes = _Changes()
    for row in rows:
        _cut(row, at, changes)
    _end(changes)


def follow(prices: Sequence[Price], *, actor: Actor, now: datetime) -> None:
    """
    Let the listings that prices have a say in follow them, and tell the channels.

    Raises:
        PriceMissing: an article would be on sale without a price.
    """
    pairs: set[Pair] = set()
    for (currency, channel_id, location_id), rows in _by_scope(prices).items():
        variant_ids = {row.variant_id for row in rows}
        channels = channels_of(Scope(currency, channel_id, location_id))
        if location_id is None:
            pairs |= recharge(variant_ids=variant_ids, channel_ids=channels, now=now)
        else:
            pairs |= {(channel, variant) for channel in channels for variant in variant_ids}
    publish_all(listing_changed(pairs), at=now, actor=actor)


def _by_scope(prices: Iterable[Price]) -> dict[tuple[str, int | None, int | None], list[Price]]:
    grouped: dict[tuple[str, int | None, int | None], list[Price]] = defaultdict(list)
    for price in prices:
        grouped[price.currency, price.channel_id, price.location_id].append(price)
    return grouped


def channels_of(scope: Scope) -> list[int]:
    """The channels in which prices of a scope are charged; a shop's are, by the tills."""
    if scope.channel_id is not None:
        return [scope.channel_id]
    tills = Q(kind=SalesChannel.Kind.STORE) if scope.location_id is not None else Q()
    channels = SalesChannel.objects.filter(tills, currency=scope.currency)
    return list(channels.order_by("pk").values_list("pk", flat=True))
