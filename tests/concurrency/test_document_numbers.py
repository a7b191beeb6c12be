"""Documents issued at once get numbers one after the other, without a gap and without a double."""

from functools import partial

import pytest
from django.db import IntegrityError

from orders.documents.issued import IssuedDocuments, list_gaps
from orders.models import Document, DocumentSeries, Order
from orders.models.documents import DocumentSeriesQuerySet
from tests.concurrency.racing import all_at_once
from tests.orders.test_documents import invoice, rated, sell
from tests.orders.tills import Till

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def orders_of(till: Till) -> list[Order]:
    lines = rated(till)
    return [sell(till, *lines) for _ in range(AT_ONCE)]


def test_numbers_have_no_gap_and_no_double() -> None:
    sold = orders_of(Till.build())

    outcomes = all_at_once([partial(invoice, order) for order in sold])

    assert all(isinstance(one, IssuedDocuments) for one in outcomes), outcomes
    assert sorted(Document.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4]
    assert DocumentSeries.objects.get().last_sequence == AT_ONCE
    assert list_gaps() == []


def test_control_without_the_lock_two_take_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    sold = orders_of(Till.build())
    invoice(sold[0])
    series = DocumentSeries.objects.get()

    def read_before(self: DocumentSeriesQuerySet, ids: object) -> list[DocumentSeries]:
        """As it was when both looked."""
        return [DocumentSeries(pk=series.pk, company=series.company, kind=series.kind, last_sequence=1)]

    monkeypatch.setattr(DocumentSeriesQuerySet, "for_update_by_ids", read_before)
    invoice(sold[1])

    with pytest.raises(IntegrityError, match="number"):
        invoice(sold[2])
