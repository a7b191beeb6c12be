"""Registration numbers of qualified-invoice issuers: in Japan T and 13 digits."""

import re

from stdnum.jp import cn

PATTERN = re.compile(r"T\d{13}", re.ASCII)


def is_registration_number(number: str, *, country: str, sole_proprietor: bool) -> bool:
    """
    Whether a seller can have this number; outside Japan any is one.

    The digits of a corporation's are its corporate number, which has a check digit; those of a sole
    proprietor's have none (National Tax Agency, publication site of qualified invoice issuers).
    """
    if country != "JP":
        return True
    return bool(PATTERN.fullmatch(number)) and (sole_proprietor or cn.is_valid(number[1:]))
