"""Whose order an order is: the shop's that sold it, hands it over, or took it back."""

from django.db.models import Q

from orders.finding import handled_at
from organisation.admin.scope import AtLocations


class OfOrder(AtLocations):
    """For the rows below an order: seen where the order is seen."""

    order_path = "order"

    def at_locations(self, locations: frozenset[int]) -> Q:
        return handled_at(locations, self.order_path)
