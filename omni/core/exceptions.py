"""The one exception handler: every failure of the API leaves as problem+json (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from omni.core.codec import encode
from omni.core.errors import DomainError, Forbidden, NotFound, Unavailable

CONTENT_TYPE = "application/problem+json"


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render an anticipated failure; None leaves an unexpected one to Django's 500."""
    set_rollback()
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = Forbidden()
    elif isinstance(error, OperationalError):
        error = Unavailable(reason="database")
    if isinstance(error, DomainError):
        return problem(
            error.status, error.code, str(error.title), encode(error.data()), retry_after=error.retry_after
        )
    if isinstance(error, drf.ValidationError):
        return problem(400, "invalid", str(drf.ValidationError.default_detail), {"errors": error.detail})
    if isinstance(error, drf.APIException):
        return _drf_problem(error)
    return None


def _drf_problem(error: drf.APIException) -> Response:
    detail: Any = error.detail
    code = str(getattr(detail, "code", error.default_code)).replace("_", "-")
    wait = getattr(error, "wait", None)
    response = problem(error.status_code, code, str(detail), {}, retry_after=int(wait) if wait else None)
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    return response


def problem(
    status: int, code: str, title: str, data: dict[str, Any], *, retry_after: int | None = None
) -> Response:
    """`type` is the stable code as a URN; the failure's data stands beside the standard members."""
    body = {"type": f"urn:omni:problem:{code}", "title": title, "status": status, "code": code, **data}
    response = Response(body, status=status, content_type=CONTENT_TYPE)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404 page; below /api/ a problem, for an address that no view has."""
    if not _of_api(request):
        return defaults.page_not_found(request, exception)
    return _plain(404, NotFound.code, str(NotFound.title))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400 page (a suspicious request); below /api/ a problem."""
    if not _of_api(request):
        return defaults.bad_request(request, exception)
    return _plain(400, "bad-request", str(_("The request is malformed.")))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500 page; below /api/ a problem that tells nothing of our insides."""
    if not _of_api(request):
        return defaults.server_error(request)
    return _plain(500, "server-error", str(_("Something went wrong on our side.")))


def _of_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _plain(status: int, code: str, title: str) -> HttpResponse:
    response = problem(status, code, title, {})
    return JsonResponse(response.data, status=status, content_type=CONTENT_TYPE)
