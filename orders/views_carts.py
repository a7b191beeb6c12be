"""One cart for each person: found on every device and at the till, begun by staff and sent as a link."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import selectors as customers
from omni.core import clock
from orders import selectors, serializers, services
from orders import serializers_carts as shapes
from orders.views import buyer_of, parsed
from organisation.models import ApiKey
from organisation.permissions import IsShopper, has_scope


def _shown(cart: selectors.CartView) -> Response:
    return Response(serializers.CartSerializer(cart, context={"currency": cart.currency}).data)


class MyCartView(APIView):
    permission_classes = (IsShopper,)

    @extend_schema(operation_id="get_my_cart", responses=serializers.CartSerializer)
    def get(self, request: Request) -> Response:
        """The one open cart of who is signed in, whichever device or channel it was begun on; 404 without."""
        buyer = buyer_of(request)
        assert buyer is not None
        cart = services.get_person_cart(person_id=buyer.person_id)
        return _shown(selectors.show_cart(cart_id=cart.pk, customer=buyer, now=clock.now()))


class TillCartView(APIView):
    permission_classes = (has_scope(ApiKey.Scope.TILL),)

    @extend_schema(
        operation_id="open_cart_at_till",
        parameters=[
            OpenApiParameter("member", str, required=True, description="A card's barcode, or a phone.")
        ],
        responses=serializers.CartSerializer,
    )
    def get(self, request: Request) -> Response:
        """A member's cart, to be rung up; the sale names it as `cart`, and what is sold leaves it."""
        member = customers.get_member(code=parsed(shapes.MemberQuery, request.query_params)["member"])
        cart = services.get_person_cart(person_id=member.person_id)
        return _shown(selectors.show_cart(cart_id=cart.pk, customer=member, now=clock.now()))


class CartLinkView(APIView):
    permission_classes = (has_scope(ApiKey.Scope.ORDERS_WRITE),)

    @extend_schema(operation_id="link_cart", request=None, responses={201: shapes.CartLinkSerializer})
    def post(self, request: Request, cart_id: UUID) -> Response:
        """A link's token for a cart that staff have filled, to be sent to whoever is to order it."""
        link = services.make_link(cart_id=cart_id, now=clock.now())
        return Response(shapes.CartLinkSerializer(link).data, 201)


class CartOpenView(APIView):
    permission_classes = (AllowAny,)
    problems = (409, 422)

    @extend_schema(
        operation_id="open_cart_link",
        request=shapes.OpenLinkSerializer,
        responses=serializers.CartSerializer,
    )
    def post(self, request: Request) -> Response:
        """Open the cart of a link. Signed in, it becomes one's own, with what one had merged into it."""
        cart_id = services.cart_of_link(token=parsed(shapes.OpenLinkSerializer, request.data)["token"])
        buyer, now = buyer_of(request), clock.now()
        if buyer is not None:
            services.attach_cart(cart_id=cart_id, customer=buyer, now=now)
        return _shown(selectors.show_cart(cart_id=cart_id, customer=buyer, now=now))
