"""A decision in words, for the people who ask why this shop and not that one. It reads names, no facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Variant
from omni.core.admin import display
from orders.routing.explaining import Loser, explain
from orders.routing.problem import ABOVE_LIMIT, COMPONENTS, POINT, Candidate, Cost, fixed_cost
from orders.routing.tracing import Trace
from organisation.models import Location

LABELS = {
    "distance": gettext_lazy("distance"),
    "split": gettext_lazy("further parcel"),
    "workload": gettext_lazy("workload"),
    "health": gettext_lazy("stock health"),
    "cutoff": gettext_lazy("waiting time"),
    "priority": gettext_lazy("place in the list"),
}
WHY = {
    "distance": gettext_lazy("it is farther away"),
    "split": gettext_lazy("it takes more parcels"),
    "workload": gettext_lazy("it has more work waiting"),
    "health": gettext_lazy("its shelf would be left emptier"),
    "cutoff": gettext_lazy("the goods would leave later"),
    "priority": gettext_lazy("it is further down the channel's list"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Tables of a decision: who sends what and at which cost, and why nobody else does."""

    chosen: Any
    others: Any
    notes: tuple[str, ...]


def tell(trace: Trace) -> Told:
    """Two statements, for the names of articles and locations."""
    variants = {one.variant_id for one in trace.wanted}
    skus = dict(Variant.objects.filter(pk__in=variants).values_list("pk", "sku"))
    names = {
        row.pk: str(row) for row in Location.objects.filter(pk__in=[c.id for c in trace.problem.candidates])
    }
    return Told(_chosen(trace, names, skus), _others(trace, names), tuple(_notes(trace)))


def _chosen(trace: Trace, names: Mapping[int, str], skus: Mapping[int, str]) -> Any:
    known = {one.id: one for one in trace.problem.candidates}
    rows = []
    for location_id, units in trace.solution.split:
        sends = "、".join(
            f"{skus.get(want.variant_id, want.variant_id)} × {taken}"
            for want, taken in zip(trace.wanted, units, strict=True)
            if taken
        )
        cost = fixed_cost(known[location_id], trace.problem.weights)
        rows.append(
            [names.get(location_id, location_id), sends, *_facts(known[location_id]), _components(cost)]
        )
    headers = [_("location"), _("sends"), *_fact_headers(), _("points of its own")]
    return display.table(headers, rows)


def _others(trace: Trace, names: Mapping[int, str]) -> Any:
    known = {one.id: one for one in trace.problem.candidates}
    losers = explain(trace.problem, trace.solution).losers
    rows = [
        [
            names.get(one.location_id, one.location_id),
            *_facts(known[one.location_id]),
            _more(one),
            why_not(one),
        ]
        for one in losers
    ]
    return display.table([_("location"), *_fact_headers(), _("points more"), _("why not")], rows)


def _fact_headers() -> list[str]:
    return [_("distance"), _("of a day's work"), _("leaves in")]


def _facts(one: Candidate) -> list[str]:
    kilometres = formats.number_format(round(one.distance / 1000, 1))
    hours = formats.number_format(round(one.wait / 60, 1))
    return [f"{kilometres} km", f"{one.workload}%", _("%(hours)s h") % {"hours": hours}]


def points(thousandths: int) -> str:
    """As many as count; the limit of parcels is no number of points."""
    value = round(thousandths % ABOVE_LIMIT / POINT, 1)
    return formats.number_format(value, 0 if value == int(value) else 1, force_grouping=True)


def _more(loser: Loser) -> str:
    return display.EMPTY if loser.more is None else f"+{points(loser.more.total)}"


def _components(cost: Cost) -> str:
    parts = [(name, getattr(cost, name)) for name in COMPONENTS]
    return "、".join(f"{LABELS[name]} {points(value)}" for name, value in parts if value) or display.EMPTY


def why_not(loser: Loser) -> str:
    """What speaks against it, the most weighty first; and what of that its own merits could not make up for."""
    if loser.more is None:
        return _("It has none of it.")
    against = sorted(
        ((getattr(loser.more, name), name) for name in COMPONENTS if getattr(loser.more, name) > 0),
        reverse=True,
    )
    reasons = [f"{WHY[name]} (+{points(value)})" for value, name in against]
    if not loser.covers_all:
        parcels = ngettext("with it, %(n)s parcel", "with it, %(n)s parcels", loser.parcels)
        reasons.insert(0, _("it has only a part") + ": " + parcels % {"n": loser.parcels})
    if not against:
        reasons.append(_("no worse: the cheaper parcel, then the list, then the older location decided"))
    return "、".join(reasons)


def _notes(trace: Trace) -> list[str]:
    cost, weights = trace.solution.cost, trace.problem.weights
    notes = [
        _("All together: %(points)s points (%(parts)s).")
        % {"points": points(cost.total), "parts": _components(cost)}
    ]
    if trace.digits is None:
        notes.append(_("Where the buyer lives is not known: distance counted for nobody."))
    elif trace.digits < 7:
        notes.append(
            _("The buyer's place is a guess by %(digits)s digits of the postal code.")
            % {"digits": trace.digits}
        )
    if not trace.solution.exact:
        notes.append(_("The order is large: it is the best way that was found in bounded time."))
    if weights.max_parcels and len(trace.solution.split) > weights.max_parcels:
        notes.append(_("It could not be sent in %(most)s parcels.") % {"most": weights.max_parcels})
    if trace.left_out:
        notes.append(
            _("%(count)s further locations were looked at, and are not kept.") % {"count": trace.left_out}
        )
    notes.append(_("Who is not listed gave the channel nothing of it at that moment."))
    return notes
