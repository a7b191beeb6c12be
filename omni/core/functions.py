"""Text as search compares it, in the database: for expression indexes and the conditions that use them."""

from django.db.models import Func, TextField


class Folded(Func):
    """`omni.core.text.close_up`: NFKC, lower case, katakana as hiragana, no spaces."""

    function = "core_folded"
    arity = 1
    output_field = TextField()


class Digits(Func):
    """The digits alone, full-width ones as half-width."""

    function = "core_digits"
    arity = 1
    output_field = TextField()
