"""
What may be sold where: shared by reads and by allocation, as SQL.

A channel may sell, of a variant, the sum over its sources of what each gives of its free units,
less the channel's buffer. A share is of what is free at that moment, and shrinks as units go: half
of 10 is 5, and once these are sold half of the other 5 is 2. Shares of several channels may overlap;
what both offer goes to who reserves it first, and `reserve` holds the rule under the level's lock.
"""

from datetime import datetime

from organisation.models import Location, SalesChannel

# What a level may give: a reservation whose time has run out no longer blocks anyone, though its
# units stay in `reserved` until they are released. `expired` is found by its own small index.
EXPIRED_OF = """
    SELECT variant_id, location_id, sum(quantity)::bigint AS quantity
    FROM inventory_reservation
    WHERE status = 'ACTIVE' AND expires_at <= coalesce(%(at)s::timestamptz, statement_timestamp())
      AND variant_id = ANY({variants})
    GROUP BY variant_id, location_id
"""
# The array stands in a subquery so that the plan is kept (`omni.core.sql.integers` says why).
EXPIRED = EXPIRED_OF.replace("{variants}", "(SELECT %(variants)s::bigint[])::bigint[]")

# Where lots are kept, what is past its day is nobody's, though no task has set it aside yet; and what
# is left of some may be too few days for a channel. A level that is not tracked asks nothing.
PAST_ITS_DAY = """CASE WHEN level.tracked
    THEN inventory_expired_units(level.variant_id, level.location_id) ELSE 0 END"""
SHORT_DATED = """CASE WHEN level.tracked
    THEN inventory_short_dated_units(level.variant_id, level.location_id, %(channel)s::bigint) ELSE 0 END"""

# What of a level is promised to nobody; below zero where more was sold than was there.
UNPROMISED = f"""level.on_hand - level.reserved - level.damaged - level.quality_control - level.safety_stock
    - {PAST_ITS_DAY}"""

FREE = f"greatest(0, {UNPROMISED} + coalesce(expired.quantity, 0))"

# A franchisee's location serves only the channels of its own company; one that is paused serves none
# until the pause's end, which the clock alone decides.
SERVES = """(
    location.active AND channel.active
    AND (NOT location.franchise OR location.company_id = channel.company_id)
    AND (location.paused_until IS NULL
         OR location.paused_until <= coalesce(%(at)s::timestamptz, statement_timestamp())))"""

# Who sends what is delivered: a warehouse, or a shop.
SHIPS = "location.capabilities && '{SHIP,SHIP_FROM_STORE}'::varchar[]"

# A source's rule as two numbers: it keeps some units to itself, and gives a part of the rest.
KEEPS = "CASE WHEN source.gives = 'ABOVE' THEN source.amount ELSE 0 END"
PERCENT = "CASE WHEN source.gives = 'SHARE' THEN source.amount ELSE 100 END"

# What the books may say in error, where the source minds it.
LEARNED = "CASE WHEN source.learned THEN level.learned_buffer ELSE 0 END"

# The locations that give a channel their stock: its sources, where they are open and serve it.
SOURCES = f"""
    SELECT source.location_id, source.priority, {KEEPS} AS keeps, {PERCENT} AS percent, source.learned,
           {SHIPS} AS ships
    FROM inventory_channelsource AS source
    JOIN organisation_location AS location ON location.id = source.location_id
    JOIN organisation_saleschannel AS channel ON channel.id = source.channel_id
    WHERE source.channel_id = %(channel)s::bigint AND source.active AND {SERVES}
"""


def given_of(units: str, *, keeps: str = "source.keeps", percent: str = "source.percent") -> str:
    """
    How many of a level's units its source gives its channel: what its rule gives, or what is above
    the learned buffer, whichever is less.

    The division is of whole numbers that are not negative, and so rounds down.
    """
    able = f"{units} - {SHORT_DATED}"
    return f"least(greatest(0, {able} - {keeps}) * {percent} / 100, greatest(0, {able} - {LEARNED}))"


GIVEN = given_of(f"{UNPROMISED} + coalesce(expired.quantity, 0)")

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
