"""What guests may do how often."""

from rest_framework.request import Request

from omni.core.throttling import AddressThrottle


class GuestCartThrottle(AddressThrottle):
    """A guest's cart costs a row and nobody's name: only so many come from one address."""

    setting = "GUEST_CARTS_PER_MINUTE"

    def applies(self, request: Request) -> bool:
        return request.method == "POST" and not request.user.is_authenticated


class CouponThrottle(AddressThrottle):
    """Codes are worth money and can be guessed at: only so many tries come from one address."""

    setting = "COUPON_TRIES_PER_MINUTE"

    def applies(self, request: Request) -> bool:
        return request.method == "POST"
