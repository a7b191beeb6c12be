"""Cursor pagination: constant cost on any page of any table."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination as DrfCursorPagination
from rest_framework.request import Request


class CursorPagination(DrfCursorPagination):
    """`?cursor=` and `?page_size=` (1 to 100); views name their `ordering`."""

    ordering = "-pk"
    page_size = 24
    max_page_size = 100
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """A cursor that no page gave is not found, also where its position is no value of the ordering."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise NotFound(self.invalid_cursor_message) from error
