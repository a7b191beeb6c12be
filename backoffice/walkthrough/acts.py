"""The nine acts of the day. Each looks before and after, and stops the day where it is not right."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from backoffice.walkthrough import shopper
from backoffice.walkthrough.shopper import Shopper
from backoffice.walkthrough.stage import Stage, eventually, expect, key, ok, watching
from omni.embedded.processes import Record

PEOPLE = 50
LAST_UNITS = 5
SALES = 200
WAREHOUSE = "kawagoe"


def goods_arrive(stage: Stage) -> str:
    """Goods arrive at the warehouse and two shops; the API and the sandbox show the same."""
    sku = stage.memory["sku"]
    before = stage.wait_in_step(sku)
    for place, quantity in ((WAREHOUSE, 20), ("shibuya", 6), ("umeda", 4)):
        receive(stage, place, sku, quantity)
    after = stage.wait_in_step(sku)
    expect(after >= before, "more can be sold than before", f"{before} → {after}")
    return f"{sku}: {before} → {after} at the API and at the sandbox; Shibuya has {stage.in_shop(sku, 'shibuya')}"


def receive(stage: Stage, place: str, sku: str, quantity: int) -> None:
    body = {"location": place, "lines": [{"sku": sku, "quantity": quantity}], "note": "walkthrough"}
    ok(stage.at(place).post("/api/v1/stock/receipts/", json=body, headers=key()))


def till_sells_one(stage: Stage) -> str:
    """A till in Shibuya sells one: how long until the API, a browser and the sandbox show it?"""
    sku = stage.memory["sku"]
    shop, online = stage.in_shop(sku, "shibuya"), stage.wait_in_step(sku)
    with watching(stage, sku) as browser:
        eventually(lambda: browser.seen_at("shibuya", shop) is not None, "the stream shows the shop's stock")
        stage.till_sells("till-shibuya", sku)
        answered = time.perf_counter()
        api = eventually(lambda: stage.in_shop(sku, "shibuya") == shop - 1, "the API shows the sale")
        sandbox = eventually(lambda: stage.at_sandbox(sku) == online - 1, "the sandbox shows the sale")
        sandbox = (time.perf_counter() - answered) * 1000
        eventually(
            lambda: browser.seen_at("shibuya", shop - 1) is not None, "the browser's stream shows the sale"
        )
        stream = ((browser.seen_at("shibuya", shop - 1) or 0) - answered) * 1000
    return (
        f"from the till's answer: API {api:.0f} ms, browser {max(stream, 0):.0f} ms, sandbox {sandbox:.0f} ms"
    )


def member_links_her_card(stage: Stage) -> str:
    """A store member signs up on the EC site and links her member card; her shop points are there."""
    number, points = shopper.new_member_with_points(stage)
    hanako = Shopper.sign_up(stage)
    expect(hanako.points()["balance"] == 0, "a new account has no points", hanako.points())
    hanako.link_card(number)
    balance = hanako.points()["balance"]
    expect(balance == points, f"her {points} shop points are there", balance)
    stage.memory["hanako"] = hanako
    return f"member {number}: {balance} points earned in shops can be spent online"


def she_orders_two_lines(stage: Stage) -> str:
    """She orders two lines online, partly for points: stock reserved, points burnt, new ones pending."""
    hanako: Shopper = stage.memory["hanako"]
    skus = stage.memory["pair"]
    before = {sku: stage.online(sku) for sku in skus}
    balance = hanako.points()["balance"]
    order = hanako.buy(dict.fromkeys(skus, 1), points=100, tender="card", token="tok_ok")
    for sku in skus:
        expect(stage.online(sku) == before[sku] - 1, f"one of {sku} is reserved", stage.online(sku))
    points = hanako.points()
    expect(points["balance"] == balance - 100, "100 points are burnt", points)
    expect(points["pending"] > 0, "new points are pending", points)
    stage.memory.update(order=order["number"], balance=points["balance"], pending=points["pending"])
    return f"order {order['number']}: {order['total']} {order['currency']} to the card, 100 points spent, {points['pending']} pending"


def sandbox_repeats_itself(stage: Stage) -> str:
    """The sandbox sells one and delivers the order three times, out of order: it lands once."""
    sku = stage.memory["sku"]
    before = stage.wait_in_step(sku)
    ok(stage.sandbox.post("/control", json={"mode": "repeat", "times": 3}))
    ok(stage.sandbox.post("/control", json={"mode": "reorder"}))
    sold = [ok(stage.sandbox.post("/api/sell", json={"sku": sku, "quantity": 1})) for _ in range(2)]
    ok(stage.sandbox.post("/control", json={"mode": "normal"}))
    numbers = [order["order_number"] for order in sold]
    eventually(
        lambda: all(deliveries(stage, number) >= 3 for number in numbers), "each was delivered three times"
    )
    statuses = ok(stage.sandbox.post(f"/api/orders/{numbers[0]}/deliver", json={"times": 1}))["statuses"]
    after = stage.wait_in_step(sku)
    expect(after == before - 2, "two orders took two units", f"{before} → {after}")
    return f"{', '.join(numbers)}: six deliveries, the last first, one more answered {statuses}; stock {before} → {after}"


def deliveries(stage: Stage, number: str) -> int:
    return int(ok(stage.sandbox.get(f"/api/orders/{number}"))["attempts"])


def fifty_press_at_once(stage: Stage) -> str:
    """Fifty buyers at once for the last five: five orders, forty-five clear refusals."""
    sku = stage.memory["scarce"]
    shopper.leave_exactly(stage, sku, LAST_UNITS)
    carts = [shopper.guest_cart(stage, {sku: 1}) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(lambda cart: shopper.guest_checkout(stage, cart), carts))
    statuses = Counter(answer.status_code for answer in answers)
    codes = Counter(answer.json()["code"] for answer in answers if not answer.is_success)
    expect(statuses[201] == LAST_UNITS, "five are served", dict(statuses))
    expect(codes == {"insufficient-stock": PEOPLE - LAST_UNITS}, "the rest are told why", dict(codes))
    expect(stage.online(sku) == 0, "nothing is left", stage.online(sku))
    return f"{statuses[201]} orders, {codes['insufficient-stock']} × 409 insufficient-stock, 0 left"


def kill_in_the_middle(stage: Stage) -> str:
    """In the middle of two hundred sales worker, relay and push are killed with -9, and start again."""
    sku = stage.memory["busy"]
    receive(stage, "shibuya", sku, SALES)
    before = stage.wait_in_step(sku)
    with ThreadPoolExecutor(4) as pool:
        sales = [pool.submit(stage.till_sells, "till-shibuya", sku) for _ in range(SALES)]
        eventually(lambda: sum(sale.done() for sale in sales) > SALES // 3, "a third is sold", within=60)
        killed = [kill(stage.addresses.run, name) for name in ("worker", "relay", "push")]
        for sale in sales:
            sale.result()
    waited = eventually(
        lambda: stage.at_sandbox(sku) == before - SALES, "the sandbox has the right number", within=60
    )
    expect(
        stage.online(sku, "sandbox-ec") == before - SALES, "so has the API", stage.online(sku, "sandbox-ec")
    )
    eventually(unfinished_is_none, "every event is finished", within=60)
    return f"killed {', '.join(killed)}; {before} → {before - SALES} at the sandbox {waited:.0f} ms after the last sale"


def kill(run: Path, name: str) -> str:
    """Kill -9 a process of the demo, and all of its group; its supervisor starts it again."""
    record = Record.read(run / f"{name}.pid")
    expect(record is not None and record.is_alive(), f"the {name} runs under the demo's supervisor", run)
    assert record is not None
    os.killpg(os.getpgid(record.pid), signal.SIGKILL)
    return f"{name} ({record.pid})"


def unfinished_is_none() -> bool:
    from omni.outbox.models import Event

    return not Event.objects.filter(finished_at=None).exists()


def she_returns_a_line(stage: Stage) -> str:
    """She returns an online line in a shop: stock, points both ways, money to the card."""
    hanako: Shopper = stage.memory["hanako"]
    sku, number = stage.memory["pair"][0], stage.memory["order"]
    shopper.hand_over_everything(stage, number)
    points, shop = hanako.points(), stage.in_shop(sku, "shibuya")
    body = {
        "order": number,
        "reason": "size",
        "lines": [{"sku": sku, "quantity": 1, "restock": True}],
    }
    returned = ok(stage.clients["till-shibuya"].post("/api/v1/till/returns/", json=body, headers=key()))
    after = hanako.points()
    expect(stage.in_shop(sku, "shibuya") == shop + 1, "the shop has it back", stage.in_shop(sku, "shibuya"))
    expect(returned["points_clawed_back"] > 0, "earned points are taken back", returned)
    expect(returned["points_restored"] > 0, "spent points are given back", returned)
    expect(float(returned["refund_amount"]) > 0, "money goes back", returned)
    eventually(lambda: shopper.refunded(stage, number), "the card's refund is done")
    return (
        f"{returned['refund_amount']} to the card, {returned['points_restored']} points given back, "
        f"{returned['points_clawed_back']} taken back: balance {points['balance']} → {after['balance']}, "
        f"pending {points['pending']} → {after['pending']}"
    )


def the_books_add_up(stage: Stage) -> str:
    """`verify_ledgers` is clean."""
    out = StringIO()
    try:
        call_command("verify_ledgers", stdout=out)
    except SystemExit:
        expect(False, "the ledgers explain every figure", out.getvalue())
    return out.getvalue().strip().splitlines()[-1]


ACTS: tuple[Callable[[Stage], str], ...] = (
    goods_arrive,
    till_sells_one,
    member_links_her_card,
    she_orders_two_lines,
    sandbox_repeats_itself,
    fifty_press_at_once,
    kill_in_the_middle,
    she_returns_a_line,
    the_books_add_up,
)
