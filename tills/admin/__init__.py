"""Staff screens of the tills: drawers and their days, devices and operators, journals and tasks."""

from django.utils.translation import gettext_lazy as _

from omni.core.admin import display
from tills.admin import devices as devices
from tills.admin import drawers as drawers
from tills.admin import journals as journals

display.SOURCES["session"] = (_("cash session"), "admin:tills_cashsession_change")
display.SOURCES["entry"] = (_("journal entry"), "admin:tills_journalentry_change")
