"""What promotions refuse. A coupon's `coupon` is its code, as it is printed."""

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict, InvalidField, Refused


class CouponUnknown(Refused):
    """There is no such code, or it was withdrawn: nobody is told which."""

    code = "coupon-unknown"
    title = _("There is no such coupon.")


class CouponNotYet(Refused):
    """It can be used from `starts_at` on."""

    code = "coupon-not-yet"
    title = _("This coupon can't be used yet.")


class CouponOver(Refused):
    """It could be used until `ends_at`."""

    code = "coupon-over"
    title = _("This coupon has ended.")


class CouponUsedUp(Refused):
    """`by_you`: this person has had it as often as anybody may; else everybody together have."""

    code = "coupon-used-up"
    title = _("This coupon has been used up.")


class CouponNotForYou(Refused):
    """`rule` says why: channel, needs-member, first-order-only, or personal (it is another person's)."""

    code = "coupon-not-for-you"
    title = _("This coupon can't be used here.")


class CouponConflicts(Refused):
    """It can't be had together with the coupon `other`."""

    code = "coupon-conflicts"
    title = _("This coupon can't be combined with another one.")


class TooManyCoupons(Refused):
    """`limit` is the most that a cart, or a sale, may have."""

    code = "too-many-coupons"
    title = _("That is more coupons than can be used at once.")


class PromotionUsedUp(Conflict):
    """Somebody was faster: the limited `promotions` are used up. Look at the price again."""

    code = "promotion-used-up"
    title = _("A promotion has been used up meanwhile; look at the price again.")


class CodeTaken(InvalidField):
    """Another coupon, of whichever promotion, has the code."""

    code = "coupon-code-taken"
    title = _("This coupon code is taken.")


class LimitBelowUses(InvalidField):
    """It was used `uses` times already."""

    code = "limit-below-uses"
    title = _("It has been used more often than that.")
