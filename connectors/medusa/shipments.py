"""Shipments told to a Medusa server: a fulfilment of the order's items, shipped, with its tracking number."""

from collections.abc import Mapping
from typing import Any

from connectors.errors import PushFailed
from connectors.medusa.admin_api import ask
from connectors.medusa.orders import open_units
from connectors.medusa.settings import To
from connectors.ports import Shipment

# Under this name a fulfilment carries the shipment's id.
MARK = "omni_shipment"
FIELDS = ",".join(
    [
        "id,items.id,items.variant_sku,items.detail.quantity,items.detail.fulfilled_quantity",
        "fulfillments.id,fulfillments.shipped_at,fulfillments.canceled_at,fulfillments.metadata",
        "fulfillments.items.line_item_id,fulfillments.items.quantity",
    ]
)


def acknowledge_shipment(to: To, shipment: Shipment) -> None:
    """
    Fulfil and ship; told again under the same id, go on with what is there.

    Raises:
        PushFailed: for good, where Medusa has no such order, or no such units open in it.
    """
    order = find_order(to, shipment)
    fulfilment = marked(order, shipment)
    if fulfilment is None:
        fulfil(to, shipment, order)
        fulfilment = marked(find_order(to, shipment), shipment)
    if fulfilment is None:
        raise PushFailed(f"Medusa shows no fulfilment of {shipment.order_number} after it took it")
    if not fulfilment["shipped_at"]:
        ship(to, shipment, fulfilment)


def find_order(to: To, shipment: Shipment) -> Mapping[str, Any]:
    found: Mapping[str, Any] = ask(to, "GET", f"orders/{shipment.order_number}", [("fields", FIELDS)])
    return dict(found["order"])


def marked(order: Mapping[str, Any], shipment: Shipment) -> Mapping[str, Any] | None:
    for one in order["fulfillments"] or ():
        if (one["metadata"] or {}).get(MARK) == shipment.id and not one["canceled_at"]:
            return dict(one)
    return None


def fulfil(to: To, shipment: Shipment, order: Mapping[str, Any]) -> None:
    body = {
        "items": items_of(shipment, order),
        "location_id": to.settings.stock_location,
        "metadata": {MARK: shipment.id},
    }
    ask(to, "POST", f"orders/{shipment.order_number}/fulfillments", body=body)


def ship(to: To, shipment: Shipment, fulfilment: Mapping[str, Any]) -> None:
    items = [{"id": one["line_item_id"], "quantity": int(one["quantity"])} for one in fulfilment["items"]]
    body: dict[str, Any] = {"items": items}
    if shipment.tracking_number:
        body["labels"] = [{"tracking_number": shipment.tracking_number, "tracking_url": "", "label_url": ""}]
    path = f"orders/{shipment.order_number}/fulfillments/{fulfilment['id']}/shipments"
    ask(to, "POST", path, body=body)


def items_of(shipment: Shipment, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its units on the order's items. Raises PushFailed, for good, where they are not open there."""
    taken = []
    for part in shipment.lines:
        rest = part.quantity
        for line in order["items"]:
            units = min(rest, open_units(line)) if line["variant_sku"] == part.sku else 0
            if units:
                taken.append({"id": line["id"], "quantity": units})
                rest -= units
        if rest:
            told = f"Medusa's order {shipment.order_number} has not {part.quantity} {part.sku} open"
            raise PushFailed(told, permanent=True)
    return taken
