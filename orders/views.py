"""The shopper's side: carts, checkout, and their own orders."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from customers import services as customers
from customers.models import Customer
from omni.core import clock
from omni.core.idempotency import Claim
from omni.core.pagination import CursorPagination
from omni.core.requests import claim_from
from orders import selectors, serializers, services
from orders.models import Order
from orders.serializers_delivery import QuoteFormSerializer, wishes_of
from orders.serializers_promotions import AddedCouponSerializer, CouponFormSerializer
from orders.throttling import CouponThrottle, GuestCartThrottle
from orders.writing import NewContact
from organisation.errors import NotYours
from organisation.models import ApiKey, User
from organisation.permissions import IsShopper, actor_of


def parsed(form: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What the caller sent, in shape."""
    shape = form(data=data)
    shape.is_valid(raise_exception=True)
    return dict(shape.validated_data)


def buyer_of(request: Request) -> Customer | None:
    """The record of who is signed in; None for a guest, whose cart's id is all there is."""
    if not isinstance(request.user, User):
        return None
    return customers.ensure_customer_for(user=request.user, now=clock.now())


def cart_claim(
    request: Request, cart_id: UUID, operation: str, body: dict[str, Any], *, required: bool
) -> Claim:
    """A claim of the signed-in user, or of the cart: guests share nothing else."""
    principal = actor_of(request) if isinstance(request.user, User) else f"cart:{cart_id}"
    return claim_from(
        request, actor=principal, operation=operation, body={"cart": cart_id, **body}, required=required
    )


class CartListView(APIView):
    permission_classes = (AllowAny,)
    throttle_classes = (GuestCartThrottle,)
    idempotent = True
    problems = (429,)

    @extend_schema(
        operation_id="create_cart",
        request=serializers.NewCartSerializer,
        responses={201: serializers.CreatedCartSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a cart. A guest's belongs to whoever knows its id; repeat keys work once signed in."""
        form = parsed(serializers.NewCartSerializer, request.data)
        claim = None
        if isinstance(request.user, User):
            claim = claim_from(
                request, actor=actor_of(request), operation="create-cart", body=form, required=False
            )
        created = services.create_cart(
            channel=form["channel"], customer=buyer_of(request), claim=claim, now=clock.now()
        )
        return Response(serializers.CreatedCartSerializer(created).data, status.HTTP_201_CREATED)


class CartView(APIView):
    permission_classes = (AllowAny,)
    problems = (409, 422)

    @extend_schema(operation_id="get_cart", responses=serializers.CartSerializer)
    def get(self, request: Request, cart_id: UUID) -> Response:
        """The cart at today's prices."""
        cart = selectors.show_cart(cart_id=cart_id, customer=buyer_of(request), now=clock.now())
        return Response(serializers.CartSerializer(cart, context={"currency": cart.currency}).data)

    @extend_schema(operation_id="delete_cart", responses={204: None})
    def delete(self, request: Request, cart_id: UUID) -> Response:
        services.delete_cart(cart_id=cart_id, customer=buyer_of(request), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CartLineListView(APIView):
    permission_classes = (AllowAny,)
    idempotent = True

    @extend_schema(
        operation_id="add_cart_line",
        request=serializers.NewCartLineSerializer,
        responses={201: serializers.ChangedLineSerializer},
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """Put units in the cart; the same article, way and place again adds to its line."""
        form = parsed(serializers.NewCartLineSerializer, request.data)
        changed = services.add_line(
            cart_id=cart_id,
            line=services.NewCartLine(**form),
            customer=buyer_of(request),
            claim=cart_claim(request, cart_id, "add-cart-line", form, required=False),
            now=clock.now(),
        )
        return Response(serializers.ChangedLineSerializer(changed).data, status.HTTP_201_CREATED)


class CartLineView(APIView):
    permission_classes = (AllowAny,)
    problems = (409, 422)

    @extend_schema(
        operation_id="change_cart_line",
        request=serializers.ChangeLineSerializer,
        responses=serializers.ChangedLineSerializer,
    )
    def patch(self, request: Request, cart_id: UUID, line_id: int) -> Response:
        """Set a line's quantity, or how it is supplied; the answer names the line that the units are in."""
        form = parsed(serializers.ChangeLineSerializer, request.data)
        changed = services.change_line(
            cart_id=cart_id, line_id=line_id, customer=buyer_of(request), now=clock.now(), **form
        )
        return Response(serializers.ChangedLineSerializer(changed).data)

    @extend_schema(operation_id="remove_cart_line", responses={204: None})
    def delete(self, request: Request, cart_id: UUID, line_id: int) -> Response:
        services.remove_line(cart_id=cart_id, line_id=line_id, customer=buyer_of(request), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CartCouponListView(APIView):
    permission_classes = (AllowAny,)
    throttle_classes = (CouponThrottle,)
    problems = (409, 422, 429)

    @extend_schema(
        operation_id="add_cart_coupon",
        request=CouponFormSerializer,
        responses={201: AddedCouponSerializer},
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """
        Put a coupon in the cart; again changes nothing. What can't be used here is refused, with a code
        for each reason; one for which the cart falls short stays, and the quote says what is missing.
        """
        form = parsed(CouponFormSerializer, request.data)
        added = services.add_coupon(cart_id=cart_id, customer=buyer_of(request), now=clock.now(), **form)
        return Response(AddedCouponSerializer(added).data, status.HTTP_201_CREATED)


class CartCouponView(APIView):
    permission_classes = (AllowAny,)
    problems = (409,)

    @extend_schema(operation_id="remove_cart_coupon", responses={204: None})
    def delete(self, request: Request, cart_id: UUID, code: str) -> Response:
        services.remove_coupon(cart_id=cart_id, code=code, customer=buyer_of(request), now=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class QuoteView(APIView):
    permission_classes = (AllowAny,)
    problems = (409, 422)

    @extend_schema(
        operation_id="quote_cart",
        request=QuoteFormSerializer,
        responses=serializers.QuoteSerializer,
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """What the cart comes to now, and what it would earn. A guest's cart is signed in with its owner."""
        form = parsed(QuoteFormSerializer, request.data)
        buyer, now = buyer_of(request), clock.now()
        if buyer is not None:
            services.attach_cart(cart_id=cart_id, customer=buyer, now=now)
        quote = selectors.quote_cart(
            cart_id=cart_id,
            points=form["points"],
            customer=buyer,
            contact=NewContact(**form.get("contact", {})),
            wishes=wishes_of(form),
            now=now,
        )
        return Response(serializers.QuoteSerializer(quote, context={"currency": quote.currency}).data)


def _holds_of(request: Request, form: dict[str, Any]) -> services.FromHolds:
    """
    What staff's devices name; a shopper can't take what is held for another.

    Raises:
        NotYours: the caller has no key with `orders:write`.
    """
    numbers, key = tuple(form.get("holds", ())), request.auth
    if numbers and not (isinstance(key, ApiKey) and ApiKey.Scope.ORDERS_WRITE in key.scopes):
        raise NotYours(function=ApiKey.Scope.ORDERS_WRITE.value, location=None)
    return services.FromHolds(numbers, location_id=getattr(key, "location_id", None))


class CheckoutView(APIView):
    permission_classes = (AllowAny,)
    idempotent = idempotency_required = True

    @extend_schema(
        operation_id="checkout_cart",
        request=serializers.CheckoutSerializer,
        responses={201: serializers.PlacedOrderSerializer},
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """
        Order the cart. A repeat with the same key gets the same answer; while a card's outcome
        is open, 409 or 503 with Retry-After.
        """
        form = parsed(serializers.CheckoutSerializer, request.data)
        placed = services.place_order(
            cart_id=cart_id,
            checkout=services.Checkout(
                contact=NewContact(**form["contact"]),
                tender_code=form["tender"],
                card_token=form["card_token"],
                points=form["points"],
                expected_total=form["expected_total"],
                holds=_holds_of(request, form),
                wishes=wishes_of(form),
            ),
            claim=cart_claim(request, cart_id, "checkout", form, required=True),
            actor=actor_of(request),
            customer=buyer_of(request),
            now=clock.now(),
        )
        shown = serializers.PlacedOrderSerializer(placed, context={"currency": placed.currency})
        return Response(shown.data, status.HTTP_201_CREATED)


class OrderPagination(CursorPagination):
    ordering = ("-placed_at", "-pk")  # type: ignore[assignment]


class MyOrderListView(ListAPIView[Order]):
    """The person's orders, on line and in shops, newest first."""

    permission_classes = (IsShopper,)
    serializer_class = serializers.OrderSerializer
    pagination_class = OrderPagination
    filter_backends = ()
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        buyer = buyer_of(self.request)
        assert buyer is not None
        return selectors.list_orders(person_id=buyer.person_id)


class MyOrderView(APIView):
    permission_classes = (IsShopper,)

    @extend_schema(operation_id="get_my_order", responses=serializers.OrderSerializer)
    def get(self, request: Request, number: str) -> Response:
        buyer = buyer_of(request)
        assert buyer is not None
        order = selectors.get_order(number=number, person_id=buyer.person_id)
        return Response(serializers.OrderSerializer(order).data)


class MyOrderCancelView(APIView):
    permission_classes = (IsShopper,)
    idempotent = idempotency_required = True

    @extend_schema(
        operation_id="cancel_my_order",
        request=serializers.CancelFormSerializer,
        responses=serializers.CancelledOrderSerializer,
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel an order of which nothing has been handed over; points and money go back."""
        form = parsed(serializers.CancelFormSerializer, request.data)
        actor = actor_of(request)
        cancelled = services.cancel_order(
            number=number,
            customer=buyer_of(request),
            claim=claim_from(request, actor=actor, operation="cancel-order", body={"order": number, **form}),
            actor=actor,
            now=clock.now(),
            **form,
        )
        shown = serializers.CancelledOrderSerializer(cancelled, context={"currency": cancelled.currency})
        return Response(shown.data)


class GuestOrderView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="get_order",
        parameters=[OpenApiParameter("cart", UUID, required=True, description="The cart that it was.")],
        responses=serializers.OrderSerializer,
    )
    def get(self, request: Request, number: str) -> Response:
        """A guest's order, shown to whoever knows the cart that it was."""
        cart_id = parsed(serializers.CartQuery, request.query_params)["cart"]
        return Response(serializers.OrderSerializer(selectors.get_order(number=number, cart_id=cart_id)).data)
