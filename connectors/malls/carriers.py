"""
Carriers, by our names, and what each mall calls them.

Rakuten and Yahoo number them alike (RMS `deliveryCompany`, Yahoo `ShipCompanyCode`); Amazon takes a
name beside the code `Other`, so that none of its codes need be guessed.
"""

from connectors.errors import PushFailed

CARRIERS = {
    "yamato": ("1001", "Yamato Transport"),
    "sagawa": ("1002", "Sagawa Express"),
    "japan-post": ("1003", "Japan Post"),
    "seino": ("1004", "Seino Transportation"),
    "fukuyama": ("1006", "Fukuyama Transporting"),
    "meitetsu": ("1007", "Meitetsu Transport"),
    "tonami": ("1008", "Tonami Transportation"),
    "ecohai": ("1016", "Ecohai"),
    "other": ("1000", "Other"),
}


def number_of(carrier: str) -> str:
    """The number that Rakuten and Yahoo share. Raises PushFailed, for good, of one that is not known."""
    return _known(carrier)[0]


def name_of(carrier: str) -> str:
    """Raises PushFailed, for good, of one that is not known."""
    return _known(carrier)[1]


def _known(carrier: str) -> tuple[str, str]:
    try:
        return CARRIERS[carrier]
    except KeyError:
        raise PushFailed(f"The carrier {carrier!r} has no code of this mall's.", permanent=True) from None
