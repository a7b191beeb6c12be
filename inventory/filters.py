"""What lists of stock are narrowed by."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from inventory.models import PurchaseOrder, StockLevel, Transfer
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


class TransferFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Transfer.Status.choices, help_text="Open ones unless given.")
    origin = filters.CharFilter(field_name="origin__code")
    destination = filters.CharFilter(field_name="destination__code")

    class Meta:
        model = Transfer
        fields = ("status", "origin", "destination")

    def filter_queryset(self, queryset: QuerySet[Transfer]) -> QuerySet[Transfer]:
        found: QuerySet[Transfer] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["status"] else found.filter(status__in=Transfer.OPEN)


class PurchaseOrderFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=PurchaseOrder.Status.choices, help_text="Open ones unless given.")
    location = filters.CharFilter(field_name="destination__code")
    supplier = filters.CharFilter(field_name="supplier__code")

    class Meta:
        model = PurchaseOrder
        fields = ("status", "location", "supplier")

    def filter_queryset(self, queryset: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
        found: QuerySet[PurchaseOrder] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["status"] else found.filter(status__in=PurchaseOrder.OPEN)
