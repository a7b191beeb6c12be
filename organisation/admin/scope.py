"""Which rows staff see: those of the locations that their roles give them."""

from typing import Any, ClassVar

from django.contrib.auth import get_permission_codename
from django.db.models import Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from omni.core.admin.search import anyone
from organisation import roles
from organisation.models import Location


class AtLocations:
    """
    For models whose rows belong to locations: others' rows are not there (404), whatever the URL.

    What is seen, what is changed and what is done each have a reach of their own: who sees every
    shop's rows and may change those of one is refused at the others (403).

    `at` are the paths from a row to its location; `acts_at` is the one where it is changed and where
    actions happen.
    """

    at: ClassVar[tuple[str, ...]] = ("location",)
    acts_at: ClassVar[str] = "location_id"

    def at_locations(self, locations: frozenset[int]) -> Q:
        return anyone(Q(**{f"{path}__in": locations}) for path in self.at)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)  # type: ignore[misc]
        permission = f"{self.opts.app_label}.{get_permission_codename('view', self.opts)}"  # type: ignore[attr-defined]
        return self.choices_of(rows, request, permission)

    def choices_of(self, rows: QuerySet, request: HttpRequest, permission: str) -> QuerySet:
        locations = roles.reach(request.user, permission)
        return rows if locations is None else rows.filter(self.at_locations(locations))

    def allows(self, request: HttpRequest, permission: str, obj: Any) -> bool:
        if not request.user.has_perm(permission):
            return False
        locations = roles.reach(request.user, permission)
        return locations is None or obj is None or self.acts_within(obj, locations)

    def acts_within(self, row: Any, locations: frozenset[int]) -> bool:
        return getattr(row, self.acts_at) in locations


class LocationFilter(RelatedDropdownFilter):
    """A filter by location that names only those which the user sees rows of."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        locations = roles.reach(request.user, model_admin.permission("view"))
        limit = {} if locations is None else {"pk__in": locations}
        ordering = self.field_admin_ordering(field, request, model_admin)
        found: list[tuple[Any, str]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to=limit
        )
        return found


def locations_for(request: HttpRequest, permission: str) -> QuerySet[Location]:
    """The open locations where the user may do this."""
    found = Location.objects.filter(active=True).order_by("code")
    locations = roles.reach(request.user, permission)
    return found if locations is None else found.filter(pk__in=locations)


def location_field(label: Any, **options: Any) -> ModelChoiceField:
    """A choice of location; its queryset is set by `locations_for` where roles narrow it."""
    return ModelChoiceField(
        Location.objects.filter(active=True).order_by("code"),
        label=label,
        empty_label=_("Choose"),
        widget=UnfoldAdminSelectWidget,
        **options,
    )
