"""How often tills of other makers may report."""

from omni.core.throttling import AddressThrottle


class TillFeedThrottle(AddressThrottle):
    """A batch may book two hundred sales: only so many come from one address."""

    setting = "TILL_BATCHES_PER_MINUTE"
