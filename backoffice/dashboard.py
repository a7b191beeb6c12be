"""The staff's home: what sells today, what waits, and whether the outside keeps up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import selectors as connectors
from connectors.admin.connections import circuit
from inventory.models import Discrepancy, LowStock, Suggestion
from omni.core import clock
from omni.core.admin import display
from omni.outbox.models import Event, Failure
from orders.finding import handled_at
from orders.models import Fulfilment, Order, Payment, Refund
from orders.models.payments import PAYABLE_YET, STUCK
from organisation import roles
from tills.models import TillTask

SOLD = (Order.Status.PLACED, Order.Status.COMPLETED)
TO_DO = (
    Fulfilment.Status.PROPOSED,
    Fulfilment.Status.RESERVED,
    Fulfilment.Status.PREPARED,
    Fulfilment.Status.READY,
)
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Card:
    title: str
    figure: str
    url: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    headers: list[str]
    rows: list[list[Any]]
    url: str
    empty: str
    note: str = field(default="")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the user's roles let them see; for unfold's home page."""
    parts = [part for permission, part in PARTS if request.user.has_perm(permission)]
    shown = [shown for part in parts for shown in part(request)]
    return {
        **context,
        "cards": [one for one in shown if isinstance(one, Card)],
        "tables": [one for one in shown if isinstance(one, Table)],
    }


def _here(request: HttpRequest, permission: str, path: str = "location") -> Q:
    locations = roles.reach(request.user, permission)
    return Q() if locations is None else Q(**{f"{path}__in": locations})


def _of_orders(request: HttpRequest, permission: str, path: str) -> Q:
    locations = roles.reach(request.user, permission)
    return Q() if locations is None else handled_at(locations, path)


def _list(name: str, query: str = "") -> str:
    return f"{reverse(f'admin:{name}_changelist')}{query}"


def sales(request: HttpRequest) -> list[Card | Table]:
    """Today's sales, a row for each shop and, for what no shop sold, each channel."""
    today = timezone.localdate()
    # The index is on the moment; a business date begins within a day of the platform's own.
    since = clock.now() - timedelta(days=2)
    rows = (
        Order.objects.filter(
            _here(request, "orders.view_order"), placed_at__gte=since, business_date=today, status__in=SOLD
        )
        .values("location__name", "channel__name", "location_id", "channel_id", "currency")
        .annotate(number=Count("pk"), amount=Sum("total"))
        .order_by("-amount")
    )
    found = list(rows)
    table = Table(
        title=_("Today's sales"),
        headers=[_("shop or channel"), _("orders"), _("sales")],
        rows=[_sales_row(row) for row in found],
        url=_list("orders_order", f"?business_date_from={today}&business_date_to={today}"),
        empty=_("Nothing has been sold yet today."),
    )
    total = sum(row["number"] for row in found)
    return [Card(_("Orders today"), display.count(total), table.url), table]


def _sales_row(row: Mapping[str, Any]) -> list[Any]:
    name = display.pick(row["location__name"] or row["channel__name"])
    return [name, display.count(row["number"]), display.amount(row["amount"], row["currency"])]


def work(request: HttpRequest) -> list[Card | Table]:
    """What is to be shipped or handed over, and what of it is late."""
    here = _here(request, "orders.view_fulfilment")
    waiting = Fulfilment.objects.filter(here, status__in=TO_DO).count()
    late = Fulfilment.objects.filter(here, status__in=TO_DO, escalated_at__isnull=False).count()
    url = _list("orders_workitem", "?urgency=overdue")
    return [
        Card(_("To hand over or ship"), display.count(waiting), _list("orders_fulfilment", "?work=open")),
        Card(_("Overdue work"), display.count(late), url, bad=late > 0),
    ]


def payments(request: HttpRequest) -> list[Card | Table]:
    """What the acquirer has been asked about for more than a minute."""
    stuck = (
        Payment.objects.filter(_of_orders(request, "orders.view_payment", "order"), STUCK)
        .exclude(PAYABLE_YET)
        .count()
    )
    url = _list("orders_payment", "?outcome=stuck")
    return [Card(_("Payments without outcome"), display.count(stuck), url, bad=stuck > 0)]


def refunds(request: HttpRequest) -> list[Card | Table]:
    stuck = Refund.objects.filter(_of_orders(request, "orders.view_refund", "payment__order"), STUCK).count()
    url = _list("orders_refund", "?outcome=stuck")
    return [Card(_("Refunds without outcome"), display.count(stuck), url, bad=stuck > 0)]


def discrepancies(request: HttpRequest) -> list[Card | Table]:
    here = _here(request, "inventory.view_discrepancy")
    found = Discrepancy.objects.filter(here, status=Discrepancy.Status.OPEN)
    newest = found.select_related("variant", "location").order_by("-pk")[:SHOWN]
    url = _list("inventory_discrepancy", "?status__exact=OPEN")
    number = found.count()
    table = Table(
        title=_("Open discrepancies"),
        headers=[_("kind"), _("variant"), _("location"), _("quantity"), _("opened at")],
        rows=[
            [
                display.link(
                    reverse("admin:inventory_discrepancy_change", args=[one.pk]), one.get_kind_display()
                ),
                str(one.variant),
                str(one.location or display.EMPTY),
                display.count(one.quantity),
                display.moment(one.opened_at),
            ]
            for one in newest
        ],
        url=url,
        empty=_("The books and the shelves agree."),
    )
    return [Card(_("Open discrepancies"), display.count(number), url, bad=number > 0), table]


def till_tasks(request: HttpRequest) -> list[Card | Table]:
    """What tills left for a person: off line, or counted over or short."""
    waiting = TillTask.objects.filter(_here(request, "tills.view_tilltask"), resolved_at=None).count()
    url = _list("tills_tilltask", "?resolved_at__isempty=1")
    return [Card(_("Till tasks"), display.count(waiting), url, bad=waiting > 0)]


def low_stock(request: HttpRequest) -> list[Card | Table]:
    """What has fallen to its reorder point and has not recovered, the latest first."""
    found = LowStock.objects.filter(_here(request, "inventory.view_lowstock"), recovered_at=None)
    url = _list("inventory_lowstock", "?recovered_at__isempty=1")
    table = Table(
        title=_("Low stock"),
        headers=[_("variant"), _("location"), _("available"), _("reorder point"), _("fell at")],
        rows=[
            [
                display.link(reverse("admin:inventory_lowstock_change", args=[one.pk]), str(one.variant)),
                str(one.location),
                display.count(one.available),
                display.count(one.reorder_point),
                display.moment(one.fell_at),
            ]
            for one in found.select_related("variant", "location").order_by("-pk")[:SHOWN]
        ],
        url=url,
        empty=_("Nothing is low."),
        note=_("What was available as it fell; the list says what there is now."),
    )
    return [Card(_("Low stock"), display.count(found.count()), url), table]


def suggestions(request: HttpRequest) -> list[Card | Table]:
    here = _here(request, "inventory.view_suggestion") | _here(request, "inventory.view_suggestion", "origin")
    waiting = Suggestion.objects.filter(here, status=Suggestion.Status.OPEN).count()
    url = _list("inventory_suggestion", "?status__exact=OPEN")
    return [Card(_("Suggestions"), display.count(waiting), url)]


def connections(request: HttpRequest) -> list[Card | Table]:
    """How long each connection takes from a commit to the acknowledgement."""
    health = connectors.list_health()
    dead = sum(one.all_dead for one in health)
    table = Table(
        title=_("Connections"),
        headers=[
            _("connection"),
            _("circuit"),
            _("waiting"),
            _("oldest"),
            _("median lag"),
            _("p99 lag"),
            _("given up"),
        ],
        rows=[_health_row(one) for one in health],
        url=_list("connectors_connection"),
        empty=_("Nothing is connected."),
        note=_("Lags are of the last ten minutes, from commit to acknowledgement."),
    )
    card = Card(
        _("Pushes given up"),
        display.count(dead),
        _list("connectors_connection"),
        bad=dead > 0,
    )
    return [card, table]


def _health_row(one: connectors.Health) -> list[Any]:
    return [
        one.code,
        circuit(
            kind_error=one.kind_error,
            paused=one.paused,
            paused_until=one.paused_until,
            broken=one.open_until is not None,
        ),
        display.count(one.all_waiting),
        display.duration(one.oldest),
        display.duration(one.median_lag),
        display.duration(one.p99_lag),
        display.count(one.all_dead),
    ]


def outbox(request: HttpRequest) -> list[Card | Table]:
    unfinished = Event.objects.filter(finished_at=None).count()
    dead = Failure.objects.filter(dead_at__isnull=False).count()
    return [
        Card(_("Unfinished events"), display.count(unfinished), _list("outbox_event", "?progress=open")),
        Card(
            _("Dead letters"),
            display.count(dead),
            _list("outbox_failure", "?dead_at__isnull=False"),
            bad=dead > 0,
        ),
    ]


Part = Callable[[HttpRequest], list[Card | Table]]
PARTS: tuple[tuple[str, Part], ...] = (
    ("orders.view_order", sales),
    ("orders.view_fulfilment", work),
    ("orders.view_payment", payments),
    ("orders.view_refund", refunds),
    ("inventory.view_discrepancy", discrepancies),
    ("tills.view_tilltask", till_tasks),
    ("inventory.view_suggestion", suggestions),
    ("inventory.view_lowstock", low_stock),
    ("connectors.view_connection", connections),
    ("outbox.view_event", outbox),
)
