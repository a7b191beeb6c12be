"""Japanese is found however it is typed, by fragments too, and by an index however much there is."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from catalog import search, services
from catalog.models import Brand, Product
from tests import factories


def find(query: str) -> list[str]:
    terms = search.parse(query)
    matching: Any = Product.objects.filter(search_bigrams__contains=terms.grams)
    for pattern in terms.patterns:
        matching = matching.extra(where=["search_text LIKE %s"], params=[pattern])
    return sorted(matching.values_list("code", flat=True))


@pytest.fixture
def goods() -> None:
    brand = Brand.objects.create(code="sato", name={"ja": "里の実", "en": "Satonomi"})
    drinks = factories.category(code="drinks", path="drinks", name={"ja": "飲料", "en": "Drinks"})
    tea = factories.category(code="tea", path="drinks/tea", parent=drinks, name={"ja": "お茶", "en": "Tea"})
    rows = [
        ("green", {"ja": "深蒸し 緑茶", "en": "Deep-steamed green tea"}, "ふかむしりょくちゃ", tea),
        ("black", {"ja": "アールグレイ紅茶", "en": "Earl Grey"}, "あーるぐれいこうちゃ", tea),
        ("coffee", {"ja": "ｺｰﾋｰ豆 200ｇ", "en": "Coffee beans"}, "こーひーまめ", drinks),
        ("shirt", {"ja": "白いＴシャツ", "en": "White T-shirt 100%_cotton"}, "しろいてぃーしゃつ", None),
    ]
    for code, name, kana, category in rows:
        product = factories.product(code=code, name=name, kana=kana, brand=brand, category=category)
        variant = factories.variant(product=product, sku=f"SKU-{code.upper()}", name={"ja": "徳用"})
        if code == "green":
            factories.code(variant, "2100000000012")
    services.index_products()


@pytest.mark.django_db
@pytest.mark.usefixtures("goods")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("緑茶", ["green"]),
        ("茶", ["black", "green"]),
        ("りょく", ["green"]),
        ("リョク", ["green"]),
        ("ﾘｮｸﾁｬ", ["green"]),
        ("深蒸し緑茶", ["green"]),
        ("深蒸し　緑茶", ["green"]),
        ("深・蒸し", ["green"]),
        ("こーひー", ["coffee"]),
        ("コーヒー", ["coffee"]),
        ("ｺｰﾋｰ", ["coffee"]),
        ("豆200g", ["coffee"]),
        ("２００ｇ", ["coffee"]),
        ("tシャツ", ["shirt"]),
        ("ティーシャツ", ["shirt"]),
        ("EARL", ["black"]),
        ("飲料", ["black", "coffee", "green"]),
        ("里の実 紅茶", ["black"]),
        ("紅茶 里の実", ["black"]),
        ("紅茶 緑茶", []),
        ("2100000000012", ["green"]),
        ("sku-coffee", ["coffee"]),
        ("徳用", ["black", "coffee", "green", "shirt"]),
        ("100%_", ["shirt"]),
        ("%", ["shirt"]),
        ("_", ["shirt"]),
        ("茶緑", []),
        ("抹茶", []),
        ("", ["black", "coffee", "green", "shirt"]),
    ],
)
def test_what_is_typed_finds_what_is_meant(query: str, found: list[str]) -> None:
    assert find(query) == found


@pytest.mark.django_db
def test_bigrams_that_are_there_but_apart_do_not_match() -> None:
    factories.product(code="apart", name={"ja": "赤茶碗と茶碗蒸し"})
    services.index_products()

    assert search.parse("赤茶碗蒸し").grams == ["碗蒸", "茶碗", "蒸し", "赤茶"]
    assert find("赤茶碗蒸し") == []
    assert find("茶碗蒸し") == ["apart"]


@pytest.mark.django_db
@pytest.mark.usefixtures("goods")
def test_indexing_follows_what_products_are_made_of() -> None:
    Brand.objects.update(name={"ja": "山の幸"})

    services.index_products()

    assert find("里の実") == []
    assert find("山の幸") == ["black", "coffee", "green", "shirt"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_indexing_takes_as_many_statements_whatever_the_number(
    count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.variant()

    # Categories, products, variants, codes; the update.
    with django_assert_num_queries(5):
        assert services.index_products() == count


FILL = """
INSERT INTO catalog_product (code, brand_id, name, kana, description, created_at, search_text, search_bigrams)
SELECT 'p' || n, %(brand)s, '{}', '', '{}', now(), text,
       ARRAY(SELECT DISTINCT substr(text, i, w) FROM generate_series(1, length(text)) AS i,
             generate_series(1, 2) AS w WHERE length(substr(text, i, w)) = w)
FROM (SELECT n, chr(19968 + n % 800) || chr(20768 + (n / 800) %% 900) || chr(19968 + (n * 7) % 800)
      FROM generate_series(1, 120000) AS n) AS row (n, text)
"""


@pytest.mark.django_db
def test_two_characters_are_found_by_the_index_among_many(django_assert_num_queries: Any) -> None:
    brand = factories.product().brand
    with connection.cursor() as cursor:
        cursor.execute(FILL.replace(" % ", " %% "), {"brand": brand.pk})
        cursor.execute("ANALYZE catalog_product")
        terms = search.parse(chr(19968 + 5) + chr(20768 + 10))
        sought = (
            "SELECT code FROM catalog_product"
            " WHERE search_bigrams @> %s::varchar[] AND search_text LIKE ALL(%s::text[])"
        )
        cursor.execute(f"EXPLAIN {sought}", [terms.grams, terms.patterns])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(sought, [terms.grams, terms.patterns])
        found = cursor.fetchall()

    assert "Bitmap Index Scan on product_search_bigrams" in plan
    assert "Seq Scan" not in plan
    assert found == [("p8005",)]


@pytest.mark.django_db
def test_the_command_indexes_everything_anew() -> None:
    factories.product(code="tea", name={"ja": "緑茶"})
    out = StringIO()

    call_command("index_products", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {"indexed": 1}
    assert find("緑茶") == ["tea"]
