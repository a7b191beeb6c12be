"""What can go wrong with stock: a class for each fact."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, InvalidField, NotFound, Refused, Unavailable


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


class ExpiryNotLater(InvalidField):
    """The new `expires_at` is no later than the one that stands (null: it never expires)."""

    code = "expiry-not-later"
    title = _("The new time has to be later than the present one.")


class SplitLeavesNothing(InvalidField):
    """A split leaves units on both sides: `reserved`, `requested`."""

    code = "split-leaves-nothing"
    title = _("A split has to leave units on both sides.")


class NotAHold(Refused):
    """The reservation is `source`'s, an order's say, and is changed there."""

    code = "not-a-hold"
    title = _("This is reserved for an order, and is changed there.")


class KeepsNoStock(Refused):
    """`skus` are of variants that no stock is kept of: by their nature, or because they are bundles."""

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


class LocationUnplaced(Refused):
    """Nobody has said where `location` is, so nothing can be measured from it."""

    code = "location-unplaced"
    title = _("It is not known where this location is.")


class AmountOutOfRange(Refused):
    """`gives`, `amount`: all has no amount, a share no more than 100 per cent."""

    code = "amount-out-of-range"
    title = _("A share is at most 100 per cent, and everything has no amount.")


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


class CountNotFound(NotFound):
    """`number`: no count sheet or stock-take of it, `section` or `round`: none of it there."""

    code = "count-not-found"
    title = _("There is no such count.")


class CountNotOpen(Conflict):
    """`number` and its `state`: this can't be done to it any more, or not yet."""

    code = "count-not-open"
    title = _("The count is not in a state for this.")


class NothingToCount(Refused):
    code = "nothing-to-count"
    title = _("There is nothing to count.")


class NotOnSheet(Refused):
    """`skus` are not on the sheet."""

    code = "not-on-count-sheet"
    title = _("This article is not on the count sheet.")


class NotCounted(Refused):
    """`skus` of a sheet, or `sections` of a stock-take, have no count yet."""

    code = "not-counted"
    title = _("Something has not been counted yet.")


class CountedOutOfTime(Refused):
    """`counted_at` lies before the count was opened, or in the future: the device's clock is wrong."""

    code = "counted-out-of-time"
    title = _("This was not counted between the opening of the count and now.")


class CountNotApproved(Refused):
    """`skus` differ by more than the limit, and nobody has approved that."""

    code = "count-not-approved"
    title = _("A difference beyond the limit needs approval.")


class OwnCount(Refused):
    """Who counted, or was asked to, does not approve what was counted."""

    code = "own-count"
    title = _("Nobody approves what they have counted themselves.")


class SameCounter(Refused):
    """`section`: a recount is made by somebody who has not counted it before."""

    code = "same-counter"
    title = _("Somebody else has to count it again.")


class UnknownCounter(Refused):
    """`counter` is no member of staff who counts here."""

    code = "unknown-counter"
    title = _("This member of staff does not count here.")


class StockTakeUnderWay(Conflict):
    """`number` is of the stock-take that is under way at the `location`."""

    code = "stock-take-under-way"
    title = _("A stock-take is under way here already.")


class ScanMismatch(Conflict):
    """`sequences` of `device` were sent before, with something else in them."""

    code = "scan-mismatch"
    title = _("The device has used this number for another scan.")


class CodesUnknown(Refused):
    """`codes` were scanned and name nothing: register them, or count the section again."""

    code = "scanned-codes-unknown"
    title = _("Something was scanned that nothing is known by.")


class CountedBelowZero(Refused):
    """`skus`: more was taken back than had been scanned."""

    code = "counted-below-zero"
    title = _("More was taken back than had been scanned.")


class UncountedUndecided(Refused):
    """`uncounted` levels have stock and were not scanned; nobody has said what becomes of them."""

    code = "uncounted-undecided"
    title = _("Decide first what becomes of what was not counted.")


class RemedyUnfit(Refused):
    """`remedy` is none for a discrepancy of this `kind`."""

    code = "remedy-unfit"
    title = _("This does not settle a discrepancy of this kind.")


class PromisesRemain(Refused):
    """`quantity` units are promised to orders that are placed: those are re-routed or cancelled."""

    code = "promises-remain"
    title = _("What is promised belongs to orders that are placed; re-route or cancel those.")


class MonthNotOver(Refused):
    """`month` can't be closed before it has ended."""

    code = "month-not-over"
    title = _("The month is not over.")


class MonthNotNext(Conflict):
    """`month` is closed, or months before it are open; `next` is the one to close."""

    code = "month-not-next"
    title = _("Months are closed one after the other.")


class ValuationBehind(Conflict):
    """`waiting` entries of the company's month have not been valued (null: just now they are)."""

    code = "valuation-behind"
    title = _("Not everything of the month has been valued yet; try again shortly.")


class MonthStillRead(Refused):
    """Reports look back to `kept_from`: `month` stays in the ledger."""

    code = "month-still-read"
    title = _("Reports still look at this month.")


class MonthStillOpen(Refused):
    """`companies` have not closed all days of `month`'s rows, or not all of these are valued."""

    code = "month-still-open"
    title = _("The month has not been closed by every company.")


class LedgerOutOfPlace(Conflict):
    """`rows` of the time up to the end of `month` stand in no month's partition."""

    code = "ledger-out-of-place"
    title = _("Rows of the ledger stand outside their month.")


class LedgerUnbalanced(Conflict):
    """As many `balances` of archived rows would be wrong, and no correction says so."""

    code = "ledger-unbalanced"
    title = _("The ledger does not add up. Verify it, and repair it, first.")


class LedgerBusy(Unavailable):
    code = "ledger-busy"
    title = _("The ledger is in use; try again at a quieter time.")


class ArchiveMissing(NotFound):
    """`file` is not there."""

    code = "archive-missing"
    title = _("There is no such archive.")


class ArchiveDiffers(Conflict):
    """`file` is not what was written: its SHA-256 is not `expected`."""

    code = "archive-differs"
    title = _("The archive's checksum is another one.")


class SuggestionNotOpen(Conflict):
    """`suggestions`: the ids that were accepted, dismissed or replaced by a newer run before."""

    code = "suggestion-not-open"
    title = _("The suggestion is no longer open.")


class LotsRefused(InvalidField):
    """
    What was said of lots or serial numbers breaks a rule: `field`, `rule`, and the `sku` and `lot` it is of.

    Rules: `required`, `sum-differs` (`expected`, `named`), `twice`, `not-tracked`, `serial-is-one-unit`,
    `serial-in-stock`, `date-required`, `date-differs`, `date-not-kept`, `past-its-day`, `blocked`,
    `not-empty`, `under-way`, `tracked`, `unknown`.
    """

    code = "lots-refused"
    title = _("What is said of lots or serial numbers is not right.")


class LotNotThere(Conflict):
    """The lot or serial number has less than was asked for: `sku`, `lot`, `requested`, `available`, `rule`."""

    code = "lot-not-there"
    title = _("There is not enough of this lot here.")


class UnknownLot(NotFound):
    """No lot of that number is known, of the `sku` if one is named."""

    code = "unknown-lot"
    title = _("No such lot is known.")
