"""Pages that operations need: health, and metrics for Prometheus."""

from hmac import compare_digest

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from backoffice.metrics import BusinessCollector
from omni.core import valkey


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database and Valkey answer, else 503; for load balancers and the supervisor."""
    checks = {"database": _database(), "valkey": _valkey()}
    healthy = all(checks.values())
    return JsonResponse({"healthy": healthy, "checks": checks}, status=200 if healthy else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """The process's own metrics and the business's; 404 without the bearer token METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not compare_digest(given, settings.METRICS_TOKEN):
        raise Http404
    registry = CollectorRegistry()
    registry.register(BusinessCollector())
    own = ExportToDjangoView(request).content
    return HttpResponse(own + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return False
    return True


def _valkey() -> bool:
    try:
        return bool(valkey.client().ping())
    except Exception:
        return False
