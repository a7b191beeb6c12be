"""Staff screens of promotions: the promotions themselves, their coupons, and their uses."""

from django.utils.translation import gettext_lazy as _

from omni.core.admin import display
from promotions.admin import coupons as coupons
from promotions.admin import promotions as promotions
from promotions.admin import uses as uses

display.SOURCES["promotion"] = (_("promotion"), "admin:promotions_promotion_change")
