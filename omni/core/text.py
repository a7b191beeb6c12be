"""Text in several languages, and text folded so that Japanese is found however it is typed."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

import jaconv
from django.conf import settings
from django.utils import formats
from django.utils.translation import get_language

from omni.core import money

SPACES = re.compile(r"\s+")
# What people write or leave out at will within a name: spaces and middle dots.
LOOSE = re.compile(r"[\s・·]+")
SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}


def pick(translations: Mapping[str, str] | None, language: str | None = None) -> str:
    """The text in `language` (the active one by default), else the default's, else any."""
    if not translations:
        return ""
    wanted = (language or get_language() or settings.LANGUAGE_CODE).split("-")[0]
    for code in (wanted, settings.LANGUAGE_CODE, "en"):
        if text := translations.get(code):
            return text
    return next(iter(translations.values()), "")


def plain(term: str) -> str:
    """Full-width letters and digits as half-width ones, without space around them."""
    return unicodedata.normalize("NFKC", term).replace("\x00", "").strip()


def amount(value: Decimal, currency: str) -> str:
    """¥1,200, $12.50, SEK 12.50; by the currency's exponent, grouped as the language does."""
    digits = formats.number_format(
        abs(money.quantize(value, currency)), money.exponent(currency), use_l10n=True, force_grouping=True
    )
    return f"{'−' if value < 0 else ''}{SYMBOLS.get(currency, f'{currency} ')}{digits}"


def fold(text: str) -> str:
    """NFKC, lower case, katakana as hiragana, runs of space as one: what search compares."""
    normal = unicodedata.normalize("NFKC", text).lower()
    return SPACES.sub(" ", jaconv.kata2hira(normal)).strip()


def close_up(text: str) -> str:
    """Folded text without what people write or leave out at will; in SQL, `core_folded`."""
    return LOOSE.sub("", fold(text))


def bigrams(text: str) -> list[str]:
    """Every two neighbouring characters of each word of folded text, sorted, once each."""
    return sorted({word[i : i + 2] for word in text.split(" ") for i in range(len(word) - 1)})


# JIS's name of a character to Microsoft's.
SAME = str.maketrans(
    "\u301c\u2016\u2212\u2014\u00a2\u00a3\u00ac", "\uff5e\u2225\uff0d\u2015\uffe0\uffe1\uffe2"
)


def for_cp932(text: str) -> str:
    """
    The text in the characters that CP932, Microsoft's Shift_JIS, has.

    Seven characters of JIS X 0208 have one Unicode name in JIS's own table and another in Microsoft's
    (https://www.w3.org/TR/japanese-xml/): the wave dash is the known one. They are the same character,
    so the one is written for the other.
    """
    return text.translate(SAME)
