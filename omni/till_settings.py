"""Settings of tills: what a drawer holds, and how long what a till was told or has put aside is good for."""

from datetime import timedelta

# The coins and notes of a drawer, by currency. One that is not here is counted as a whole.
CASH_DENOMINATIONS: dict[str, tuple[str, ...]] = {
    "JPY": ("10000", "5000", "2000", "1000", "500", "100", "50", "10", "5", "1"),
    "USD": ("100", "50", "20", "10", "5", "2", "1", "0.50", "0.25", "0.10", "0.05", "0.01"),
    "EUR": tuple("500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01".split()),
}
# How long an operator stays signed in at a till, how many wrong PINs lock a number, and for how long.
TILL_SIGNED_IN = timedelta(hours=12)
TILL_PIN_TRIES = 5
TILL_PIN_LOCKED = timedelta(minutes=5)
# What is parked runs out, and so does what a till off line was told.
TILL_PARKED = timedelta(hours=24)
TILL_SNAPSHOT_VALID = timedelta(hours=24)
