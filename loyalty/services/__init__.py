"""Writes of points. Balances change here alone, and the ledger explains each change."""

from loyalty.services.earn import Accrual, accrue
from loyalty.services.postings import Posted
from loyalty.services.spend import burn_held, burn_points, hold_points, release_held
from loyalty.terms import ProgrammeTerms, points_for

__all__ = [
    "Accrual",
    "Posted",
    "ProgrammeTerms",
    "accrue",
    "burn_held",
    "burn_points",
    "hold_points",
    "points_for",
    "release_held",
]
