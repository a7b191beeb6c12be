"""What processes keep in memory of channels and programmes is another test's."""

import pytest

from loyalty import selectors as loyalty
from organisation import selectors as organisation


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """Nothing kept from another test's database."""
    organisation._channels.clear()
    loyalty._terms.clear()
