"""What catalogue lists may be narrowed by."""

from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet

from catalog.models import Category


class CategoryFilter(FilterSet):
    within = CharFilter(method="filter_within", label="A category's code: it, and all below it.")

    class Meta:
        model = Category
        fields: tuple[str, ...] = ()

    def filter_within(self, queryset: QuerySet[Category], name: str, value: str) -> QuerySet[Category]:
        top = queryset.filter(code=value).values_list("path", flat=True).first()
        return Category.objects.within(top) if top else queryset.none()
