"""Staff screens of the stock: levels and what is done with them, the ledger, promises, sourcing, goods under way."""

from django.utils.translation import gettext_lazy as _

from inventory.admin import backorders as backorders
from inventory.admin import buffers as buffers
from inventory.admin import closings as closings
from inventory.admin import counting as counting
from inventory.admin import discrepancies as discrepancies
from inventory.admin import ledger as ledger
from inventory.admin import levels as levels
from inventory.admin import lots as lots
from inventory.admin import purchasing as purchasing
from inventory.admin import replenishment as replenishment
from inventory.admin import reservations as reservations
from inventory.admin import sections as sections
from inventory.admin import sourcing as sourcing
from inventory.admin import stocktaking as stocktaking
from inventory.admin import transfers as transfers
from inventory.admin import value as value
from omni.core.admin import display

display.NUMBERED["transfer"] = (_("transfer"), "admin:inventory_transfer_changelist")
