"""
What each role lets staff do, and where: Django permissions, narrowed to locations.

A role grants permissions by pattern (`inventory.view_*`, `inventory.receive`); an assignment says
at which location, or everywhere. `reach` answers where a permission holds, and the backend makes
Django's own checks (and so every screen) agree with it.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser

from organisation.models import StaffAssignment, User

Role = StaffAssignment.Role

SEES_STOCK = (
    "catalog.view_*",
    "inventory.view_*",
    "organisation.view_location",
    "organisation.view_saleschannel",
)
SEES_ORDERS = (
    "orders.view_*",
    "customers.view_*",
    "loyalty.view_*",
    "tills.view_*",
    "promotions.view_promotion",
    "promotions.view_target",
    "promotions.view_redemption",
)
# A code that anybody may use once is worth money to who reads it.
SEES_COUPONS = ("promotions.view_coupon", "promotions.view_couponbatch")
AT_THE_COUNTER = (
    "inventory.receive",
    "inventory.count",
    "inventory.hold",
    "orders.fulfil",
    "orders.take_back",
    "orders.issue_document",
    "tills.open_session",
    "tills.count_drawer",
    "tills.move_cash",
    "tills.close_session",
    "tills.train",
)
# A price at the till, a sale undone, what a till off line left to look at: the manager's.
TILLS = ("tills.void_sale", "tills.override_price", "tills.settle", "tills.replay")
# How shops are paid, and what delivery costs, are the group's: `orders.*` would let a shop set them.
ORDERS = (
    "orders.cancel",
    "orders.fulfil",
    "orders.take_back",
    "orders.issue_document",
    "orders.void_document",
)
STOCK = (
    "inventory.receive",
    "inventory.adjust",
    "inventory.transfer",
    "inventory.request_transfer",
    "inventory.purchase",
    "inventory.replenish",
    "inventory.set_safety_stock",
    "inventory.hold",
    "inventory.resolve",
    "inventory.count",
    "inventory.take_stock",
    "inventory.approve_count",
)
# `customers.export`, a file of everyone, is none of them.
CUSTOMERS = ("customers.add_*", "customers.change_*", "customers.delete_*")

GRANTS: Mapping[str, tuple[str, ...]] = {
    Role.CLERK: (*SEES_STOCK, *SEES_ORDERS, *AT_THE_COUNTER),
    Role.MANAGER: (
        *SEES_STOCK,
        *SEES_ORDERS,
        *AT_THE_COUNTER,
        *STOCK,
        *ORDERS,
        *TILLS,
        "organisation.view_*",
        "organisation.pause",
    ),
    Role.STOCK_OFFICE: (
        *SEES_STOCK,
        "orders.view_*",
        "orders.fulfil",
        *STOCK,
        "inventory.*",
        "organisation.pause",
        "connectors.view_*",
        "connectors.compare",
        "connectors.replay",
        "connectors.pause",
    ),
    Role.CONTACT_CENTRE: (
        *SEES_STOCK,
        *SEES_ORDERS,
        *SEES_COUPONS,
        *ORDERS,
        *CUSTOMERS,
        "loyalty.adjust_points",
    ),
    Role.HEADQUARTERS: ("*",),
}
# What only superusers may touch: who may do what.
GUARDED = (
    "auth.*",
    "organisation.*_user",
    "organisation.*_userevent",
    "organisation.*_staffassignment",
    "organisation.*_staffassignmentevent",
    "organisation.issue_keys",
    "tills.set_pin",
)


def grants(role: str, permission: str) -> bool:
    """Whether a role holds a permission (`app.codename`)."""
    if any(fnmatchcase(permission, pattern) for pattern in GUARDED):
        return False
    return any(fnmatchcase(permission, pattern) for pattern in GRANTS[role])


def assignments_of(user: User) -> list[tuple[str, int | None]]:
    """The user's roles and where they hold (None: everywhere); one query, kept on the user object."""
    kept: list[tuple[str, int | None]] | None = getattr(user, "_assignments", None)
    if kept is None:
        kept = list(user.assignments.values_list("role", "location_id"))
        user._assignments = kept  # type: ignore[attr-defined]
    return kept


def reach(user: User | AnonymousUser, permission: str) -> frozenset[int] | None:
    """
    The locations where the user's roles grant a permission; None is everywhere, empty nowhere.

    Superusers reach everywhere, and so does a permission that Django's own groups grant; who is not
    active staff reaches nothing.
    """
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return frozenset()
    if user.is_superuser:
        return None
    if permission in ModelBackend().get_all_permissions(user):
        return None
    held = {location for role, location in assignments_of(user) if grants(role, permission)}
    return None if None in held else frozenset(location for location in held if location is not None)


class StaffBackend(BaseBackend):
    """Grants staff what their roles grant them, somewhere; where is for `reach` to say."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """
        Whether the permission holds anywhere; asked with a row (or its model), whether everywhere.

        Rows that belong to no location are everyone's, so a role at one location does not change them.
        """
        held = reach(user_obj, perm)
        return held != frozenset() if obj is None else held is None

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(
            pattern == "*" or pattern.startswith(f"{app_label}.")
            for role, _ in (assignments_of(user_obj) if self._is_staff(user_obj) else [])
            for pattern in GRANTS[role]
        )

    def _is_staff(self, user: Any) -> bool:
        return isinstance(user, User) and user.is_active and user.is_staff
