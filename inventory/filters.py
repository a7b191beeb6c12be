"""What lists of stock are narrowed by."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from inventory.models import LotStock, PurchaseOrder, StockLevel, Transfer
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


class LotStockFilter(filters.FilterSet):
    location = filters.CharFilter(field_name="location__code")
    sku = filters.CharFilter(field_name="variant__sku")
    lot = filters.CharFilter(field_name="lot__number")
    expires_until = filters.DateFilter(
        field_name="lot__expires_on",
        lookup_expr="lte",
        help_text="Those whose last good day is this or before.",
    )
    blocked = filters.BooleanFilter(field_name="blocked")

    class Meta:
        model = LotStock
        fields = ("location", "sku", "lot")


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
