"""A document as a page of HTML that needs nothing beside it and prints on A4."""

from django.template.loader import render_to_string

from orders.documents.sheet import Sheet

TEMPLATE = "orders/document.html"


def render(sheet: Sheet) -> str:
    return render_to_string(TEMPLATE, {"sheet": sheet})
