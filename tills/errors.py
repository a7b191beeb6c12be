"""What tills refuse. Every class names a fact; its data says of what."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, Forbidden, InvalidField, Refused


class NotATill(Forbidden):
    """The key is no till's: it sells, but has no drawer, no training and no journal."""

    code = "not-a-till"
    title = _("This key belongs to no till.")


class SignInFailed(Forbidden):
    """The number or the PIN is wrong, or too many wrong ones came."""

    code = "sign-in-failed"
    title = _("The staff number or the PIN is wrong.")


class OperatorNeeded(Forbidden):
    """`function` is for someone who has signed in at the till, and has the right to it there."""

    code = "operator-needed"
    title = _("Sign in at the till first.")


class SessionMissing(Conflict):
    """Nothing is open at `till`: open the drawer first."""

    code = "cash-session-missing"
    title = _("The till's day is not open.")


class SessionOpen(Conflict):
    """`till` has an open session, of `business_date`."""

    code = "cash-session-open"
    title = _("The till's day is open already.")


class DayClosed(Conflict):
    """`till` has closed its days up to `closed_until`; `next` is the first that can be opened."""

    code = "business-day-closed"
    title = _("This business day is closed.")


class DenominationUnknown(InvalidField):
    """`currency` has no coin or note of `values`."""

    code = "denomination-unknown"
    title = _("There is no such coin or note.")


class DepositAboveCount(Refused):
    """`deposit` is more than was `counted`."""

    code = "deposit-above-count"
    title = _("That is more than is in the drawer.")


class DrawerShort(Refused):
    """`requested` is to be taken out of a drawer that should hold `expected`."""

    code = "drawer-short"
    title = _("There is not that much in the drawer.")


class NotVoidable(Conflict):
    """`order` can't be voided: `rule` is `not-of-this-session` or `goods-came-back`."""

    code = "not-voidable"
    title = _("This sale can't be voided any more.")


class InTraining(Conflict):
    """A till in training does not do this."""

    code = "till-in-training"
    title = _("The till is in training.")


class ParkedGone(Conflict):
    """The parked sale was resumed elsewhere, or has run out: `status` says which."""

    code = "parked-sale-gone"
    title = _("This sale is no longer parked.")


class ParkedTooMany(Refused):
    """The shop has parked `most` sales."""

    code = "parked-sales-limit"
    title = _("Too many sales are parked.")


class ReceiptsLeft(Refused):
    """The till has `left` numbers that it has not used; `most` may lie unused."""

    code = "receipt-numbers-left"
    title = _("The till has receipt numbers enough.")


class JournalGap(Conflict):
    """The journal goes on at `expected_sequence`, after an entry of `expected_previous`."""

    code = "journal-gap"
    title = _("Entries are missing before these.")


class JournalChanged(Conflict):
    """What came under `sequence` is not what came before, or not what its hash says: `rule` says which."""

    code = "journal-changed"
    title = _("An entry differs from what was written.")
