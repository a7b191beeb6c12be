"""Staff screens of points: programmes, accounts, lots, the ledger."""

from loyalty.admin import accounts as accounts
from loyalty.admin import ledger as ledger
from loyalty.admin import programmes as programmes
