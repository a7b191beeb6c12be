import pytest

from tests import factories


@pytest.mark.django_db
def test_factories_build_a_stocked_variant() -> None:
    level = factories.stock(factories.variant(), factories.location(), 5, damaged=1)

    assert level.on_hand == 5
