"""
What may be sold where: shared by reads and by allocation, as SQL.

A channel may sell, of a variant, the sum over its sources that ship of what each gives of its free
units, less the channel's buffer. A share is of what is free at that moment, and shrinks as units go: half
of 10 is 5, and once these are sold half of the other 5 is 2. Shares of several channels may overlap;
what both offer goes to who reserves it first, and `reserve` holds the rule under the level's lock.
"""

from dataclasses import dataclass
from datetime import datetime

from omni.core import sql
from organisation.models import Location, SalesChannel

# What a level may give: a reservation whose time has run out no longer blocks anyone, though its
# units stay in `reserved` until they are released. It is found by its own small index.
EXPIRED_WHERE = """
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity
    FROM inventory_reservation
    WHERE status = 'ACTIVE' AND expires_at <= coalesce(%(at)s::timestamptz, statement_timestamp())
      AND {which}
    GROUP BY variant_id, location_id
"""
EXPIRED_ANYWHERE = EXPIRED_WHERE.replace("{which}", "true")
EXPIRED_OF = EXPIRED_WHERE.replace("{which}", "variant_id = ANY({variants})")
# The array stands in a subquery so that the plan is kept (`omni.core.sql.integers` says why).
EXPIRED = EXPIRED_OF.replace("{variants}", "(SELECT %(variants)s::bigint[])::bigint[]")

# Where lots are kept, what is past its day is nobody's, though no task has set it aside yet; and what
# is left of some may be too few days for a channel. A level that is not tracked asks nothing.
PAST_ITS_DAY = """CASE WHEN level.tracked
    THEN inventory_expired_units(level.variant_id, level.location_id) ELSE 0 END"""
SHORT_DATED = """CASE WHEN level.tracked
    THEN inventory_short_dated_units(level.variant_id, level.location_id, {channel}) ELSE 0 END"""

# What of a level is promised to nobody; below zero where more was sold than was there.
UNPROMISED = f"""level.on_hand - level.reserved - level.damaged - level.quality_control - level.safety_stock
    - {PAST_ITS_DAY}"""

# A franchisee's location serves only the channels of its own company; one that is paused serves none
# until the pause's end, which the clock alone decides.
SERVES = """(
    location.active AND channel.active
    AND (NOT location.franchise OR location.company_id = channel.company_id)
    AND (location.paused_until IS NULL
         OR location.paused_until <= coalesce(%(at)s::timestamptz, statement_timestamp())))"""

# Who sends what is delivered: a warehouse, or a shop.
SHIPPING = [Location.Capability.SHIP.value, Location.Capability.SHIP_FROM_STORE.value]
SHIPS = f"location.capabilities && ARRAY{SHIPPING}::varchar[]"

# A source's rule as two numbers: it keeps some units to itself, and gives a part of the rest.
KEEPS = "CASE WHEN source.gives = 'ABOVE' THEN source.amount ELSE 0 END"
PERCENT = "CASE WHEN source.gives = 'SHARE' THEN source.amount ELSE 100 END"

# The locations that a channel's orders are sent from: its sources, where they are open, serve it and ship.
# What a shop only hands over is no channel's number, but the shop's own (`FREE`).
SOURCES = f"""
    SELECT source.location_id, source.priority, {KEEPS} AS keeps, {PERCENT} AS percent, source.learned
    FROM inventory_channelsource AS source
    JOIN organisation_location AS location ON location.id = source.location_id
    JOIN organisation_saleschannel AS channel ON channel.id = source.channel_id
    WHERE source.channel_id = %(channel)s::bigint AND source.active AND {SERVES} AND {SHIPS}
"""


def given_of(
    units: str,
    *,
    keeps: str = "source.keeps",
    percent: str = "source.percent",
    channel: str = "%(channel)s::bigint",
) -> str:
    """
    How many of a level's units its source gives its channel: what its rule gives, or what is above
    the learned buffer, whichever is less.

    The division is of whole numbers that are not negative, and so rounds down. `least` passes over the
    NULL of a source that does not mind what the books may say in error.
    """
    able = f"{units} - {SHORT_DATED.format(channel=channel)}"
    learned = f"CASE WHEN source.learned THEN greatest(0, {able} - level.learned_buffer) END"
    return f"least(greatest(0, {able} - {keeps}) * {percent} / 100, {learned})"


# Units of a level that somebody waits for who bought before they came: as many of a channel's backlog
# as its source gives it there. No more than a probe of `backlog_once_per_listing` where nobody waits.
_AWAITING = f"""
    FROM inventory_backlog AS backlog
    JOIN inventory_channelsource AS source ON source.channel_id = backlog.channel_id AND source.active
    JOIN organisation_location AS location ON location.id = source.location_id AND {SHIPS}
    JOIN organisation_saleschannel AS channel ON channel.id = source.channel_id"""


def awaited_of(owed: str = "backlog.owed") -> str:
    """How many units of a level its source would give those who wait for `owed`."""
    return f"least({owed}, {given_of(UNPROMISED, keeps=KEEPS, percent=PERCENT, channel='source.channel_id')})"


def awaited_at_level(owed: str = "backlog.owed") -> str:
    """The sum of that over all who wait at `level`."""
    return f"""coalesce((
    SELECT sum({awaited_of(owed)})::bigint {_AWAITING}
    WHERE backlog.variant_id = level.variant_id AND source.location_id = level.location_id
      AND backlog.owed > 0 AND {SERVES}), 0)"""


# Whether anybody waits for any of the variants: one probe for each of `backlog_once_per_listing`.
SOMEBODY_WAITS = """EXISTS (
    SELECT FROM inventory_backlog
    WHERE variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]) AND owed > 0)"""

# What a level has for a new buyer besides what it says itself: more by what has expired, less by what
# earlier buyers wait for, who are served first when units arrive.
BESIDES_OF = f"""
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity
    FROM ({EXPIRED_OF}
        UNION ALL
        SELECT level.variant_id, level.location_id, -sum({awaited_of()})::bigint
        {_AWAITING}
        JOIN inventory_stocklevel AS level
          ON level.variant_id = backlog.variant_id AND level.location_id = source.location_id
        WHERE backlog.owed > 0 AND backlog.variant_id = ANY({{variants}}) AND {SERVES}
        GROUP BY level.variant_id, level.location_id
    ) AS moved
    GROUP BY variant_id, location_id
"""
BESIDES = BESIDES_OF.replace("{variants}", "(SELECT %(variants)s::bigint[])::bigint[]")


@dataclass(frozen=True, slots=True)
class Beside:
    """
    A read of what buyers may have, in two forms. The first knows of `besides` what has expired alone, and
    says in its last column whether that is not all; the `whole` one is asked only then. Asked always, it
    costs every read a fifth more time, though nearly nobody waits for anything.
    """

    first: str
    whole: str

    def fetch(self, params: sql.Params) -> list[sql.Row]:
        rows = sql.fetch_all(self.first, params)
        return sql.fetch_all(self.whole, params) if any(row[-1] for row in rows) else rows


FREE = f"greatest(0, {UNPROMISED} + coalesce(besides.quantity, 0))"
GIVEN = given_of(f"{UNPROMISED} + coalesce(besides.quantity, 0)")
# The same of a level that has nothing besides.
GIVEN_ALONE = given_of(UNPROMISED)

# Before its release a preorder is sold in its channel ahead only, whatever stands there.
UNRELEASED = """EXISTS (
    SELECT FROM inventory_backorderpolicy AS policy
    WHERE policy.variant_id = wanted.variant_id AND policy.channel_id = %(channel)s::bigint AND policy.active
      AND policy.release_at > coalesce(%(at)s::timestamptz, statement_timestamp()))"""

SOMETHING_UNRELEASED = """EXISTS (
    SELECT FROM inventory_backorderpolicy
    WHERE variant_id = ANY((SELECT %(variants)s::bigint[])::bigint[]) AND channel_id = %(channel)s::bigint
      AND active AND release_at > coalesce(%(at)s::timestamptz, statement_timestamp()))"""

# A variant's own buffer, else the channel's for every variant.
BUFFER = """
    coalesce(
        (SELECT quantity FROM inventory_channelbuffer
         WHERE channel_id = %(channel)s::bigint AND variant_id = wanted.variant_id),
        (SELECT quantity FROM inventory_channelbuffer
         WHERE channel_id = %(channel)s::bigint AND variant_id IS NULL),
        0)
"""


def serves(location: Location, channel: SalesChannel, *, at: datetime) -> bool:
    """The rule of `SERVES`, of rows that have been read."""
    paused = location.paused_until is not None and location.paused_until > at
    ours = not location.franchise or location.company_id == channel.company_id
    return location.active and channel.active and ours and not paused
