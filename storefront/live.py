"""
Live stock for browsers: a small ASGI process of server-sent events.

`GET /stream/stock?sku=A&sku=B` first sends what is there now, then every change. Each event is a
SKU's whole state, so a browser that was away has missed nothing once it has the latest, and a
slow one is sent only that. One subscription to Valkey serves all browsers of a process.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import redis.asyncio
import structlog
from django.conf import settings
from django.db import close_old_connections

from storefront import stock_states

logger = structlog.get_logger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MOST_SKUS = 100
HEARTBEAT_SECONDS = 15.0
# Each thread keeps a database connection of its own.
readers = ThreadPoolExecutor(4, thread_name_prefix="stock-reader")


class Browser:
    """One listener: of each SKU it waits for, the latest state not yet sent."""

    def __init__(self, skus: Sequence[str]) -> None:
        self.skus = skus
        self.latest: dict[str, dict[str, Any]] = {}
        self.wake = asyncio.Event()
        self.lost = False

    def put(self, state: dict[str, Any]) -> None:
        """Two workers may publish out of order: what was read earlier never replaces the later."""
        waiting = self.latest.get(state["sku"])
        if waiting is None or waiting["at"] <= state["at"]:
            self.latest[state["sku"]] = state
        self.wake.set()

    def take(self) -> list[dict[str, Any]]:
        states, self.latest = list(self.latest.values()), {}
        self.wake.clear()
        return states


class Hub:
    """Fans out what Valkey says to the browsers that asked for it."""

    def __init__(self) -> None:
        self.browsers: dict[str, set[Browser]] = defaultdict(set)
        self.subscribed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def join(self, browser: Browser) -> None:
        """Listen for the browser; returns once what is published from now on will reach it."""
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.listen())
        for sku in browser.skus:
            self.browsers[sku].add(browser)
        await asyncio.wait_for(self.subscribed.wait(), timeout=5)

    def leave(self, browser: Browser) -> None:
        for sku in browser.skus:
            self.browsers[sku].discard(browser)
            if not self.browsers[sku]:
                del self.browsers[sku]

    async def listen(self) -> None:
        """Read Valkey for ever; after a loss, every browser is told to read its state anew."""
        while True:
            try:
                await self.read()
            except Exception as error:
                logger.warning("stream.waiting", error=f"{type(error).__name__}: {error}")
            self.subscribed.clear()
            self.lose_all()
            await asyncio.sleep(0.5)

    async def read(self) -> None:
        client = redis.asyncio.Redis.from_url(settings.CACHES["default"]["LOCATION"])
        async with client, client.pubsub() as pubsub:
            await pubsub.subscribe(stock_states.CHANNEL)
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    self.subscribed.set()
                elif message["type"] == "message":
                    self.fan_out(json.loads(message["data"]))

    def fan_out(self, states: Sequence[dict[str, Any]] | str) -> None:
        """Hand states to who asked for them; `stock_states.ANY` has everyone read their own."""
        if isinstance(states, str):
            self.lose_all()
            return
        for state in states:
            for browser in self.browsers.get(state["sku"], ()):
                browser.put(state)

    def lose_all(self) -> None:
        for browser in {browser for browsers in self.browsers.values() for browser in browsers}:
            browser.lost = True
            browser.wake.set()


hub = Hub()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: the stream, and its health."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["path"] == "/stream/health":
        await answer(send, 200, {"status": "ok"})
    elif scope["path"] != "/stream/stock" or scope["method"] != "GET":
        await answer(send, 404, {"code": "not-found"})
    else:
        skus = parse_qs(scope["query_string"].decode("latin-1")).get("sku", [])
        if 0 < len(skus) <= MOST_SKUS:
            await stream(list(dict.fromkeys(skus)), receive, send)
        else:
            await answer(
                send, 400, {"code": "invalid", "errors": {"sku": [f"Name 1 to {MOST_SKUS} of them."]}}
            )


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def stream(skus: list[str], receive: Receive, send: Send) -> None:
    browser = Browser(skus)
    gone = asyncio.create_task(wait_until_gone(receive))
    try:
        await hub.join(browser)
        await start(send)
        await send_states(send, await read_states(skus))
        await follow(browser, gone, send)
    finally:
        gone.cancel()
        hub.leave(browser)


async def start(send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        # Stock is public, and the stream has no cookies: any page may listen.
        (b"access-control-allow-origin", b"*"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send_text(send, "retry: 1000\n\n")


async def follow(browser: Browser, gone: "asyncio.Task[None]", send: Send) -> None:
    while not gone.done():
        waker = asyncio.create_task(browser.wake.wait())
        await asyncio.wait({waker, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waker.cancel()
        if browser.lost:
            browser.lost = False
            await asyncio.wait_for(hub.subscribed.wait(), timeout=60)
            browser.take()
            await send_states(send, await read_states(browser.skus))
        elif browser.latest:
            await send_states(send, browser.take())
        elif not gone.done():
            await send_text(send, ": still here\n\n")


async def wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def read_states(skus: Sequence[str]) -> list[dict[str, Any]]:
    return await asyncio.get_running_loop().run_in_executor(readers, _read, skus)


def _read(skus: Sequence[str]) -> list[dict[str, Any]]:
    close_old_connections()
    return stock_states.read_by_skus(skus)


async def send_states(send: Send, states: Sequence[dict[str, Any]]) -> None:
    text = "".join(f"event: stock\ndata: {json.dumps(state)}\n\n" for state in states)
    if text:
        await send_text(send, text)


async def send_text(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
