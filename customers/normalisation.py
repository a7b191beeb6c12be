"""
One spelling for each identity, so that equal ones are equal.

Phones are E.164 (a number without a country is of the default one), e-mails NFKC and lower
case, member numbers NFKC without spaces and hyphens.
"""

import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from customers.errors import InvalidIdentity
from customers.models import Identity

Kind = Identity.Kind
DEFAULT_COUNTRY = "JP"
MAX_LENGTH = 255
SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−ー_.]+")
MEMBER_NUMBER = re.compile(r"[0-9A-Z]{4,32}")
OPAQUE = re.compile(r"[\x21-\x7e]{1,255}")


def normalise(*, kind: str, value: str, country: str = DEFAULT_COUNTRY) -> str:
    """
    The one spelling of an identity's value.

    Raises:
        InvalidIdentity: with the kind as `field` and the rule that the value breaks.
    """
    plain = unicodedata.normalize("NFKC", value).strip()
    if "\x00" in plain:
        raise InvalidIdentity(field=_field(kind), rule="no-control-characters")
    if kind == Kind.EMAIL:
        return _email(plain)
    if kind == Kind.PHONE:
        return _phone(plain, country)
    if kind == Kind.MEMBER_NUMBER:
        return _matched(SEPARATORS.sub("", plain).upper(), MEMBER_NUMBER, kind, "letters-and-digits")
    return _matched(plain, OPAQUE, kind, "visible-ascii")


def spellings(code: str, *, country: str = DEFAULT_COUNTRY) -> list[tuple[str, str]]:
    """What a code typed or scanned at a till may be: every (kind, value) that it is valid as."""
    found = []
    for kind in (Kind.MEMBER_NUMBER, Kind.PHONE, Kind.EMAIL):
        try:
            found.append((kind.value, normalise(kind=kind, value=code, country=country)))
        except InvalidIdentity:
            continue
    return found


def _email(plain: str) -> str:
    folded = plain.lower()
    try:
        validate_email(folded)
    except ValidationError:
        raise InvalidIdentity(field="email", rule="email-address") from None
    if len(folded) > MAX_LENGTH:
        raise InvalidIdentity(field="email", rule="max-length")
    return folded


def _phone(plain: str, country: str) -> str:
    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        raise InvalidIdentity(field="phone", rule="phone-number") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidIdentity(field="phone", rule="phone-number")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _matched(value: str, pattern: re.Pattern[str], kind: str, rule: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidIdentity(field=_field(kind), rule=rule)
    return value


def _field(kind: str) -> str:
    return str(kind).lower()
