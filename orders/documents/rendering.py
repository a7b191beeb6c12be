"""A copy of a document as a file: from what was kept of it, so that it says the same for ever."""

from dataclasses import dataclass

from omni.core.codec import decode
from orders.documents import html
from orders.documents.content import DocumentContent
from orders.documents.sheet import Copy, sheet_of
from orders.models import Document

HTML, PDF = "html", "pdf"
FORMATS = (PDF, HTML)
TYPES = {HTML: "text/html; charset=utf-8", PDF: "application/pdf"}


@dataclass(frozen=True, slots=True)
class Rendered:
    body: bytes
    content_type: str
    filename: str


def render_copy(*, number: str, copy: int, format: str, language: str, paper: bool) -> Rendered:
    """
    Render a copy of a document, marked as void or exchanged where it is by now.

    Raises:
        FontMissing: a PDF is asked for, and no font is installed.
    """
    document = Document.objects.get(number=number)
    content = decode(DocumentContent, document.content)
    state = Copy(
        number=copy,
        paper=paper,
        void=document.status == Document.Status.VOID,
        exchanged=document.exchanged_at is not None,
    )
    return Rendered(_body(content, state, format, language), TYPES[format], f"{number}.{format}")


def _body(content: DocumentContent, state: Copy, format: str, language: str) -> bytes:
    sheet = sheet_of(content, state, language)
    if format == HTML:
        return html.render(sheet).encode()
    # Half a second of imports and 20 MB, which only those processes pay that make a PDF.
    from orders.documents import pdf

    return pdf.render(sheet, issued_at=content.issued_at)
