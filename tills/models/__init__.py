"""The shop's tills: devices, drawers and their days, parked sales, journals of devices off line."""

from tills.models.cash import CashCount, CashMovement, CashSession, TillMoney, TillRecord
from tills.models.devices import Operator, ReceiptBlock, Till
from tills.models.journal import JournalEntry, TillTask
from tills.models.parked import ParkedSale

__all__ = [
    "CashCount",
    "CashMovement",
    "CashSession",
    "JournalEntry",
    "Operator",
    "ParkedSale",
    "ReceiptBlock",
    "Till",
    "TillMoney",
    "TillRecord",
    "TillTask",
]
