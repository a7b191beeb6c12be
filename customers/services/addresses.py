"""A customer's addresses: added, made the default, archived; orders keep copies of their own."""

from dataclasses import asdict, dataclass
from datetime import datetime

from customers import normalisation, postal
from customers.errors import NoSuchAddress
from customers.models import Address, Customer, Identity
from omni.core import db, idempotency
from omni.core.errors import InvalidField
from omni.core.idempotency import Claim


@dataclass(frozen=True, slots=True)
class AddressForm:
    """An address as typed. In Japan an empty prefecture or city follows from the postal code."""

    recipient: str
    postal_code: str
    line1: str
    recipient_kana: str = ""
    country: str = "JP"
    prefecture: str = ""
    city: str = ""
    line2: str = ""
    phone: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class AddressAdded:
    id: int


def add_address(*, customer: Customer, form: AddressForm, claim: Claim, now: datetime) -> AddressAdded:
    """
    Add an address to the person that a record belongs to; the first one is the default.

    Raises:
        InvalidField: the prefecture or city is missing and the postal code doesn't tell it.
        InvalidIdentity: the phone number is none.
        ClaimInFlight, ClaimMismatch
    """
    completed = complete(form)
    with db.transaction():
        if replayed := idempotency.claim(claim, result_type=AddressAdded):
            return replayed
        Customer.objects.for_update_persons([customer.person_id])
        held = Address.objects.filter(customer_id=customer.person_id, archived_at=None)
        default = form.default or not held.filter(default=True).exists()
        if default:
            held.filter(default=True).update(default=False)
        fields = {**asdict(completed), "default": default}
        made = Address.objects.create(customer_id=customer.person_id, created_at=now, **fields)
        return idempotency.settle(claim, AddressAdded(made.pk), now=now)


def archive_address(*, customer: Customer, address_id: int, now: datetime) -> None:
    """
    Put an address of the person away. Archiving again changes nothing.

    Raises:
        NoSuchAddress: there is none, or it is somebody else's.
    """
    with db.transaction():
        own = Address.objects.filter(pk=address_id, customer__person_id=customer.person_id)
        if not own.exists():
            raise NoSuchAddress()
        own.filter(archived_at=None).update(archived_at=now, default=False)


def complete(form: AddressForm) -> AddressForm:
    """One spelling of code and phone, and what the postal code tells of what was left empty."""
    place = postal.find_place(form.postal_code) if form.country == "JP" else None
    filled = {
        **asdict(form),
        "postal_code": postal.normalise_postal_code(form.postal_code, country=form.country),
        "prefecture": form.prefecture or (place.prefecture if place else ""),
        "city": form.city or (place.city if place else ""),
        "phone": _phone(form),
    }
    for field in ("prefecture", "city"):
        if not filled[field]:
            raise InvalidField(field=field, rule="required")
    return AddressForm(**filled)


def _phone(form: AddressForm) -> str:
    if not form.phone:
        return ""
    return normalisation.normalise(kind=Identity.Kind.PHONE, value=form.phone, country=form.country)
