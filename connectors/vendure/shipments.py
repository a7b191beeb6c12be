"""Shipments told to a Vendure server: a fulfilment of the order's lines, shipped, with its tracking code."""

from collections.abc import Mapping
from typing import Any

from connectors.errors import PushFailed
from connectors.ports import Shipment
from connectors.vendure.admin_api import ask, granted
from connectors.vendure.orders import open_units
from connectors.vendure.settings import To
from connectors.vendure.stock import WRITE, Level, find_levels

ORDER = """
query ($code: String!) {
  orders(options: {filter: {code: {eq: $code}}, take: 1}) {
    items {
      id fulfillments { id state method }
      lines {
        id quantity productVariant { sku } fulfillmentLines { quantity fulfillment { state } }
      }
    }
  }
}
"""
FULFIL = """
mutation ($input: FulfillOrderInput!) {
  addFulfillmentToOrder(input: $input) {
    ... on Fulfillment { id state }
    ... on ErrorResult { errorCode message }
  }
}
"""
SHIP = """
mutation ($id: ID!) {
  transitionFulfillmentToState(id: $id, state: "Shipped") {
    ... on Fulfillment { id state }
    ... on ErrorResult { errorCode message }
  }
}
"""
SHORT = "INSUFFICIENT_STOCK_ON_HAND_ERROR"
SENT = ("Shipped", "Delivered")


def acknowledge_shipment(to: To, shipment: Shipment) -> None:
    """
    Fulfil and ship; told again under the same id, go on with what is there.

    Raises:
        PushFailed: for good, where Vendure has no such order, or no such units open in it.
    """
    found = ask(to, ORDER, code=shipment.order_number)["orders"]["items"]
    if not found:
        raise PushFailed(f"Vendure has no order {shipment.order_number}", permanent=True)
    method = method_of(shipment)
    fulfilments = [one for one in found[0]["fulfillments"] or () if one["method"] == method]
    fulfilment = fulfilments[0] if fulfilments else fulfil(to, shipment, found[0])
    if fulfilment["state"] not in SENT:
        granted(ask(to, SHIP, id=fulfilment["id"])["transitionFulfillmentToState"])


def method_of(shipment: Shipment) -> str:
    """What Vendure shows as the method; its end tells this shipment from any other."""
    return f"{shipment.carrier or 'omni'} {shipment.id}"


def fulfil(to: To, shipment: Shipment, order: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {
        "lines": lines_of(shipment, order),
        "handler": {
            "code": "manual-fulfillment",
            "arguments": [
                {"name": "method", "value": method_of(shipment)},
                {"name": "trackingCode", "value": shipment.tracking_number},
            ],
        },
    }
    result = ask(to, FULFIL, input=wanted)["addFulfillmentToOrder"]
    if result.get("errorCode") == SHORT:
        return fulfil_oversold(to, shipment, wanted)
    return granted(result)


def lines_of(shipment: Shipment, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its units on the order's lines. Raises PushFailed, for good, where they are not open there."""
    taken = []
    for part in shipment.lines:
        rest = part.quantity
        for line in order["lines"]:
            units = min(rest, open_units(line)) if line["productVariant"]["sku"] == part.sku else 0
            if units:
                taken.append({"orderLineId": line["id"], "quantity": units})
                rest -= units
        if rest:
            told = f"Vendure's order {shipment.order_number} has not {part.quantity} {part.sku} open"
            raise PushFailed(told, permanent=True)
    return taken


def fulfil_oversold(to: To, shipment: Shipment, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """
    Fulfil what Vendure sold beyond its on-hand: it holds nothing for such lines, and refuses to send them.

    On-hand is raised for as long as that takes, and the threshold with it: none of it can be bought.
    """
    levels, told = find_levels(to, [line.sku for line in shipment.lines])
    if told:
        raise PushFailed(told, permanent=True)
    short = {line.sku: max(0, line.quantity - levels[line.sku].on_hand) for line in shipment.lines}
    raised = [lift(level, short[sku]) for sku, level in levels.items() if short[sku]]
    ask(to, WRITE, input=raised)
    try:
        return granted(ask(to, FULFIL, input=wanted)["addFulfillmentToOrder"])
    finally:
        now, _ = find_levels(to, list(levels))
        ask(to, WRITE, input=[lower(now[sku], levels[sku], units) for sku, units in short.items() if units])


def lift(level: Level, units: int) -> dict[str, Any]:
    return {
        **level.write(level.on_hand + units),
        "useGlobalOutOfStockThreshold": False,
        "outOfStockThreshold": level.threshold + units,
    }


def lower(level: Level, before: Level, units: int) -> dict[str, Any]:
    return {
        **level.write(max(0, level.on_hand - units)),
        "useGlobalOutOfStockThreshold": before.threshold_is_global,
        "outOfStockThreshold": before.threshold,
    }
