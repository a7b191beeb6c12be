"""What can go wrong with stock: a class for each fact."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, NotFound, Refused


class InsufficientStock(Conflict):
    """`shortages`: sku, location (null where no one location is meant), requested, available."""

    code = "insufficient-stock"
    title = _("There is not enough stock.")


class AlreadyPosted(Conflict):
    """`documents`: kind and number of those that moved stock before."""

    code = "stock-document-posted"
    title = _("This document has already been posted.")


class ReservationNotOpen(Conflict):
    """`reservation_ids` are fulfilled, released, expired or unknown."""

    code = "reservation-not-open"
    title = _("The reservation is no longer open.")


class QuantityExceedsReservation(Refused):
    """`reservation_id`, `reserved`, `requested`."""

    code = "quantity-exceeds-reservation"
    title = _("More was asked for than is reserved.")


class KeepsNoStock(Refused):
    """`skus` are of variants that no stock is kept of."""

    code = "keeps-no-stock"
    title = _("No stock is kept of this product.")


class BelowZero(Refused):
    """`sku`, `location`, `bucket`, `found`, `delta`: there is less than would be taken away."""

    code = "stock-below-zero"
    title = _("More would be taken away than is there.")


class SameLocation(Refused):
    code = "same-location"
    title = _("Stock moves from one location to another.")


class UnknownLocation(NotFound):
    """`location` is nobody's code, or its location is closed."""

    code = "unknown-location"
    title = _("There is no such location.")


class DiscrepancyResolved(Conflict):
    code = "discrepancy-resolved"
    title = _("The discrepancy has already been resolved.")


class PostalCodeUnplaced(Refused):
    """`postal_code` is near none of our locations, so nothing can be measured from it."""

    code = "postal-code-unplaced"
    title = _("We have no shop near this postal code.")


class UnknownDiscrepancy(NotFound):
    code = "unknown-discrepancy"
    title = _("There is no such discrepancy.")
