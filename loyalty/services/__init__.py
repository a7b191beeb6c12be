"""Writes of points. Balances change here alone, and the ledger explains each change."""

from loyalty.services.adjust import AdjustedPoints, adjust_points
from loyalty.services.due import DuePosted, activate, post_due
from loyalty.services.earn import Accrual, accrue
from loyalty.services.give_back import claw_back, restore
from loyalty.services.locking import lock_points
from loyalty.services.postings import Posted
from loyalty.services.programmes import create_programme, open_own_accounts
from loyalty.services.spend import burn_held, burn_points, hold_points, release_held
from loyalty.terms import ProgrammeTerms, points_for

__all__ = [
    "Accrual",
    "AdjustedPoints",
    "DuePosted",
    "Posted",
    "ProgrammeTerms",
    "accrue",
    "activate",
    "adjust_points",
    "burn_held",
    "burn_points",
    "claw_back",
    "create_programme",
    "hold_points",
    "lock_points",
    "open_own_accounts",
    "points_for",
    "post_due",
    "release_held",
    "restore",
]
