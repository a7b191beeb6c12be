"""Cursor pagination: constant cost on any page of any table."""

from rest_framework.pagination import CursorPagination as DrfCursorPagination


class CursorPagination(DrfCursorPagination):
    """`?cursor=` and `?page_size=` (1 to 100); views name their `ordering`."""

    ordering = "-pk"
    page_size = 24
    max_page_size = 100
    page_size_query_param = "page_size"
