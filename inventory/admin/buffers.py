"""What was learned of the books of each place: the buffer, and why."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display as column

from inventory.models import LearnedBuffer
from omni.core.admin import ReadOnlyAdmin, display
from omni.core.admin.search import containing
from omni.core.admin.sheets import Exported, columns
from organisation.admin.scope import AtLocations, LocationFilter


@admin.register(LearnedBuffer)
class LearnedBufferAdmin(Exported, AtLocations, ReadOnlyAdmin):
    """Each class of goods at a location, with what its buffer is made of."""

    resource_classes = (
        columns(
            location="location__code",
            department="department__code",
            speed="speed",
            observed="observed",
            overstated="overstated",
            units="units",
            exposure_days="exposure_days",
            rejected="rejected",
            below_zero="below_zero",
            rate="rate",
            size="size",
            learned_at="learned_at",
        ),
    )
    list_display = (
        "location",
        "department",
        "speed",
        "observed",
        "overstated",
        "units",
        "per_year",
        "weekly",
    )
    list_display_links = ("location", "department")
    list_select_related = ("location", "department")
    list_filter = (("location", LocationFilter), ("speed", ChoicesDropdownFilter))
    ordering = ("location__code", "department__code", "speed")
    hidden = ("own_rate", "mean_rate", "weight", "rate", "size", "thresholds")
    readonly_fields = ("why", "steps")
    finders = (containing("location__code", "location__name", "department__code", "department__name"),)
    search_help_text = _("Location or department")

    @column(description=_("losses a year"))
    def per_year(self, row: LearnedBuffer) -> str:
        return f"{row.rate * 365:.2f}"

    @column(description=_("buffer a week and a quarter after the count"))
    def weekly(self, row: LearnedBuffer) -> str:
        return " / ".join(str(sum(limit < days for limit in row.thresholds)) for days in (7, 91))

    @column(description=_("reasons"))
    def why(self, row: LearnedBuffer) -> str:
        return gettext(
            "In %(overstated)s of %(observed)s observations over %(days)s days the books said too much, "
            "%(units)s units in all. That is %(own)s losses a year; of all locations it is %(mean)s. The own "
            "rate counts for %(weight)s%%: %(rate)s a year, of %(size)s units each."
        ) % {
            "overstated": row.overstated,
            "observed": row.observed,
            "days": row.exposure_days,
            "units": row.units,
            "own": f"{row.own_rate * 365:.2f}",
            "mean": f"{row.mean_rate * 365:.2f}",
            "weight": round(row.weight * 100),
            "rate": f"{row.rate * 365:.2f}",
            "size": f"{row.size:.1f}",
        }

    @column(description=_("buffer by days since the last count"))
    def steps(self, row: LearnedBuffer) -> str:
        """Each buffer with the last day on which it is enough."""
        return display.table(
            [_("buffer"), _("enough up to days")],
            [[display.count(units), display.count(days)] for units, days in enumerate(row.thresholds)],
        )
