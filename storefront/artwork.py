"""
Artwork of a product, until there are photographs: drawn from its words alone, the same each time.

The colour is the one that the variant's name or options give, else one that the code draws.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from omni.core.text import fold
from storefront.motifs import DEPARTMENTS, MOTIFS, PARCEL


class Palette(NamedTuple):
    """Tones of the goods (`a`, its shade, its light) and of the ground behind them."""

    goods: str
    shade: str
    light: str
    ground: str


INK = "#2a2826"
COLOURS: dict[tuple[str, ...], Palette] = {
    ("navy", "ネイビー", "紺"): Palette("#2c4263", "#1e3050", "#dfe6ef", "#e9edf2"),
    ("black", "ブラック", "黒"): Palette("#3a3937", "#262524", "#dcdad6", "#ebeae7"),
    ("white", "ホワイト", "白", "natural"): Palette("#fbfaf6", "#dedace", "#c7c0b0", "#e3dfd4"),
    ("ivory", "ecru", "アイボリー", "cream", "生成", "オフホワイト"): Palette(
        "#f6efdd", "#ded2b4", "#bfae86", "#ebe4d3"
    ),
    ("beige", "ベージュ", "camel", "キャメル", "sand"): Palette("#cdb48c", "#ad9269", "#f6eee0", "#f1eadd"),
    ("brown", "ブラウン", "茶色", "mocha", "モカ"): Palette("#7d5a43", "#5f4231", "#eee2d8", "#f0e8e1"),
    ("charcoal", "チャコール", "gray", "grey", "グレー", "灰", "silver", "シルバー"): Palette(
        "#8a8d91", "#6c6f74", "#e9ebed", "#eeeff0"
    ),
    ("red", "レッド", "赤", "茜", "bordeaux"): Palette("#a63d37", "#842a26", "#f3dcd8", "#f5e8e4"),
    ("pink", "ピンク", "桜"): Palette("#d8949c", "#bd747d", "#faebec", "#f8eeed"),
    ("orange", "オレンジ", "橙"): Palette("#d07a3c", "#ad5f27", "#f9e6d6", "#f8ece1"),
    ("yellow", "イエロー", "黄", "mustard", "マスタード", "gold", "ゴールド"): Palette(
        "#d5ab45", "#b38a2a", "#faf0d4", "#f7f0de"
    ),
    ("olive", "オリーブ", "khaki", "カーキ"): Palette("#74734a", "#5a5936", "#ebead9", "#eeede2"),
    ("green", "グリーン", "緑", "matcha", "抹茶"): Palette("#5c8062", "#456549", "#e2ece2", "#eaf0e8"),
    ("light blue", "sky blue", "sax", "空色", "サックス", "水色", "ライトブルー"): Palette(
        "#93b3cc", "#7195b0", "#edf3f8", "#eaf0f4"
    ),
    ("blue", "ブルー", "青", "indigo", "インディゴ", "denim", "デニム"): Palette(
        "#41678f", "#2f5075", "#e2eaf2", "#e8eef4"
    ),
    ("purple", "パープル", "紫", "lavender", "ラベンダー"): Palette(
        "#7e6a98", "#63517b", "#ebe5f1", "#efebf3"
    ),
}
PALETTES = tuple(COLOURS.values())
NEUTRAL = (COLOURS[("white", "ホワイト", "白", "natural")], COLOURS[("black", "ブラック", "黒")])
# Rather those that suit anything.
DRAWN = tuple(PALETTES[index] for index in (0, 4, 5, 7, 9, 10, 11, 12, 14))


def draw(*, code: str, words: list[str], colour_words: list[str]) -> str:
    """An SVG of 400 × 500; `words` are told from the most to the least particular."""
    drawn = DRAWN[_number(code) % len(DRAWN)]
    palette = _colour(colour_words) or drawn
    # White and black goods would make a dull shelf: the light behind them is coloured instead.
    neutral = palette in NEUTRAL
    ground = drawn.ground if neutral else palette.ground
    light = (drawn.goods, 0.3) if neutral else ("#fff", 0.45)
    drawing = _drawing(words)
    sun = 60 + _number(code[::-1]) % 280
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 500" width="400" height="500">'
        f"<style>.a{{fill:{palette.goods}}}.b{{fill:{palette.shade}}}.c{{fill:{palette.light}}}.d{{fill:{INK}}}</style>"
        f'<path fill="{ground}" d="M0 0h400v500H0z"/>'
        f'<circle cx="{sun}" cy="{150 + sun // 4}" r="150" fill="{light[0]}" opacity="{light[1]}"/>'
        f'<ellipse cx="200" cy="412" rx="132" ry="16" fill="{INK}" opacity=".1"/>{drawing}</svg>'
    )


def _drawing(words: list[str]) -> str:
    for text in map(fold, words):
        if best := max(_said(text), default=None):
            return MOTIFS[best[2]].drawing
    for text in map(fold, words):
        for name, department in DEPARTMENTS.items():
            if any(_ends(text, word) for word in department):
                return MOTIFS[name].drawing
    return PARCEL


def _said(text: str) -> Iterator[tuple[int, int, str]]:
    """
    Motifs whose words the text holds: where a word ends, how long it is, whose it is.

    The last word says what a thing is (そば茶 is tea), and of two there the longer (ティーバッグ).
    """
    for name, motif in MOTIFS.items():
        for word in motif.words:
            if end := _ends(text, word):
                yield end, len(word), name


def _colour(words: list[str]) -> Palette | None:
    for text in map(fold, words):
        for names, palette in COLOURS.items():
            if any(_ends(text, name) for name in names):
                return palette
    return None


def _ends(text: str, word: str) -> int:
    """
    Where the word last ends in folded text; 0 if it isn't there.

    Latin words stand by themselves (tea is no part of steam); Japanese isn't divided.
    """
    folded = fold(word)
    if not folded.isascii():
        return text.rfind(folded) + len(folded) if folded in text else 0
    found = list(re.finditer(rf"(?<![a-z]){re.escape(folded)}(?:e?s)?(?![a-z])", text))
    return found[-1].end() if found else 0


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
