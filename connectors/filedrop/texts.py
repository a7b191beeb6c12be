"""
Encodings of dropped files. What CP932 lacks is refused, never replaced nor left out.
"""

from connectors.filedrop.reasons import Reason
from omni.core.text import for_cp932

CODECS = {"utf-8": "utf-8", "utf-8-bom": "utf-8-sig", "cp932": "cp932"}


def lacking(text: str, encoding: str) -> list[str]:
    """The characters that an encoding has no place for, each as `𠮷 (U+20BB7)`, once."""
    found = []
    for character in dict.fromkeys(fitted(text, encoding)):
        try:
            character.encode(CODECS[encoding])
        except UnicodeEncodeError:
            found.append(f"{character} (U+{ord(character):04X})")
    return found


def fitted(text: str, encoding: str) -> str:
    return for_cp932(text) if encoding == "cp932" else text


def encoded(text: str, encoding: str) -> bytes:
    """Raises UnicodeEncodeError; `lacking` says beforehand what would."""
    return fitted(text, encoding).encode(CODECS[encoding])


def decoded(content: bytes, encoding: str) -> tuple[str, list[Reason]]:
    """
    The text of a file, or why there is none: every line that can't be read.

    A line end is never a part of a character, in any of the encodings. UTF-8 may come with a byte
    order mark or without, whichever is agreed.
    """
    codec = "cp932" if encoding == "cp932" else "utf-8-sig"
    try:
        return content.decode(codec), []
    except UnicodeDecodeError:
        return "", _unreadable(content, codec)


def _unreadable(content: bytes, codec: str) -> list[Reason]:
    reasons = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode(codec)
        except UnicodeDecodeError as error:
            shown = line[error.start : error.start + 4].hex(" ")
            reasons.append(Reason(number, "", shown, f"is not {codec.removesuffix('-sig')}"))
    return reasons
