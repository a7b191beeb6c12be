"""The words of the storefront: one catalogue for Django's templates and the web app."""

import re
from pathlib import Path

from storefront import artwork, messages

TEMPLATES = Path(messages.__file__).parent / "templates" / "storefront"
ASKED = re.compile(r'\{% t "([^"]+)"')


def test_both_languages_say_the_same_things() -> None:
    assert messages.catalogue("ja").keys() == messages.catalogue("en").keys()


def test_an_unknown_language_reads_the_default() -> None:
    assert messages.catalogue("fr") == messages.catalogue("ja")


def test_templates_ask_only_for_messages_that_there_are() -> None:
    asked = {key for path in TEMPLATES.glob("*.html") for key in ASKED.findall(path.read_text())}

    assert len(asked) > 40
    assert asked <= messages.catalogue("ja").keys()


def test_the_last_word_of_a_name_says_what_it_is() -> None:
    def drawing(*words: str) -> str:
        return artwork.draw(code="same", words=list(words), colour_words=[])

    assert drawing("そば茶") == drawing("煎茶") != drawing("信州そば")
    assert drawing("玄米茶ティーバッグ") == drawing("煎茶") != drawing("帆布のバッグ")
    assert drawing("Steam iron", "kettle") == drawing("電気ケトル")
    assert drawing("何か", "food") != drawing("何か", "apparel")
