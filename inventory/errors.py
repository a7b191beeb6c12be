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


class UnknownTransfer(NotFound):
    code = "unknown-transfer"
    title = _("There is no such transfer.")


class TransferNotInState(Conflict):
    """`transfer` is in `state`, where this can't be done."""

    code = "transfer-not-in-state"
    title = _("The transfer is no longer where this can be done.")


class UnknownSupplier(NotFound):
    code = "unknown-supplier"
    title = _("There is no such supplier, or nothing is ordered from it any more.")


class UnknownPurchaseOrder(NotFound):
    code = "unknown-purchase-order"
    title = _("There is no such purchase order.")


class PurchaseOrderNotInState(Conflict):
    """`order` is in `state`, where this can't be done."""

    code = "purchase-order-not-in-state"
    title = _("The purchase order is no longer where this can be done.")


class NotExpected(Refused):
    """`skus` are not on the transfer or the order."""

    code = "not-expected"
    title = _("This article is not on the document.")


class OverDelivered(Refused):
    """`lines`: sku, ordered, arrived (all deliveries together), allowed."""

    code = "over-delivered"
    title = _("More arrived than is tolerated: confirm it with a reason, or send it back.")


class DifferenceExceeded(Refused):
    """`open` units are left to settle, `requested` were named."""

    code = "difference-exceeded"
    title = _("Less than that is left to settle.")


class SettlementUnfit(Refused):
    """What arrived over was never missing: it can't be found."""

    code = "settlement-unfit"
    title = _("This difference can't be settled in this way.")


class SettledByMoving(Refused):
    """A transfer's discrepancy is resolved by settling its difference, not by a note."""

    code = "settled-by-moving"
    title = _("This discrepancy is resolved by settling the transfer's difference.")
