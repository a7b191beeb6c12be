"""One correlation id a request: in the logs, the events and the answer's `X-Correlation-Id`."""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from omni.core.context import correlation, new_correlation

SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class CorrelationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Correlation-Id", "")
        identifier = given if SAFE.fullmatch(given) else new_correlation()
        token = correlation.set(identifier)
        try:
            with structlog.contextvars.bound_contextvars(correlation=identifier):
                response = self.get_response(request)
        finally:
            correlation.reset(token)
        response["X-Correlation-Id"] = identifier
        return response
