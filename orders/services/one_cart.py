"""
One cart for each person, whatever they begin it on.

When a cart becomes a person's, what they had in another is merged into it: of a line that both have (the
same article, way, place and service mode) the greater quantity, not the sum, since who fills a cart anew
as a guest means the same things; every other line moves. So no line is lost and no quantity doubled.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db.models import F, Value
from django.db.models.functions import Greatest

from customers.models import Customer
from omni.core import db
from omni.core.errors import NotFound
from orders import errors
from orders.models import Cart, CartCoupon, CartLine, PersonCart
from organisation.models import SalesChannel

SALT = "orders.cart-link"
LINK_LASTS = timedelta(days=7)


def is_the_one(*, cart_id: UUID, person_id: int) -> bool:
    return PersonCart.objects.filter(person=person_id, cart=cart_id, cart__status=Cart.Status.OPEN).exists()


def lock_others(*, cart_id: UUID, customer: Customer) -> list[Cart]:
    """Lock the person, then the open carts that any of their records has beside this one."""
    db.require_transaction()
    Customer.objects.for_update_persons([customer.person_id])
    named = PersonCart.objects.filter(person__person=customer.person_id).values("cart")
    carts = Cart.objects.filter(pk__in=named, status=Cart.Status.OPEN).exclude(pk=cart_id)
    return list(carts.order_by("pk").select_for_update(no_key=True))


def make_the_one(cart: Cart, others: Sequence[Cart], *, person_id: int, now: datetime) -> None:
    """Merge the others into a cart, which is the person's from now on. All are locked."""
    for other in others:
        _merge(other, cart)
        Cart.objects.filter(pk=other.pk).update(
            status=Cart.Status.MERGED, merged_into=cart.pk, updated_at=_touched(now)
        )
    if others or not PersonCart.objects.filter(person=person_id, cart=cart).exists():
        row = PersonCart(person_id=person_id, cart=cart)
        PersonCart.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["person"], update_fields=["cart"]
        )


def _merge(source: Cart, target: Cart) -> None:
    there = {_key(line): line for line in target.lines.all()}
    for line in source.lines.order_by("pk"):
        same = there.get(_key(line))
        if same is None:
            CartLine.objects.filter(pk=line.pk).update(cart=target)
        elif same.quantity < line.quantity:
            CartLine.objects.filter(pk=same.pk).update(quantity=line.quantity)
    held = target.coupons.values("coupon")
    CartCoupon.objects.filter(cart=source).exclude(coupon__in=held).update(cart=target)


def _key(line: CartLine) -> tuple[int, str, int | None, str]:
    return line.variant_id, line.kind, line.location_id, line.service_mode


def _touched(now: datetime) -> Greatest:
    """Later than before even within a tick of the clock: `take_cart` tells by it that a cart has changed."""
    return Greatest(Value(now), F("updated_at") + timedelta(microseconds=1))


def begin_cart(*, channel: SalesChannel, customer: Customer | None, now: datetime) -> Cart:
    """A guest's new cart; a person's one cart, begun where there is none, and taken along to the channel."""
    if customer is None:
        return Cart.objects.create(channel=channel, created_at=now, updated_at=now)
    Customer.objects.for_update_persons([customer.person_id])
    held = find_person_cart(person_id=customer.person_id)
    if held is not None and held.channel_id == channel.pk:
        return held
    others = lock_others(cart_id=UUID(int=0), customer=customer)
    cart = Cart.objects.create(channel=channel, customer=customer, created_at=now, updated_at=now)
    make_the_one(cart, others, person_id=customer.person_id, now=now)
    return cart


def find_person_cart(*, person_id: int) -> Cart | None:
    """The person's open cart, whichever channel it was begun in."""
    named = PersonCart.objects.filter(person__person=person_id).values("cart")
    carts = Cart.objects.filter(pk__in=named, status=Cart.Status.OPEN)
    return carts.select_related("channel__company", "customer").order_by("-updated_at").first()


def get_person_cart(*, person_id: int) -> Cart:
    """
    Raises:
        NotFound: the person has none open.
    """
    cart = find_person_cart(person_id=person_id)
    if cart is None:
        raise NotFound(cart=None)
    return cart


def take_out(*, cart_id: UUID, member: Customer | None, sold: Counter[int], now: datetime) -> None:
    """
    Take what a till sold out of the cart that it was opened from; what was not bought stays.

    Raises:
        NotFound: there is no such open cart, or it is another person's.
    """
    if member is not None:
        Customer.objects.for_update_persons([member.person_id])
    cart = Cart.objects.for_update_by_id(cart_id)
    owner = cart.customer
    if cart.status != Cart.Status.OPEN or (
        owner is not None and (member is None or owner.person_id != member.person_id)
    ):
        raise NotFound(cart=str(cart_id))
    for line in cart.lines.order_by("pk"):
        taken = min(line.quantity, sold[line.variant_id])
        sold[line.variant_id] -= taken
        if taken == line.quantity:
            line.delete()
        elif taken:
            CartLine.objects.filter(pk=line.pk).update(quantity=F("quantity") - taken)
    Cart.objects.filter(pk=cart_id).update(updated_at=_touched(now))


@dataclass(frozen=True, slots=True)
class CartLink:
    """`token` opens the cart for whoever signs in with it, until it expires."""

    cart: UUID
    token: str
    expires_at: datetime


def make_link(*, cart_id: UUID, now: datetime) -> CartLink:
    """
    A link to a cart that staff have filled; nobody's cart becomes that of who opens it.

    Raises:
        NotFound: there is no such open cart that is nobody's yet.
    """
    if not Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN, customer=None).exists():
        raise NotFound(cart=str(cart_id))
    token = signing.dumps(str(cart_id), salt=SALT)
    return CartLink(cart_id, token, now + LINK_LASTS)


def cart_of_link(*, token: str) -> UUID:
    """
    Raises:
        CartLinkInvalid: the token is none of ours, or has expired.
    """
    try:
        return UUID(signing.loads(token, salt=SALT, max_age=LINK_LASTS))
    except (signing.BadSignature, ValueError):
        raise errors.CartLinkInvalid() from None
