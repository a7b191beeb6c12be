from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import ServiceMode, Variant
from customers.models import Customer
from omni.core import db, fields
from omni.core.errors import NotFound
from omni.core.fields import choices
from omni.core.ids import uuid7
from orders.models.fulfilments import FulfilmentKind
from organisation.models import Location, SalesChannel
from promotions.models import Coupon


class CartQuerySet(models.QuerySet["Cart"]):
    def for_update_by_id(self, cart_id: UUID) -> "Cart":
        """
        Lock the cart; its channel is loaded with it.

        Raises:
            NotFound: there is none.
        """
        db.require_transaction()
        carts = self.filter(pk=cart_id).select_related("channel")
        cart = carts.select_for_update(no_key=True, of=("self",)).first()
        if cart is None:
            raise NotFound(cart=str(cart_id))
        return cart


class Cart(models.Model):
    """What somebody means to buy. Its id has 74 random bits: knowing a guest's is owning it."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        ORDERED = "ORDERED", _("ordered")
        MERGED = "MERGED", _("merged into another")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(
        SalesChannel, on_delete=models.PROTECT, related_name="+", verbose_name=_("sales channel")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="carts",
        verbose_name=_("customer"),
    )
    status = choices(Status, _("status"), default=Status.OPEN)
    # No foreign key: the other may be thrown away, and deleting carts looks for nothing here.
    merged_into = models.UUIDField(_("merged into"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)

    objects = CartQuerySet.as_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        # For the purge. Neither what a checkout changes nor what an added line does is in it.
        indexes = [
            models.Index(
                fields=["created_at", "id"], name="cart_of_guest", condition=Q(customer__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class PersonCart(models.Model):
    """
    The one cart of a person, on every device and in every channel.

    A table of its own, so that no checkout pays for its keys; it names a cart that has been ordered until
    the person begins another.
    """

    person = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+", verbose_name=_("person")
    )
    cart = models.OneToOneField(Cart, on_delete=models.CASCADE, related_name="+", verbose_name=_("cart"))

    class Meta:
        verbose_name = _("cart of a person")
        verbose_name_plural = _("carts of persons")

    def __str__(self) -> str:
        return f"{self.person_id}: {self.cart_id}"


class CartLine(models.Model):
    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="lines", verbose_name=_("cart"), db_index=False
    )
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", verbose_name=_("variant"), db_index=False
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    kind = choices(FulfilmentKind, _("way to get it"), default=FulfilmentKind.SHIP)
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pick-up location"),
        db_index=False,
    )
    service_mode = choices(ServiceMode, _("service mode"), default=ServiceMode.TAKE_OUT)
    price_then = fields.amount(_("price when it was put in"), null=True, blank=True)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        constraints = [
            models.UniqueConstraint(
                fields=["cart", "variant", "kind", "location", "service_mode"],
                name="cart_line_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} × {self.quantity}"


class CartCoupon(models.Model):
    """A coupon that a cart is to be ordered with; whether it may be is asked anew each time."""

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="coupons", verbose_name=_("cart"), db_index=False
    )
    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, related_name="+", verbose_name=_("coupon"), db_index=False
    )

    class Meta:
        verbose_name = _("coupon in a cart")
        verbose_name_plural = _("coupons in carts")
        constraints = [models.UniqueConstraint(fields=["cart", "coupon"], name="cart_coupon_once")]

    def __str__(self) -> str:
        return str(self.coupon)
