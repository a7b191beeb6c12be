"""What the order book refuses. Every class names a fact; its data says of what."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Forbidden, InvalidField, Refused, Unavailable


class CartOrdered(Conflict):
    """The cart was ordered already: `order` is the number."""

    code = "cart-ordered"
    title = _("This cart has been ordered.")


class CartMerged(Conflict):
    """The cart has become a part of the person's one cart: `into` is its id."""

    code = "cart-merged"
    title = _("This cart is now a part of another.")


class CartLinkInvalid(Refused):
    """The link is none of ours, or has expired."""

    code = "cart-link-invalid"
    title = _("This link is no longer valid.")


class PriceChanged(Conflict):
    """The order comes to `total` now, more than was `expected`; `lines` lists what became dearer since it was put in."""

    code = "price-changed"
    title = _("The price has changed; look at it again.")


class ChannelInactive(Refused):
    """The sales `channel` sells nothing now; what is in its carts stays there."""

    code = "channel-inactive"
    title = _("This sales channel is not selling now.")


class CartEmpty(Refused):
    code = "cart-empty"
    title = _("There is nothing in the cart.")


class CartLimit(Refused):
    """`limit` is the most that `field` (lines, or the quantity of one) may be."""

    code = "cart-limit"
    title = _("That is more than one cart may hold.")


class LocationUnfit(Refused):
    """The `location` does not do what the `kind` of line needs, is closed, or serves other channels."""

    code = "location-unfit"
    title = _("This location does not offer that.")


class FieldMissing(InvalidField):
    """`field` is needed here; `rule` is `required`."""

    code = "field-missing"
    title = _("A field is missing.")


class MethodNotOffered(InvalidField):
    """The channel has no shipping `method` of that code; `offered` lists those that it has."""

    code = "method-not-offered"
    title = _("This shipping method is not offered.")


class NotDeliverable(Refused):
    """No shipping method takes goods of this `temperature` to the `prefecture`."""

    code = "not-deliverable"
    title = _("This can't be delivered there.")


class DateNotOffered(InvalidField):
    """It can't be there on the date of `field`: `earliest` and `latest` bound what can be chosen (null: none)."""

    code = "date-not-offered"
    title = _("This delivery date can't be chosen.")


class SlotNotOffered(InvalidField):
    """The carrier has no such time slot; `offered` lists those that it has."""

    code = "slot-not-offered"
    title = _("This time slot can't be chosen.")


class LabelUnfit(Refused):
    """The label `reference` has in `column` nothing, too much, or a character that CP932 lacks: `reason`."""

    code = "label-unfit"
    title = _("A label can't be written.")


class TrackingRefused(Refused):
    """`lines` lists the lines of the file that can't be taken, and the `reason` of each. Nothing was."""

    code = "tracking-refused"
    title = _("This file can't be taken.")


class DeliveryLinesUnfit(InvalidField):
    """The cart's `line` is not delivered, or there are not so many units of it: `rule` says which."""

    code = "delivery-lines-unfit"
    title = _("This can't be sent to that address.")


class TenderNotOffered(Refused):
    """`tender` is not a way to pay here; `offered` lists those that are."""

    code = "tender-not-offered"
    title = _("This way to pay is not offered here.")


class PointsNeedMember(Refused):
    code = "points-need-member"
    title = _("Sign in as a member to spend points.")


class PointsAboveTotal(Refused):
    """`requested` points are worth more than there is to pay; `most` can be spent."""

    code = "points-above-total"
    title = _("That is more points than there is to pay.")


class CardDeclined(Refused):
    """Nothing was taken and nothing is held; the cart is open again. `decline_code` says why."""

    code = "card-declined"
    title = _("The card was declined.")


class PaymentUnknown(Unavailable):
    """The acquirer has not answered: the order `order` waits until it does. Repeat with the same key."""

    code = "payment-unknown"
    title = _("The payment's outcome is not known yet.")
    retry_after = 5


class OrderNotCancellable(Conflict):
    """`order` can't be cancelled in its `state`."""

    code = "order-not-cancellable"
    title = _("The order can no longer be cancelled.")


class RefundAboveCapture(Refused):
    """`requested` is more than the `refundable` rest of what was captured."""

    code = "refund-above-capture"
    title = _("That is more than was paid.")


class ExternalCurrency(Refused):
    """The channel sells in `expected`, not in `currency`."""

    code = "external-currency"
    title = _("This channel sells in another currency.")


class ExternalOrderDiffers(Conflict):
    """`external_number` landed before as `order`, with another total."""

    code = "external-order-differs"
    title = _("This order arrived before with other content.")


class SaleRecorded(Conflict):
    """`orders` lists the numbers under which these receipts were booked before, with another key."""

    code = "sale-already-recorded"
    title = _("This receipt has been recorded.")


class SaleEmpty(Refused):
    code = "sale-empty"
    title = _("There is nothing in the sale.")


class TendersDiffer(Refused):
    """What was handed over, `tendered`, does not settle the `total`."""

    code = "tenders-do-not-add-up"
    title = _("What was paid is not what there is to pay.")


class TenderUnknown(Refused):
    """`tenders` names ways to pay that there are not, or that a till does not take."""

    code = "tender-unknown"
    title = _("There is no such way to pay.")


class TillWithoutShop(Forbidden):
    """The key names no shop, or no sales channel, so it can't sell."""

    code = "till-without-shop"
    title = _("This key belongs to no shop.")


class NotFulfillable(Conflict):
    """`fulfilment` of `order` is in a `state` in which nothing can be handed over."""

    code = "not-fulfillable"
    title = _("This can't be handed over now.")


class NothingWaits(Conflict):
    """Nothing of `order` waits for stock of this article."""

    code = "nothing-waits"
    title = _("Nothing of this order waits for this article.")


class HoldUnfit(InvalidField):
    """`hold` is unknown, elsewhere, of another article than is sold, or paid by card: `rule` says which."""

    code = "hold-unfit"
    title = _("This hold is not for this sale.")


class AboveOpenQuantity(Refused):
    """`lines` lists positions with the units `requested` and the units still `open`."""

    code = "above-open-quantity"
    title = _("That is more than there is left to hand over.")


class NotOfFulfilment(Refused):
    """`variant_ids` are not among the goods in question."""

    code = "not-of-fulfilment"
    title = _("This article is not in what is rejected.")


class AboveReturnable(Refused):
    """`lines` lists positions with the units `requested` and those `returnable`: fulfilled, not yet returned."""

    code = "above-returnable"
    title = _("That is more than can come back.")


class UnknownLines(Refused):
    """The order has no lines at `positions`."""

    code = "unknown-lines"
    title = _("The order has no such line.")


class StepTaken(Conflict):
    """The `step` of the work on this `fulfilment` was taken before, at `at`."""

    code = "step-taken"
    title = _("This step has been taken.")


class RulesUnfit(InvalidField):
    """At `field` of a file of routing rules stands `value`, where `rule` says what should."""

    code = "rules-unfit"
    title = _("The rules are not valid.")


class WrongCode(Refused):
    """The code that was shown is not this `fulfilment`'s."""

    code = "wrong-code"
    title = _("This is not the code of these goods.")


class WrongState(Conflict):
    """No step leads from the `state` that this row (`of` says which kind) is in to `after`."""

    code = "wrong-state"
    title = _("Its state does not allow that.")
