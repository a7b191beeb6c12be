"""
A stand-in for Stripe (localstripe), as a process of its own: on loopback alone, with an empty store.

By itself it listens on every interface and keeps its store in /tmp, so it is started here by its parts.
What it lacks (idempotency keys, refunds' events, refusing too much) is what we must hold ourselves.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.processes import eventually
from tests.stack import HOST, free_port

KEY = "sk_test_of_the_tests"
# Cards that localstripe answers as Stripe's test cards: paid, asking for 3-D Secure, declined then.
VISA, ASKS, ASKS_AND_DECLINES, DECLINES = (
    "4242424242424242",
    "4000002500003155",
    "4000008260003178",
    "4000000000000341",
)

START = """
import sys
from aiohttp import web
from localstripe import resources
from localstripe.server import app
resources.Store.dump_to_disk = lambda self: None
web.run_app(app, host=sys.argv[1], port=int(sys.argv[2]), print=None)
"""


class StripeSite:
    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, auth=(KEY, ""), trust_env=False, timeout=10)

    def card(self, number: str = VISA) -> str:
        """A payment method, as Stripe's script in the buyer's browser makes one."""
        card = {"number": number, "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        data = {"type": "card", **{f"card[{name}]": value for name, value in card.items()}}
        return str(self._post("/v1/payment_methods", data)["id"])

    def authenticate(self, client_secret: str, *, success: bool = True) -> int:
        """What the buyer does at the card's bank."""
        intent = client_secret.partition("_secret_")[0]
        data = {"client_secret": client_secret, "success": str(success).lower()}
        return self._http.post(f"/v1/payment_intents/{intent}/_authenticate", data=data).status_code

    def intent(self, reference: str) -> dict[str, object]:
        return dict(self._http.get(f"/v1/payment_intents/{reference}").raise_for_status().json())

    def refunds(self, reference: str) -> list[dict[str, object]]:
        listed = self._http.get("/v1/refunds", params={"payment_intent": reference}).raise_for_status()
        return list(listed.json()["data"])

    def _post(self, path: str, data: dict[str, str]) -> dict[str, object]:
        return dict(self._http.post(path, data=data).raise_for_status().json())

    def flush(self) -> None:
        self._http.delete("/_config/data").raise_for_status()


@contextmanager
def running() -> Iterator[StripeSite]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", START, HOST, str(port)]) as process:
        try:
            yield _ready(StripeSite(f"http://{HOST}:{port}"), process)
        finally:
            process.terminate()


def _ready(site: StripeSite, process: "subprocess.Popen[bytes]") -> StripeSite:
    def answers() -> bool:
        assert process.poll() is None
        try:
            site.flush()
        except httpx.HTTPError:
            return False
        return True

    eventually(answers)
    return site
