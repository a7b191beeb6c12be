"""Keeping products findable."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from catalog import search
from catalog.selectors import list_product_texts
from omni.core import sql

BATCH = 500

# Grams travel as one string: they hold no space, and ragged lists can't be unnested.
INDEX = """
UPDATE catalog_product AS product
SET search_text = given.text, search_bigrams = string_to_array(given.grams, ' ')::varchar(2)[]
FROM unnest(%(ids)s::bigint[], %(texts)s::text[], %(grams)s::text[]) AS given (id, text, grams)
WHERE product.id = given.id AND product.search_text <> given.text
"""


def index_products(*, product_ids: Iterable[int] | None = None) -> int:
    """
    Bring the search texts of these products (of all, by default) up to date; answer how many.

    To be called whenever what they are made of changes: names, kana, brand, category, codes.
    Two statements for each 500 products.
    """
    texts = list_product_texts(product_ids=product_ids)
    return sum(_index(batch) for batch in _batched(texts, BATCH))


def _index(batch: Sequence[tuple[int, list[str]]]) -> int:
    texts = [search.index_text(fields) for _, fields in batch]
    sql.fetch_all(
        INDEX,
        {
            "ids": [product_id for product_id, _ in batch],
            "texts": texts,
            "grams": [" ".join(search.index_grams(text)) for text in texts],
        },
    )
    return len(batch)


def _batched(rows: Iterator[tuple[int, list[str]]], size: int) -> Iterator[list[tuple[int, list[str]]]]:
    while batch := list(islice(rows, size)):
        yield batch
