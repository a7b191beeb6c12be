"""New customer records, and the identities by which they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError

from customers import normalisation
from customers.errors import IdentityTaken
from customers.models import Customer, Identity
from omni.core import db, sql


@dataclass(frozen=True, slots=True)
class Claimed:
    """An identity as somebody gave it. Verified means proven, not merely typed."""

    kind: str
    value: str
    verified: bool = False
    country: str = normalisation.DEFAULT_COUNTRY


@dataclass(frozen=True, slots=True)
class Profile:
    family_name: str = ""
    given_name: str = ""
    family_name_kana: str = ""
    given_name_kana: str = ""
    birth_date: date | None = None
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class NewCustomer:
    profile: Profile = Profile()
    identities: tuple[Claimed, ...] = ()


def register_customers(*, customers: Sequence[NewCustomer], source: str, now: datetime) -> list[Customer]:
    """
    Register any number of customers, in order, in two statements. A new record is its own person.

    Raises:
        InvalidIdentity: a value breaks the rule of its kind.
        IdentityTaken: a verified identity names somebody already; nothing is written.
    """
    db.require_transaction()
    claimed = [[_normal(identity) for identity in customer.identities] for customer in customers]
    made = Customer.objects.bulk_create([_record(customer.profile, now) for customer in customers])
    for record in made:
        record.person_id = record.pk
    rows = [
        (record.pk, identity)
        for record, identities in zip(made, claimed, strict=True)
        for identity in identities
    ]
    _write(rows, source=source, now=now)
    return made


def register_customer(
    *, profile: Profile | None = None, identities: Sequence[Claimed] = (), source: str, now: datetime
) -> Customer:
    """
    Register one customer: a batch of one.

    Raises:
        InvalidIdentity, IdentityTaken
    """
    new = NewCustomer(profile or Profile(), tuple(identities))
    return register_customers(customers=[new], source=source, now=now)[0]


def add_identity(
    *,
    customer_id: int,
    kind: str,
    value: str,
    verified: bool = False,
    country: str = normalisation.DEFAULT_COUNTRY,
    source: str,
    now: datetime,
) -> Identity:
    """
    Add an identity to a record, or prove or see again one that it has.

    Raises:
        InvalidIdentity: the value breaks the rule of its kind.
        IdentityTaken: it is verified as another record's.
    """
    db.require_transaction()
    normal = _normal(Claimed(kind, value, verified, country))
    _write([(customer_id, normal)], source=source, now=now)
    return Identity.objects.get(customer_id=customer_id, kind=kind, value=normal.value)


def _normal(identity: Claimed) -> Claimed:
    value = normalisation.normalise(kind=identity.kind, value=identity.value, country=identity.country)
    return Claimed(identity.kind, value, identity.verified, identity.country)


def _record(profile: Profile, now: datetime) -> Customer:
    return Customer(
        family_name=profile.family_name,
        given_name=profile.given_name,
        family_name_kana=profile.family_name_kana,
        given_name_kana=profile.given_name_kana,
        birth_date=profile.birth_date,
        language=profile.language,
        created_at=now,
    )


# A verified value that another record has makes the partial unique index refuse the row; the
# conflict is caught as "no row came back", without breaking the transaction. Rows go in by
# (kind, value), so two batches meet in one order.
WRITE = """
WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (customer_id, kind, value) *
    FROM unnest(%(customer_ids)s::bigint[], %(kinds)s::text[], %(values)s::text[], %(verified)s::boolean[])
         AS row (customer_id, kind, value, verified)
    ORDER BY customer_id, kind, value, verified DESC
), seen AS (
    UPDATE customers_identity AS identity
    SET last_seen_at = greatest(identity.last_seen_at, %(now)s),
        verified_at = coalesce(identity.verified_at, CASE WHEN given.verified THEN %(now)s::timestamptz END)
    FROM given
    WHERE identity.customer_id = given.customer_id AND identity.kind = given.kind
      AND identity.value = given.value
      AND NOT (given.verified AND EXISTS (
          SELECT FROM customers_identity AS other
          WHERE other.kind = given.kind AND other.value = given.value
            AND other.verified_at IS NOT NULL AND other.customer_id <> given.customer_id))
    RETURNING identity.customer_id, identity.kind, identity.value
), made AS (
    INSERT INTO customers_identity
        (customer_id, kind, value, source, verified_at, first_seen_at, last_seen_at)
    SELECT given.customer_id, given.kind, given.value, %(source)s,
           CASE WHEN given.verified THEN %(now)s::timestamptz END, %(now)s, %(now)s
    FROM given
    WHERE NOT EXISTS (
        SELECT FROM customers_identity AS held
        WHERE held.customer_id = given.customer_id AND held.kind = given.kind AND held.value = given.value)
    ORDER BY given.kind, given.value, given.customer_id
    ON CONFLICT DO NOTHING
    RETURNING customer_id, kind, value
)
SELECT given.kind FROM given
WHERE NOT EXISTS (
    SELECT FROM (SELECT * FROM seen UNION ALL SELECT * FROM made) AS done
    WHERE done.customer_id = given.customer_id AND done.kind = given.kind AND done.value = given.value)
ORDER BY given.kind LIMIT 1
"""


def _write(rows: Sequence[tuple[int, Claimed]], *, source: str, now: datetime) -> None:
    if not rows:
        return
    params = {
        "customer_ids": [customer_id for customer_id, _ in rows],
        "kinds": [identity.kind for _, identity in rows],
        "values": [identity.value for _, identity in rows],
        "verified": [identity.verified for _, identity in rows],
        "source": source,
        "now": now,
    }
    try:
        refused = sql.fetch_one(WRITE, params)
    except IntegrityError as error:
        # Somebody proved the same value in this very moment.
        raise IdentityTaken(field="identities") from error
    if refused:
        raise IdentityTaken(field=str(refused[0]).lower())
