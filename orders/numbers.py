"""Order numbers: a sequence and a check digit, so that a misread one names nothing."""

from stdnum import luhn


def order_number(sequence: int) -> str:
    """1000001 becomes 10000017: the Luhn check digit (ISO/IEC 7812-1, annex B) stands last."""
    return f"{sequence}{luhn.calc_check_digit(str(sequence))}"
