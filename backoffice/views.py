"""Pages that staff and operations need across apps."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

from omni.core import valkey


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database and Valkey answer, else 503; for load balancers and the supervisor."""
    checks = {"database": _database(), "valkey": _valkey()}
    healthy = all(checks.values())
    return JsonResponse({"healthy": healthy, "checks": checks}, status=200 if healthy else 503)


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
