"""OpenAPI: every operation documents the problems that it can answer."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """problem+json (RFC 9457); the failure's own data stands beside these members."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable: switch on this.")
    errors = serializers.JSONField(  # type: ignore[assignment]
        required=False, help_text="For `invalid`: field → list of rules broken."
    )


DESCRIPTIONS = {
    400: "The request's shape is wrong.",
    401: "Sign in, or send an API key.",
    403: "Not allowed.",
    404: "Not found.",
    405: "Method not allowed.",
    406: "Not acceptable.",
    409: "A conflict or a shortage.",
    413: "The body is too long.",
    415: "Unsupported media type.",
    422: "A rule of the business refuses it.",
    429: "Too many requests.",
    503: "Not available now; see Retry-After.",
}


class ApiSchema(AutoSchema):
    """Adds the problems; a view names more in `problems = {409, 422}` and asks for a key."""

    def get_override_parameters(self) -> list[Any]:
        if self._wants_key():
            return [
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    required=getattr(self.view, "idempotency_required", False),
                    description="1 to 255 visible ASCII characters; a repeat gets the first answer.",
                )
            ]
        return []

    def _wants_key(self) -> bool:
        return self.method in {"POST", "PUT", "PATCH", "DELETE"} and getattr(self.view, "idempotent", False)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in sorted(self._problem_statuses()):
            if str(status) not in bodies:
                bodies[str(status)] = self._problem_body(status)
        return bodies

    def _problem_statuses(self) -> set[int]:
        statuses = {400, 401, 403, 404, 406, 503} | set(getattr(self.view, "problems", ()))
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            statuses |= {415}
        if self._wants_key():
            statuses |= {409, 422}
        return statuses

    def _problem_body(self, status: int) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer, "response")
        return {
            "description": DESCRIPTIONS[status],
            "content": {"application/problem+json": {"schema": component.ref}},
        }
