"""What documents say of cost and owner. Written in the transaction that posts the document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from inventory.models import MovementOrigin, Owner, ReceiptCost, StockDocument, SupplyTerm
from omni.core import db


@dataclass(frozen=True, slots=True)
class Cost:
    """What a unit costs, without tax, and whose it is: our own where no owner is named."""

    unit_cost: Decimal
    owner_id: int | None = None


def record_costs(*, document_id: int, costs: Mapping[int, Cost]) -> None:
    """
    Say what a document's units cost, by variant. A building block, called once a document, right
    after `post_movements` or `post_documents` answered its id.
    """
    db.require_transaction()
    if not costs:
        return
    own_id = own().pk
    ReceiptCost.objects.bulk_create(
        ReceiptCost(
            document_id=document_id,
            variant_id=variant_id,
            owner_id=cost.owner_id or own_id,
            unit_cost=cost.unit_cost,
        )
        for variant_id, cost in costs.items()
    )


def owners_supplied_by(
    *, supplier: str, company_id: int, variant_ids: Sequence[int], on: date
) -> dict[int, int]:
    """
    Whose goods `supplier` (its code) brings, by variant, where they stay the supplier's by the term of
    that day. Another supplier's term says nothing of them.
    """
    terms = SupplyTerm.objects.filter(
        company_id=company_id, variant_id__in=variant_ids, valid_from__lte=on
    ).select_related("owner")
    newest = {term.variant_id: term.owner for term in terms.order_by("valid_from")}
    return {variant_id: owner.pk for variant_id, owner in newest.items() if owner.supplier == supplier}


def name_origins(*, document_id: int, origins: Iterable[tuple[int, int]]) -> None:
    """
    Say by which documents units once left that came in by this one: (variant, document) pairs.

    A building block, as `record_costs`. What comes in then is worth what it left at.
    """
    db.require_transaction()
    MovementOrigin.objects.bulk_create(
        MovementOrigin(document_id=document_id, variant_id=variant_id, origin_id=origin_id)
        for variant_id, origin_id in origins
    )


def list_documents(refs: Iterable[tuple[str, str]]) -> list[int]:
    """The ids of those of the documents, by kind and number, that moved stock; the oldest first."""
    wanted = StockDocument.objects.none()
    for kind, numbers in _by_kind(refs).items():
        wanted |= StockDocument.objects.filter(kind=kind, number__in=numbers)
    return list(wanted.order_by("pk").values_list("pk", flat=True))


def _by_kind(refs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    numbers: dict[str, list[str]] = {}
    for kind, number in refs:
        numbers.setdefault(kind, []).append(number)
    return numbers


def own() -> Owner:
    """The owner that the company itself is."""
    return owner(ownership="OWN", supplier="")


def owner(*, ownership: str, supplier: str) -> Owner:
    """The owner of that kind and supplier's code, made where there is none."""
    return Owner.objects.get_or_create(ownership=ownership, supplier=supplier)[0]
