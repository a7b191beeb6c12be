"""A document as a PDF on A4, its font embedded, so that it reads and prints the same everywhere."""

from collections.abc import Sequence
from datetime import datetime
from tempfile import NamedTemporaryFile

from fpdf import FPDF

from orders.documents.font import FAMILY, Face, face
from orders.documents.sheet import Pair, Row, Sheet

MARGIN = 18.0
WIDTH = 210.0 - 2 * MARGIN
HALF = WIDTH / 2
QUANTITY, AMOUNT = 24.0, 38.0
STAMP = (24.0, 28.0)
GREY, BLACK = 90, 0
# What stands at the foot of each page, `{nb}` being how many there are, can have these letters besides.
PAGES = "{nb}"
FOOTER = f"0123456789/ {PAGES}"


def render(sheet: Sheet, *, issued_at: datetime) -> bytes:
    """
    The PDF's bytes; a copy of the same document is the same to the byte.

    Raises:
        FontMissing: no font is installed.
    """
    typeface = face()
    # The library reads fonts from files alone.
    with NamedTemporaryFile(suffix=".ttf") as file:
        file.write(typeface.part(typeface.writable(sheet.text() + FOOTER)))
        file.flush()
        page = _Page(sheet, typeface, file.name, issued_at)
        page.draw()
        return bytes(page.output())


class _Page(FPDF):
    """The sheet from top to bottom; what does not fit goes on with the columns' names on the next page."""

    def __init__(self, sheet: Sheet, typeface: Face, font: str, issued_at: datetime) -> None:
        super().__init__(format="A4")
        self.sheet, self.typeface = sheet, typeface
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_creation_date(issued_at)
        self.set_title(sheet.title)
        self.set_lang(sheet.language)
        self.add_font(FAMILY, fname=font)
        self.add_page()

    def draw(self) -> None:
        self._marks()
        self._size(20)
        self._line(self.sheet.title, align="C", height=12)
        self.ln(4)
        self._head()
        if self.sheet.headline:
            self._headline()
        if self.sheet.rows:
            self._columns()
            for row in self.sheet.rows:
                self._row(row)
            self.ln(4)
        self._sums()
        self._notes()

    def footer(self) -> None:
        """The document's number and the page's, so that pages are told apart."""
        _, number = self.sheet.facts[0]
        self.set_y(-MARGIN + 6)
        self._size(8, GREY)
        self.cell(0, 5, f"{number} {self.page_no()}/{PAGES}", align="R")

    def _size(self, size: float, grey: int = BLACK) -> None:
        self.set_font(FAMILY, size=size)
        self.set_text_color(grey)

    def _line(
        self, text: str, *, width: float = 0, height: float = 5.5, align: str = "L", border: str = ""
    ) -> None:
        """One line of text, and down to the next; too long a text is set smaller."""
        self._fit(text, width, height, align, border)
        self.ln(height)

    def _fit(self, text: str, width: float, height: float, align: str, border: str = "") -> None:
        """A cell whose text is set as small as it needs to stay inside."""
        text, size = self.typeface.writable(text), self.font_size_pt
        room = (width or self.w - MARGIN - self.x) - 2 * self.c_margin
        if (needed := self.get_string_width(text)) > room:
            self.set_font_size(size * room / needed)
        self.cell(width, height, text, align=align, border=border)
        self.set_font_size(size)

    def _marks(self) -> None:
        self._size(11)
        for mark in self.sheet.marks:
            width = self.get_string_width(self.typeface.writable(mark)) + 6
            self.set_x(self.w - MARGIN - width)
            self._line(mark, width=width, height=7, align="C", border="LTRB")
            self.ln(1)

    def _head(self) -> None:
        """Whom it is for on the left, who issued it and its facts on the right."""
        top = self.y
        if self.sheet.addressee:
            self._size(14)
            self._line(self.sheet.addressee, width=HALF - 4, height=9, border="B")
        left, self.y = self.y, top
        self._size(10)
        for text in self.sheet.seller:
            self.set_x(MARGIN + HALF)
            self._line(text, width=HALF)
        self.ln(2)
        self._pairs(self.sheet.facts, width=HALF, height=5)
        self.y = max(left, self.y) + 5

    def _pairs(self, pairs: Sequence[Pair], *, width: float, height: float, border: str = "") -> None:
        """Labels and values, flush with the right margin."""
        label = width * 0.45
        for name, value in pairs:
            self.set_x(self.w - MARGIN - width)
            self.set_text_color(GREY)
            self._fit(name, label, height, "L", border)
            self.set_text_color(BLACK)
            self._fit(value, width - label, height, "R", border)
            self.ln(height)

    def _headline(self) -> None:
        self._size(22)
        self._line(self.sheet.headline, height=16, align="C", border="LTRB")
        self.ln(3)
        self._size(11)
        self._line(self.sheet.proviso, height=7)
        self.ln(4)

    def _columns(self) -> None:
        self._size(10)
        name, quantity, amount = self.sheet.columns
        self._fit(name, WIDTH - QUANTITY - AMOUNT, 7, "L", "B")
        self._fit(quantity, QUANTITY, 7, "R", "B")
        self._fit(amount, AMOUNT, 7, "R", "B")
        self.ln(8)

    def _row(self, row: Row) -> None:
        if self.will_page_break(11):
            self.add_page()
            self._columns()
        self._size(10.5)
        self._fit(row.name, WIDTH - QUANTITY - AMOUNT, 5.5, "L")
        self._fit(row.quantity, QUANTITY, 5.5, "R")
        self._fit(row.amount, AMOUNT, 5.5, "R")
        self.ln(5.5)
        self._size(8, GREY)
        self.set_draw_color(200)
        self._line(row.detail, height=4.5, border="B")
        self.set_draw_color(BLACK)
        self.ln(0.5)

    def _sums(self) -> None:
        pairs = [*self.sheet.buckets, *self.sheet.totals, *self.sheet.tenders]
        if self.will_page_break(max(7.0 * len(pairs) + 6, STAMP[1] if self.sheet.stamp else 0)):
            self.add_page()
        top = self.y
        width = WIDTH * 0.65
        self._size(10)
        self._pairs(self.sheet.buckets, width=width, height=7)
        self._size(13)
        self._pairs(self.sheet.totals, width=width, height=9, border="TB")
        self._size(10)
        self._pairs(self.sheet.tenders, width=width, height=6)
        if self.sheet.stamp:
            self._stamp(top)

    def _stamp(self, top: float) -> None:
        bottom, (width, height) = self.y, STAMP
        self.set_dash_pattern(dash=1, gap=1)
        self.rect(MARGIN, top, width, height)
        self.set_dash_pattern()
        self.set_xy(MARGIN, top + height / 2 - 3)
        self._size(9, GREY)
        self._fit(self.sheet.stamp, width, 6, "C")
        self.y = max(bottom, top + height)

    def _notes(self) -> None:
        self.ln(4)
        self._size(9)
        for note in self.sheet.notes:
            self._line(note)
