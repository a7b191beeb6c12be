"""Invoices and receipts: of one's own orders, of a guest's, and at the till."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from omni.core import clock
from omni.core.actor import Actor
from omni.core.idempotency import Claim
from omni.core.requests import claim_from
from orders import selectors, services
from orders import serializers_documents as shapes
from orders.documents.issued import IssuedDocuments, list_documents
from orders.documents.rendering import render_copy
from orders.models import DocumentKind
from orders.serializers import CartQuery
from orders.views import buyer_of, parsed
from organisation.models import ApiKey, Location
from organisation.permissions import IsShopper, actor_of, has_scope

CART = OpenApiParameter("cart", UUID, required=True, description="The cart that the order was.")


class OfOneOrder(APIView):
    """What all three ways to an order's documents share; `require` answers who asks, or refuses."""

    idempotent = True
    problems = (409, 422)

    def require(self, request: Request, number: str) -> Actor | str:
        """
        Raises:
            NotFound: the caller has no such order.
        """
        raise NotImplementedError  # Each way says for itself who may; none is served by this class.

    def place(self, request: Request) -> services.Place:
        return services.Place()

    def claim(self, request: Request, number: str, operation: str, body: dict[str, Any]) -> Claim:
        principal = self.require(request, number)
        return claim_from(request, actor=principal, operation=operation, body={"order": number, **body})


class OwnOrder(OfOneOrder):
    permission_classes = (IsShopper,)

    def require(self, request: Request, number: str) -> Actor | str:
        buyer = buyer_of(request)
        assert buyer is not None
        selectors.get_order(number=number, person_id=buyer.person_id)
        return actor_of(request)


class GuestOrder(OfOneOrder):
    permission_classes = (AllowAny,)

    def require(self, request: Request, number: str) -> Actor | str:
        cart_id = parsed(CartQuery, request.query_params)["cart"]
        selectors.get_order(number=number, cart_id=cart_id)
        return f"cart:{cart_id}"


class TillOrder(OfOneOrder):
    permission_classes = (has_scope(ApiKey.Scope.TILL),)

    def require(self, request: Request, number: str) -> Actor | str:
        selectors.get_order(number=number)
        return actor_of(request)

    def place(self, request: Request) -> services.Place:
        """A till numbers for itself."""
        key = request.auth
        assert isinstance(key, ApiKey)
        location = Location.objects.filter(pk=key.location_id).first() if key.location_id else None
        return services.Place(location, key.prefix)


class DocumentListView(OfOneOrder):
    form: type[shapes.DocumentFormSerializer] = shapes.DocumentFormSerializer

    def get(self, request: Request, number: str) -> Response:
        self.require(request, number)
        return Response(shapes.IssuedDocumentsSerializer(list_documents(number)).data)

    def post(self, request: Request, number: str) -> Response:
        form = parsed(self.form, request.data)
        claim = self.claim(request, number, f"issue-{form['kind']}", form)
        issued = issue(number, form, place=self.place(request), claim=claim, actor=actor_of(request))
        return Response(shapes.IssuedDocumentsSerializer(issued).data, status=201)


def issue(
    number: str, form: dict[str, Any], *, place: services.Place, claim: Claim, actor: Actor
) -> IssuedDocuments:
    """Issue what the form asks for."""
    given: dict[str, Any] = {
        "number": number,
        "place": place,
        "claim": claim,
        "actor": actor,
        "now": clock.now(),
    }
    if form["kind"] == DocumentKind.RETURN_INVOICE:
        return services.issue_return_invoice(**given)
    given |= {"addressee": form["addressee"], "company": form["company"]}
    if form["kind"] == DocumentKind.RECEIPT:
        return services.issue_receipt(proviso=form["proviso"], amount=form["amount"], **given)
    return services.issue_invoice(kind=form["kind"], **given)


class AnyAccept(DefaultContentNegotiation):
    """The form says in which format a copy is; refusals are problem+json all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class DocumentPrintView(OfOneOrder):
    content_negotiation_class = AnyAccept
    idempotency_required = True

    def post(self, request: Request, number: str, document: str) -> HttpResponse:
        form = parsed(shapes.PrintFormSerializer, request.data)
        claim = self.claim(request, number, "print-document", {"document": document, **form})
        printed = services.print_document(
            number=document, order=number, claim=claim, actor=actor_of(request), now=clock.now()
        )
        copy = render_copy(number=printed.number, copy=printed.copy, **form)
        return HttpResponse(
            copy.body,
            content_type=copy.content_type,
            headers={
                "Content-Disposition": f'attachment; filename="{copy.filename}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


PDF_OR_HTML = {(200, "application/pdf"): OpenApiTypes.BINARY, (200, "text/html"): OpenApiTypes.STR}
LISTED = "What was issued for the order, void or not, oldest first."
ISSUES = (
    "Issue an invoice for each company that sold some of it, or a receipt. What stands is answered again."
)
PRINTS = "A copy as PDF or HTML. The first is the original, further ones are marked as reprints."


def list_of(name: str, form: type[shapes.DocumentFormSerializer], *parameters: OpenApiParameter) -> Any:
    """How the list of an order's documents, and issuing one more, are described."""
    answer = shapes.IssuedDocumentsSerializer
    shared: dict[str, Any] = {"parameters": list(parameters)}
    return extend_schema_view(
        get=extend_schema(operation_id=f"list_{name}", description=LISTED, responses=answer, **shared),
        post=extend_schema(
            operation_id=f"issue_{name}", description=ISSUES, request=form, responses={201: answer}, **shared
        ),
    )


def print_of(name: str, *parameters: OpenApiParameter) -> Any:
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"print_{name}",
            description=PRINTS,
            request=shapes.PrintFormSerializer,
            responses=PDF_OR_HTML,
            parameters=list(parameters),
        )
    )


@list_of("my_documents", shapes.DocumentFormSerializer)
class MyDocumentListView(OwnOrder, DocumentListView):
    """Invoices and receipts of one's own order."""


@print_of("my_document")
class MyDocumentPrintView(OwnOrder, DocumentPrintView):
    """A copy of one of them."""


@list_of("documents", shapes.DocumentFormSerializer, CART)
class GuestDocumentListView(GuestOrder, DocumentListView):
    """Those of a guest's order, for whoever knows the cart that it was."""


@print_of("document", CART)
class GuestDocumentPrintView(GuestOrder, DocumentPrintView):
    """A copy of one of them."""


@list_of("till_documents", shapes.TillDocumentFormSerializer)
class TillDocumentListView(TillOrder, DocumentListView):
    """Those of any order, issued at a till under numbers of its own."""

    form = shapes.TillDocumentFormSerializer


@print_of("till_document")
class TillDocumentPrintView(TillOrder, DocumentPrintView):
    """A copy of one of them."""
