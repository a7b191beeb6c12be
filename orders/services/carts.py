"""Carts: what somebody means to buy, before anything is held. Prices are read when they are shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Greatest

from catalog import selectors as catalog
from catalog.errors import NotListed, UnknownSku
from catalog.models import ServiceMode
from customers.models import Customer
from inventory.sourcing import serves
from omni.core import db, idempotency
from omni.core.errors import NotFound
from omni.core.idempotency import Claim
from orders import errors
from orders.models import Cart, CartLine, FulfilmentKind
from orders.selectors import owns, require_selling
from orders.services.checkout import require_open
from orders.services.one_cart import begin_cart, is_the_one, lock_others, make_the_one
from organisation.models import Location, SalesChannel

MOST_LINES = 100
MOST_UNITS = 999
# Kinds that a shopper chooses; what is shipped comes from wherever it is.
CHOSEN_KINDS = (
    FulfilmentKind.SHIP,
    FulfilmentKind.PICKUP,
    FulfilmentKind.HOLD,
    FulfilmentKind.ORDER_AHEAD,
)


@dataclass(frozen=True, slots=True)
class CreatedCart:
    id: UUID


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line as it is now: adding what is there already sums up."""

    line_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCartLine:
    """`location` is the code of where it is picked up; None for what is shipped."""

    sku: str
    quantity: int
    kind: str = FulfilmentKind.SHIP
    location: str | None = None
    service_mode: str = ServiceMode.TAKE_OUT


def create_cart(
    *, channel: str, customer: Customer | None, claim: Claim | None, now: datetime
) -> CreatedCart:
    """
    Open an empty cart in a channel, a guest's where there is no customer; a person's one cart goes on.

    Raises:
        NotFound: no such channel is active.
    """
    with db.transaction():
        if claim and (replayed := idempotency.claim(claim, result_type=CreatedCart)):
            return replayed
        found = SalesChannel.objects.filter(code=channel, active=True).first()
        if found is None:
            raise NotFound(channel=channel)
        cart = begin_cart(channel=found, customer=customer, now=now)
        created = CreatedCart(cart.pk)
        return idempotency.settle(claim, created, now=now) if claim else created


def add_line(
    *, cart_id: UUID, line: NewCartLine, customer: Customer | None, claim: Claim | None, now: datetime
) -> ChangedLine:
    """
    Put units of a variant in the cart; the same variant, way and place again adds to its line.

    Raises:
        NotFound, CartOrdered: the cart is not there to be changed.
        ChannelInactive: the cart's channel sells nothing now.
        UnknownSku, NotListed, LocationUnfit, FieldMissing, CartLimit: `field` and `rule` say why.
    """
    with db.transaction():
        if claim and (replayed := idempotency.claim(claim, result_type=ChangedLine)):
            return replayed
        cart = open_cart(cart_id, customer, now)
        require_selling(cart)
        changed = _add(cart, line, now)
        return idempotency.settle(claim, changed, now=now) if claim else changed


def change_line(
    *,
    cart_id: UUID,
    line_id: int,
    quantity: int | None = None,
    service_mode: str | None = None,
    customer: Customer | None,
    now: datetime,
) -> ChangedLine:
    """
    Set a line's quantity, or whether it is eaten in or taken out, which may change its tax until it is
    ordered. Where another line has the same goods in that way already, the two become one.

    Raises:
        NotFound, ChannelInactive, CartOrdered, CartLimit
    """
    with db.transaction():
        cart = open_cart(cart_id, customer, now)
        require_selling(cart)
        line = _line(cart, line_id)
        line.quantity = line.quantity if quantity is None else quantity
        line.service_mode = service_mode or line.service_mode
        _require_units(line.quantity)
        line = _joined(cart, line)
        line.save(update_fields=["quantity", "service_mode"])
        return ChangedLine(line.pk, line.variant.sku, line.quantity)


def _joined(cart: Cart, line: CartLine) -> CartLine:
    """The line, or the other one of the same goods, way and place, with the units of both."""
    same = cart.lines.select_related("variant").filter(
        variant=line.variant_id, kind=line.kind, location=line.location_id, service_mode=line.service_mode
    )
    other = same.exclude(pk=line.pk).first()
    if other is None:
        return line
    other.quantity += line.quantity
    _require_units(other.quantity)
    line.delete()
    return other


def remove_line(*, cart_id: UUID, line_id: int, customer: Customer | None, now: datetime) -> None:
    """
    Raises:
        NotFound, CartOrdered
    """
    with db.transaction():
        _line(open_cart(cart_id, customer, now), line_id).delete()


def delete_cart(*, cart_id: UUID, customer: Customer | None, now: datetime) -> None:
    """
    Throw an open cart away.

    Raises:
        NotFound, CartOrdered
    """
    with db.transaction():
        open_cart(cart_id, customer, now).delete()


def attach_cart(*, cart_id: UUID, customer: Customer, now: datetime) -> None:
    """
    Make a guest's cart the customer's, who has signed in; from then on it is theirs alone, and what they
    had in another is merged into it (`one_cart`).

    Raises:
        NotFound, CartOrdered, CartMerged
    """
    if is_the_one(cart_id=cart_id, person_id=customer.person_id):
        return
    with db.transaction():
        open_cart(cart_id, customer, now)


def open_cart(cart_id: UUID, customer: Customer | None, now: datetime) -> Cart:
    """
    Lock an open cart that the caller may change, mark it as changed, and attach it to who signed in.

    Raises:
        NotFound, CartOrdered
    """
    db.require_transaction()
    others = lock_others(cart_id=cart_id, customer=customer) if customer else []
    cart = Cart.objects.for_update_by_id(cart_id)
    if cart.status != Cart.Status.OPEN or not owns(cart, customer):
        require_open(cart_id=cart_id, customer=customer)
    owner = {} if customer is None or cart.customer_id is not None else {"customer": customer}
    # `take_cart` tells by this that a cart has changed, so it grows even within one clock tick.
    changed = Greatest(Value(now), F("updated_at") + timedelta(microseconds=1))
    Cart.objects.filter(pk=cart_id).update(updated_at=changed, **owner)
    if customer is not None:
        make_the_one(cart, others, person_id=customer.person_id, now=now)
    return cart


def _add(cart: Cart, new: NewCartLine, now: datetime) -> ChangedLine:
    _require_units(new.quantity)
    variant_id, price = _sold_variant(cart, new.sku, now)
    held, created = CartLine.objects.select_for_update(no_key=True).get_or_create(
        cart=cart,
        variant_id=variant_id,
        kind=new.kind,
        location=_fit_location(cart, new, now),
        service_mode=new.service_mode,
        defaults={"quantity": new.quantity, "price_then": price},
    )
    if created and cart.lines.count() > MOST_LINES:
        raise errors.CartLimit(field="lines", rule="max", limit=MOST_LINES)
    if not created:
        held.quantity += new.quantity
        _require_units(held.quantity)
        held.price_then = price
        held.save(update_fields=["quantity", "price_then"])
    return ChangedLine(held.pk, new.sku, held.quantity)


def _sold_variant(cart: Cart, sku: str, now: datetime) -> tuple[int, Decimal]:
    found = catalog.find_variants(skus=[sku])
    if sku not in found:
        raise UnknownSku(skus=[sku], field="sku", rule="known")
    offers = catalog.get_offers(channel_id=cart.channel_id, variant_ids=[found[sku]], at=now)
    if not offers:
        raise NotListed(skus=[sku], field="sku", rule="listed")
    return found[sku], offers[found[sku]].price


def _fit_location(cart: Cart, new: NewCartLine, now: datetime) -> Location | None:
    """The location that serves the cart's channel now and offers this kind."""
    if new.kind == FulfilmentKind.SHIP:
        if new.location is not None:
            raise errors.LocationUnfit(location=new.location, kind=new.kind, field="location", rule="absent")
        return None
    if new.location is None:
        raise errors.FieldMissing(field="location", rule="required")
    location = Location.objects.filter(code=new.location).first()
    if (
        location is None
        or not serves(location, cart.channel, at=now)
        or new.kind not in location.capabilities
    ):
        raise errors.LocationUnfit(location=new.location, kind=new.kind, field="location", rule="offers-kind")
    return location


def _line(cart: Cart, line_id: int) -> CartLine:
    line = cart.lines.select_related("variant").filter(pk=line_id).first()
    if line is None:
        raise NotFound(line=line_id)
    return line


def _require_units(quantity: int) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        raise errors.CartLimit(field="quantity", rule="range", limit=MOST_UNITS)
