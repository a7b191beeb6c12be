"""Codes: which are well-formed, whose they are, and what they stand for."""

import pytest

from catalog import selectors, services
from catalog.errors import CodeTaken, InvalidCode, UnknownSku
from catalog.models import VariantCode
from omni.core.actor import SYSTEM
from tests import factories


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("JAN", "4901777018884", "4901777018884"),
        ("JAN", "４９０１７７７０１８８８４", "4901777018884"),
        ("JAN", " 49968712 ", "49968712"),
        ("GTIN", "036000291452", "036000291452"),
        ("ITF14", "14901777018881", "14901777018881"),
        ("IN_STORE", "2000000000015", "2000000000015"),
        ("IN_STORE", "0212345678909", "0212345678909"),
        ("SUPPLIER", "ｱ-12/Ｂ", "ア-12/B"),
    ],
)
def test_a_good_code_is_kept_in_half_width(kind: str, value: str, normal: str) -> None:
    assert services.check_code(kind, value) == normal


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("JAN", "4901777018887", "check-digit"),
        ("JAN", "490177701888", "length"),
        ("JAN", "14901777018881", "length"),
        ("JAN", "490177701888X", "digits"),
        ("JAN", "", "digits"),
        ("GTIN", "036000291453", "check-digit"),
        ("ITF14", "4901777018884", "length"),
        ("IN_STORE", "4901777018884", "prefix"),
        ("IN_STORE", "2000000000014", "check-digit"),
        ("SUPPLIER", "a\x00b", "characters"),
        ("SUPPLIER", "", "characters"),
    ],
)
def test_a_bad_code_is_refused_naming_the_field_and_the_rule(kind: str, value: str, rule: str) -> None:
    with pytest.raises(InvalidCode) as refusal:
        services.check_code(kind, value)

    assert refusal.value.data() == {"field": "value", "rule": rule, "kind": kind, "value": value}


def test_generated_codes_stand_in_one_prefix_with_their_check_digit() -> None:
    assert services.in_store_code("21", 1) == "2100000000012"
    assert services.in_store_code("21", 300) == "2100000003006"


@pytest.mark.parametrize("sku", ["", "a b", "a/b", "a?b", "x" * 65, "a\x00"])
def test_a_sku_that_cannot_stand_in_a_url_is_refused(sku: str) -> None:
    with pytest.raises(InvalidCode) as refusal:
        services.checked_sku(sku)

    assert (refusal.value.field, refusal.value.rule) == ("sku", "characters")


@pytest.mark.django_db
def test_a_code_added_is_found_by_till_and_search() -> None:
    variant = factories.variant(sku="TEA-1")

    services.add_code(variant_id=variant.pk, kind="ITF14", value="１4901777018881", quantity=24, actor=SYSTEM)

    assert selectors.resolve_codes(codes=["14901777018881"]) == {"14901777018881": (variant.pk, 24)}
    variant.product.refresh_from_db()
    assert "14901777018881" in variant.product.search_text


@pytest.mark.django_db
def test_a_code_names_one_variant_only() -> None:
    first, second = factories.variant(sku="A-1"), factories.variant(sku="A-2")
    services.add_code(variant_id=first.pk, kind="JAN", value="4901777018884", actor=SYSTEM)

    with pytest.raises(CodeTaken) as refusal:
        services.add_code(variant_id=second.pk, kind="JAN", value="4901777018884", actor=SYSTEM)

    assert refusal.value.data() == {"value": "4901777018884", "sku": "A-1"}
    assert VariantCode.objects.get().variant_id == first.pk


@pytest.mark.django_db
def test_adding_a_code_again_changes_its_quantity_and_removing_it_twice_is_fine() -> None:
    variant = factories.variant()
    added = services.add_code(variant_id=variant.pk, kind="GTIN", value="14901777018881", actor=SYSTEM)

    services.add_code(variant_id=variant.pk, kind="ITF14", value="14901777018881", quantity=6, actor=SYSTEM)

    assert list(VariantCode.objects.values_list("pk", "kind", "quantity")) == [(added.pk, "ITF14", 6)]
    services.remove_code(code_id=added.pk, actor=SYSTEM)
    services.remove_code(code_id=added.pk, actor=SYSTEM)
    assert not VariantCode.objects.exists()


@pytest.mark.django_db
def test_codes_and_skus_resolve_by_what_was_given_in_one_statement(django_assert_num_queries: object) -> None:
    variant = factories.variant(sku="2100000000012")
    other = factories.variant(sku="B-1")
    factories.code(other, "2100000000012")
    factories.code(other, "4901777018884", quantity=1)

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = selectors.resolve_codes(codes=["2100000000012", "４901777018884", "nothing"])

    assert found == {"2100000000012": (variant.pk, 1), "４901777018884": (other.pk, 1)}


@pytest.mark.django_db
def test_skus_resolve_and_the_unknown_are_named() -> None:
    variant = factories.variant(sku="B-1")

    assert selectors.find_variants(skus=["B-1", "Ｂ-1", "b-1"]) == {"B-1": variant.pk, "Ｂ-1": variant.pk}
    with pytest.raises(UnknownSku) as refusal:
        selectors.get_variants(skus=["B-1", "Z", "Y"])
    assert refusal.value.data() == {"skus": ["Y", "Z"]}
