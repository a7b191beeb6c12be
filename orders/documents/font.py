"""
The font of PDFs: of a large Japanese one those glyphs that a document has, as a small TrueType font.

A library's own way of embedding reads and writes the whole font for each document (0.4 s). Here it is
opened once in a process, a glyph's outline is converted once, and a document's font is put together
from these in milliseconds. Collections, CFF and TrueType outlines are read alike.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock

import pylopdf_fonts_jp
from django.conf import settings
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from orders.documents.errors import FontMissing

FAMILY = "DocumentSans"
NOTDEF = ".notdef"
# What Japanese typesetting puts where a character is wanting.
GETA = "〓"
MOST_OFF = 1.0


class Face:
    """A font file, opened. Its tables are read when they are asked for, by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._font = TTFont(path, lazy=True, fontNumber=0)
        self._names: dict[int, str] = self._font.getBestCmap()
        self._glyphs: dict[str, bytes] = {}
        self._outlines = self._font.getGlyphSet()
        self._lock = Lock()

    def writable(self, text: str) -> str:
        """The text with a 〓 for each character that the font does not have."""
        return "".join(letter if ord(letter) in self._names else self._instead for letter in text)

    @property
    def _instead(self) -> str:
        return GETA if ord(GETA) in self._names else "?"

    def part(self, text: str) -> bytes:
        """A TrueType font of the characters of a writable text."""
        names = {ord(letter): self._names[ord(letter)] for letter in sorted(set(text))}
        order = list(dict.fromkeys([NOTDEF, *names.values()]))
        with self._lock:
            metrics = {name: self._font["hmtx"][name] for name in order}
            return self._build(order, names, metrics)

    def _build(self, order: list[str], names: dict[int, str], metrics: dict[str, tuple[int, int]]) -> bytes:
        builder = FontBuilder(self._font["head"].unitsPerEm, isTTF=True)
        builder.setupGlyphOrder(order)
        builder.setupCharacterMap(names)
        builder.setupGlyf({}, calcGlyphBounds=False)
        builder.font["glyf"].glyphs = {name: Glyph(self._glyph(name)) for name in order}
        builder.setupHorizontalMetrics(metrics)
        header = self._font["hhea"]
        builder.setupHorizontalHeader(ascent=header.ascent, descent=header.descent)
        builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": FAMILY})
        builder.setupOS2(sTypoAscender=header.ascent, sTypoDescender=header.descent)
        builder.setupPost()
        # It says nothing of the moment, so that the same text gives the same bytes; glyphs are ready.
        builder.font.recalcTimestamp = builder.font.recalcBBoxes = False
        builder.updateHead(created=0, modified=0)
        written = BytesIO()
        builder.save(written)
        return written.getvalue()

    def _glyph(self, name: str) -> bytes:
        """A glyph in quadratic curves, at most a thousandth of an em off the font's own, as it is stored."""
        if name not in self._glyphs:
            pen = TTGlyphPen(None)
            self._outlines[name].draw(Cu2QuPen(pen, max_err=MOST_OFF, reverse_direction=True))
            self._glyphs[name] = pen.glyph().compile(None)
        return self._glyphs[name]


def face() -> Face:
    """
    The font that documents are set in: `DOCUMENT_FONT`, or Noto Sans JP from its package.

    Raises:
        FontMissing: there is no such file.
    """
    path = Path(settings.DOCUMENT_FONT) if settings.DOCUMENT_FONT else pylopdf_fonts_jp.sans_path()
    if not path.is_file():
        raise FontMissing(path=str(path))
    return _open(path)


@cache
def _open(path: Path) -> Face:
    return Face(path)
