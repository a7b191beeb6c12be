"""A browser, the platform's processes, and a shop with a till, an EC site and a member."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from catalog.models import Variant
from customers.models import Customer
from organisation.models import Location, SalesChannel, User
from organisation.services import create_api_key
from storefront import assets
from tests import factories, stack
from tests.stack import Stack

PASSWORD = "correct horse 9"
MEMBER_NUMBER = "2900000000017"


@dataclass
class Town:
    """
    One company: the storefront's channel with its warehouse, and a shop with a till.

    A T-shirt costs 3,000 everywhere; 5 are in the warehouse, 3 in the shop.
    """

    channel: SalesChannel
    shop: Location
    shirt: Variant
    user: User
    member: Customer
    till_key: str = field(repr=False)
    web: str = ""

    def till(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """What a till's call of the API answers."""
        headers = {"Authorization": f"Bearer {self.till_key}", "Idempotency-Key": key}
        answer = httpx.post(f"{self.web}/api/v1/till/{path}", json=body, headers=headers, timeout=20)
        assert answer.is_success, answer.text
        return dict(answer.json())


@pytest.fixture
def town(browser: Browser, transactional_db: None) -> Town:
    company = factories.company()
    channel = factories.channel(code="ec-main", company=company, name={"ja": "汐見", "en": "Shiomi"})
    warehouse = factories.location(company=company, kind="WAREHOUSE", capabilities=["SHIP"])
    shop = factories.location(company=company, name={"ja": "渋谷店", "en": "Shibuya"})
    tills = factories.channel(kind="STORE", company=company)
    factories.source(channel, warehouse)
    factories.programme()
    shirt = _shirt(channel, tills, warehouse, shop)
    for code, kind in (("cash", "CASH"), ("pickup", "DEFERRED"), ("points", "POINTS")):
        factories.tender(code, kind)
    user, member = factories.user(password=PASSWORD), factories.member(MEMBER_NUMBER)
    factories.account(member, user)
    _, key = create_api_key(name="till", scopes=["till"], location=shop, channel=tills, now=timezone.now())
    return Town(channel, shop, shirt, user, member, key)


def _shirt(channel: SalesChannel, tills: SalesChannel, warehouse: Location, shop: Location) -> Variant:
    product = factories.product(code="tee", name={"ja": "天竺Tシャツ", "en": "Jersey T-shirt"})
    shirt = factories.variant(product=product, sku="TEE-M", name={"ja": "紺 M", "en": "Navy, M"})
    for each in (channel, tills):
        factories.listing(shirt, each, 3000)
    factories.stock(shirt, warehouse, 5)
    factories.stock(shirt, shop, 3)
    return shirt


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Stack]:
    """One platform for all tests, whose database is emptied after each."""
    if not assets.MANIFEST.is_file():
        pytest.fail(
            "The web app is not built: run `make test`, or `npm ci && npm run build` in storefront/web."
        )
    with stack.run(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
def platform(processes: Stack, town: Town) -> Stack:
    town.web = processes.web
    return processes


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("Chromium is missing: install chromium and fonts-noto-cjk.")
    arguments = ["--no-sandbox", "--disable-background-networking"]
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; Django would take it for our own.
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        launched = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone's page in Japanese; an error in its console fails the test."""
    expect.set_options(timeout=15_000)
    phone: Any = {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP", "reduced_motion": "reduce"}
    context = browser.new_context(**phone)
    opened, errors = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    # But for answers that a test lost on purpose.
    assert [error for error in errors if "net::ERR_FAILED" not in error] == []


def lose_first_answer(page: Page, address: str) -> None:
    """Let the platform do what the first request to an address asks, and the browser never hear of it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(address, lose, times=1)
