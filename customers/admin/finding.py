"""Finding persons: by any of their identities however spelt, or by words of their names."""

from django.db.models import Q

from customers import normalisation
from customers.models import Customer, Identity
from omni.core.admin.search import Finder, containing

MOST = 500
NAMES = ("family_name", "given_name", "family_name_kana", "given_name_kana")
by_name = containing(*NAMES)


def person_ids(term: str) -> list[int]:
    """
    The persons that a term names: by identity, as one probe of an index, else by name.

    A record that was merged is found too, and leads to its person.
    """
    values = {value for _kind, value in normalisation.spellings(term)} | {term.strip()}
    held = Identity.objects.filter(value__in=values).values_list("customer__person_id", flat=True)
    if ids := list(held.distinct()[:MOST]):
        return ids
    named = Customer.objects.filter(by_name(term)).values_list("person_id", flat=True)
    return list(named.distinct()[:MOST])


def persons(path: str) -> Finder:
    """Rows whose `path` is a person that the term names."""
    return lambda term: Q(**{f"{path}__in": person_ids(term)})
