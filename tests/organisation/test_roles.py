"""Staff may do what their roles give them, where they are assigned, and nothing else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from organisation import permissions, selectors
from organisation.errors import NotYours
from organisation.models import Location, StaffAssignment, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shibuya() -> Location:
    return factories.location(code="shibuya")


@pytest.fixture
def ginza() -> Location:
    return factories.location(code="ginza")


def staff(role: str, location: Location | None = None) -> User:
    user = factories.user(is_staff=True)
    StaffAssignment.objects.create(user=user, role=role, location=location)
    return user


def codes(user: User, *function: str) -> list[str]:
    return sorted(location.code for location in selectors.locations_of(user, *function))


def test_a_manager_manages_her_own_shop_only(shibuya: Location, ginza: Location) -> None:
    manager = staff("MANAGER", shibuya)

    assert selectors.may(manager, "inventory.adjust", shibuya)
    assert not selectors.may(manager, "inventory.adjust", ginza)
    assert selectors.may(manager, "inventory.adjust")
    assert codes(manager) == ["shibuya"]
    assert codes(manager, "inventory.adjust") == ["shibuya"]


@pytest.mark.parametrize("role", ["CLERK", "MANAGER", "STOCK_OFFICE", "CONTACT_CENTRE"])
@pytest.mark.parametrize("permission", ["orders.change_tendertype", "orders.add_shippingmethod"])
def test_how_the_group_is_paid_is_set_by_headquarters_alone(
    shibuya: Location, role: str, permission: str
) -> None:
    assert not staff(role, shibuya).has_perm(permission)
    assert not staff(role).has_perm(permission)
    assert staff("HEADQUARTERS").has_perm(permission)


def test_a_clerk_receives_goods_and_adjusts_nothing(shibuya: Location) -> None:
    clerk = staff("CLERK", shibuya)

    assert selectors.may(clerk, "inventory.receive", shibuya.pk)
    assert not selectors.may(clerk, "inventory.adjust", shibuya)
    assert not selectors.may(clerk, "loyalty.adjust_points")
    assert codes(clerk, "inventory.adjust") == []


def test_roles_in_two_shops_do_not_mix(shibuya: Location, ginza: Location) -> None:
    user = staff("CLERK", shibuya)
    StaffAssignment.objects.create(user=user, role="MANAGER", location=ginza)

    assert not selectors.may(user, "inventory.adjust", shibuya)
    assert selectors.may(user, "inventory.adjust", ginza)
    assert codes(user) == ["ginza", "shibuya"]


def test_headquarters_reach_every_shop_but_not_who_may_do_what(shibuya: Location, ginza: Location) -> None:
    hq = staff("HEADQUARTERS")

    assert selectors.may(hq, "inventory.adjust", ginza)
    assert codes(hq) == ["ginza", "shibuya"]
    assert not selectors.may(hq, "organisation.change_staffassignment")


def test_superusers_may_everything(shibuya: Location) -> None:
    root = factories.user(is_staff=True, is_superuser=True)

    assert selectors.may(root, "organisation.change_staffassignment", shibuya)
    assert codes(root) == ["shibuya"]


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_staff": True, "is_active": False}])
def test_who_is_not_active_staff_may_nothing(shibuya: Location, fields: dict[str, bool]) -> None:
    user = factories.user(**fields)
    StaffAssignment.objects.create(user=user, role="HEADQUARTERS", location=None)

    assert not selectors.may(user, "inventory.view_stocklevel", shibuya)
    assert not selectors.may(AnonymousUser(), "inventory.view_stocklevel")
    assert codes(user) == []


def test_django_agrees_with_the_roles(shibuya: Location) -> None:
    clerk = staff("CLERK", shibuya)

    assert clerk.has_perm("inventory.view_stocklevel")
    assert not clerk.has_perm("inventory.adjust")
    assert clerk.has_module_perms("inventory")
    assert not clerk.has_module_perms("connectors")


def test_roles_are_read_once(shibuya: Location, django_assert_num_queries: object) -> None:
    user = staff("MANAGER", shibuya)
    user = User.objects.get(pk=user.pk)

    # The assignments, and Django's own permissions of the user and of its groups.
    with django_assert_num_queries(3):  # type: ignore[operator]
        for function in ("inventory.adjust", "inventory.receive", "orders.fulfil"):
            assert selectors.may(user, function, shibuya)


def test_a_refusal_names_function_and_place(shibuya: Location) -> None:
    with pytest.raises(NotYours) as refusal:
        permissions.require(staff("CLERK", shibuya), "inventory.adjust", shibuya)

    assert refusal.value.data() == {"function": "inventory.adjust", "location": "shibuya"}
