"""What orders are called: on line by a sequence, at a till by the shop and the receipt."""

import re

from stdnum import luhn

from omni.core.errors import InvalidField

# Codes of locations and receipts hold none, so that a number has one reading: `a-1.2` is receipt
# 2 of shop a-1, `a.1-2` receipt 1-2 of shop a.
SEPARATOR = "."
# What sales were numbered with before.
FORMER_SEPARATOR = "-"
# An order number of ours, right or wrong.
OWN = "[0-9]{8,19}"
WORD = "[A-Za-z0-9_-]"
RECEIPT = f"{WORD}{{1,30}}"
LOCATION = f"{WORD}{{1,32}}"


def order_number(sequence: int) -> str:
    """1000001 becomes 10000017: the Luhn check digit (ISO/IEC 7812-1, annex B) stands last."""
    return f"{sequence}{luhn.calc_check_digit(str(sequence))}"


def sale_number(location_code: str, receipt_number: str) -> str:
    """
    A till's sale is numbered by its shop and the receipt that the shopper holds: `shibuya.000123`.

    Raises:
        InvalidField: the code or the receipt has other characters than letters, digits, hyphens
            and underscores, or too many.
    """
    _require("location", LOCATION, location_code)
    _require("receipt_number", RECEIPT, receipt_number)
    return f"{location_code}{SEPARATOR}{receipt_number}"


def _require(field: str, pattern: str, value: str) -> None:
    if not re.fullmatch(pattern, value):
        raise InvalidField(field=field, rule="pattern", pattern=pattern, value=value)
