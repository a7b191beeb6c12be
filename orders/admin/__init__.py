"""Staff screens of the order book: orders, what is to be handed over, money, returns, carts."""

from django.utils.translation import gettext_lazy as _

from omni.core.admin import display
from orders.admin import carts as carts
from orders.admin import changes as changes
from orders.admin import deliveries as deliveries
from orders.admin import documents as documents
from orders.admin import fulfilments as fulfilments
from orders.admin import lines as lines
from orders.admin import orders as orders
from orders.admin import payments as payments
from orders.admin import promises as promises
from orders.admin import returns as returns
from orders.admin import routing as routing
from orders.admin import shipping as shipping
from orders.admin import transfers as transfers
from orders.admin import work as work
from orders.admin.document_forms import VOID_REASONS
from orders.admin.forms import CANCEL_REASONS, REASONS

display.SOURCES["order"] = (_("order"), "admin:orders_order_change")
display.SOURCES["return"] = (_("return"), "admin:orders_return_change")
display.REASONS.update(dict(REASONS) | dict(CANCEL_REASONS) | dict(VOID_REASONS))
