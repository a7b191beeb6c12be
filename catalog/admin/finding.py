"""Finding articles by SKU, by any of their codes, or by words of their names in any spelling."""

from django.db.models import Q

from catalog import search
from catalog.models import Product, Variant
from catalog.selectors import normalise_code
from omni.core.admin.search import Finder

MOST = 500


def products_like(term: str) -> Q:
    """A condition on products: every word of the term stands in the product's search text."""
    terms = search.parse(term)
    if not terms.patterns:
        return Q(pk__in=[])
    found = Q(search_bigrams__contains=terms.grams)
    for pattern in terms.patterns:
        found &= Q(search_text__contains=pattern.strip("%").replace("\\", ""))
    return found


def variant_ids(term: str) -> list[int]:
    """The variants that a term names: by SKU or code first, else by its product's text."""
    code = normalise_code(term)
    named = Variant.objects.filter(Q(sku__iexact=code) | Q(codes__value=code)).values_list("pk", flat=True)
    if ids := list(named.distinct()):
        return ids
    products = Product.objects.filter(products_like(term)).values_list("pk", flat=True)[:MOST]
    like = Q(product__in=list(products)) | Q(sku__istartswith=code)
    return list(Variant.objects.filter(like).values_list("pk", flat=True)[:MOST])


def variants(path: str) -> Finder:
    """Rows whose `path` is an article that the term names; resolved first, so that indexes serve."""
    return lambda term: Q(**{f"{path}__in": variant_ids(term)})
