"""What lists of stock are narrowed by."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from inventory.models import StockLevel
from organisation.models import Location


class LocationFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Location.Kind.choices)
    capability = filters.ChoiceFilter(choices=Location.Capability.choices, method="with_capability")
    company = filters.CharFilter(field_name="company__code")

    class Meta:
        model = Location
        fields = ("kind", "capability", "company")

    def with_capability(self, locations: QuerySet[Location], name: str, value: str) -> QuerySet[Location]:
        return locations.filter(capabilities__contains=[value])


class StockLevelFilter(filters.FilterSet):
    location = filters.CharFilter(field_name="location__code")
    sku = filters.CharFilter(field_name="variant__sku")

    class Meta:
        model = StockLevel
        fields = ("location", "sku")
