import time

import pytest

from omni.core.ids import uuid7
from omni.core.text import bigrams, fold, pick


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("リュック", "りゅっく"),
        ("ﾘｭｯｸ", "りゅっく"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("Ｔシャツ", "tしゃつ"),
        ("緑茶", "緑茶"),
    ],
)
def test_text_is_folded(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_bigrams_stay_within_words() -> None:
    assert bigrams("緑茶 ab") == ["ab", "緑茶"]


def test_the_language_falls_back() -> None:
    assert pick({"ja": "茶", "en": "tea"}, "en") == "tea"
    assert pick({"ja": "茶"}, "en") == "茶"
    assert pick({}, "en") == ""


def test_uuid7_sorts_by_time_and_says_its_version() -> None:
    first = uuid7()
    time.sleep(0.002)
    second = uuid7()

    assert first < second
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
