"""Finding persons quickly, however many there are: by an identity, or by how their name begins."""

from django.db.models.functions import Concat

from customers import normalisation
from customers.models import Customer, Identity
from omni.core.functions import Folded
from omni.core.text import close_up

FOLDED = {
    "name": Folded(Concat("family_name", "given_name")),
    "kana": Folded(Concat("family_name_kana", "given_name_kana")),
}


def persons_known_as(code: str, *, most: int) -> list[int]:
    """Persons by member number, phone or e-mail in any spelling, verified or not; one probe of an index."""
    values = {value for _kind, value in normalisation.spellings(code)} | {code}
    held = Identity.objects.filter(value__in=values)
    return list(held.values_list("customer__person_id", flat=True).distinct()[:most])


def persons_named(name: str, *, most: int) -> list[int]:
    """Persons whose name, or its kana, begins so: family name first, spaces or none, in any width and kana."""
    start = close_up(name)
    if not start:
        return []
    found: dict[int, None] = {}
    for alias, folded in FOLDED.items():
        rows = Customer.objects.annotate(**{alias: folded}).filter(**{f"{alias}__startswith": start})
        found |= dict.fromkeys(rows.values_list("person_id", flat=True)[:most])
    return list(found)


def records_of(person_ids: list[int]) -> list[int]:
    """Every record of these persons, merged ones too."""
    return list(Customer.objects.filter(person__in=person_ids).values_list("pk", flat=True))
