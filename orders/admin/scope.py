"""Whose order an order is: the shop's that sold it, hands it over, or took it back."""

from django.db.models import Q

from orders.models import Fulfilment, Return
from organisation.admin.scope import AtLocations


def orders_at(locations: frozenset[int], path: str = "") -> Q:
    """A condition on rows whose `path` leads to an order (without one, on orders)."""
    prefix = f"{path}__" if path else ""
    handed = Fulfilment.objects.filter(location__in=locations).values("order_id")
    returned = Return.objects.filter(location__in=locations).values("order_id")
    return (
        Q(**{f"{prefix}location__in": locations})
        | Q(**{f"{prefix}pk__in": handed})
        | Q(**{f"{prefix}pk__in": returned})
    )


class OfOrder(AtLocations):
    """For the rows below an order: seen where the order is seen."""

    order_path = "order"

    def at_locations(self, locations: frozenset[int]) -> Q:
        return orders_at(locations, self.order_path)
