"""The web app's client is typed from a committed description of the API."""

import json
from pathlib import Path

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

DESCRIPTION = Path(__file__).resolve().parents[2] / "storefront/web/packages/api/openapi.json"


def test_the_client_knows_the_api_as_it_is() -> None:
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    present = json.loads(OpenApiJsonRenderer().render(schema, renderer_context={}))

    # Stale? `make openapi` writes it anew; `npm run check` then shows what it means for the web app.
    assert json.loads(DESCRIPTION.read_text(encoding="utf-8")) == present
