"""Codes: which are well-formed, and whose they are."""

import re

import pghistory
from stdnum import ean, exceptions

from catalog.errors import CodeTaken, InvalidCode
from catalog.models import VariantCode
from catalog.selectors import find_code_owner, normalise_code
from catalog.services.indexing import index_products
from omni.core import db
from omni.core.actor import Actor
from omni.core.limits import require_units

# GS1 General Specifications, section 2: digits by kind of code, check digit included. A JAN is a
# GTIN-8 or GTIN-13; an ITF-14 is a GTIN-14, printed on a case.
LENGTHS = {
    VariantCode.Kind.JAN: (8, 13),
    VariantCode.Kind.GTIN: (8, 12, 13, 14),
    VariantCode.Kind.ITF14: (14,),
    VariantCode.Kind.IN_STORE: (8, 13),
}
# Prefixes that GS1 leaves to shops (GS1 General Specifications, section 1.4).
IN_STORE_PREFIX = re.compile(r"0?2\d")
SKU = re.compile(r"[^\s/\\?#%\x00-\x1f\x7f]{1,64}")
SUPPLIER = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


def check_code(kind: str, value: str) -> str:
    """
    Normalise a code (half width, no space around it) and see that it keeps its kind's rules.

    Raises:
        InvalidCode: `rule` is `digits`, `length`, `prefix`, `check-digit`, or `characters`.
    """
    value = normalise_code(value)
    if kind == VariantCode.Kind.SUPPLIER:
        return _must(SUPPLIER.fullmatch(value) is not None, "characters", kind, value)
    _must(value.isascii() and value.isdigit(), "digits", kind, value)
    _must(len(value) in LENGTHS[VariantCode.Kind(kind)], "length", kind, value)
    if kind == VariantCode.Kind.IN_STORE:
        _must(IN_STORE_PREFIX.match(value) is not None, "prefix", kind, value)
    try:
        return ean.validate(value)
    except exceptions.InvalidChecksum as error:
        raise InvalidCode(field="value", rule="check-digit", kind=kind, value=value) from error


def _must(holds: bool, rule: str, kind: str, value: str) -> str:
    if not holds:
        raise InvalidCode(field="value", rule=rule, kind=kind, value=value)
    return value


def checked_sku(sku: str) -> str:
    """
    Normalise a sku and see that it can stand in a URL.

    Raises:
        InvalidCode: the rule is `characters`.
    """
    sku = normalise_code(sku)
    if not SKU.fullmatch(sku):
        raise InvalidCode(field="sku", rule="characters", value=sku)
    return sku


def in_store_code(prefix: str, number: int) -> str:
    """The 13-digit code of `number` within one prefix of the in-store range, with its check digit."""
    body = f"{prefix}{number:0{12 - len(prefix)}d}"
    return check_code(VariantCode.Kind.IN_STORE, body + ean.calc_check_digit(body))


def add_code(*, variant_id: int, kind: str, value: str, quantity: int = 1, actor: Actor) -> VariantCode:
    """
    Give a variant one more code. Reading it stands for `quantity` stock units.

    Adding a code that the variant already has changes its kind and quantity.

    Raises:
        InvalidCode: the code breaks the rules of its kind, or `quantity` is not positive.
        InvalidField: `quantity` is more than can be counted.
        CodeTaken: it names another variant.
    """
    value = check_code(kind, value)
    if quantity < 1:
        raise InvalidCode(field="quantity", rule="positive", value=quantity)
    require_units(quantity, field="quantity")
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        code, _ = VariantCode.objects.get_or_create(
            value=value, defaults={"variant_id": variant_id, "kind": kind, "quantity": quantity}
        )
        if code.variant_id != variant_id:
            raise CodeTaken(value=value, sku=find_code_owner(value))
        if (code.kind, code.quantity) != (kind, quantity):
            code.kind, code.quantity = kind, quantity
            code.save(update_fields=["kind", "quantity"])
        index_products(product_ids=[code.variant.product_id])
        return code


def remove_code(*, code_id: int, actor: Actor) -> None:
    """Take a code from its variant; removing it again changes nothing."""
    db.require_transaction()
    with pghistory.context(actor=str(actor)):
        code = VariantCode.objects.select_related("variant").filter(pk=code_id).first()
        if code is not None:
            code.delete()
            index_products(product_ids=[code.variant.product_id])
