"""The SQL of what may be sold where: shared by reads and by allocation."""

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

FREE = """
    greatest(0, level.on_hand - level.reserved - level.damaged - level.quality_control
                - level.safety_stock + coalesce(expired.quantity, 0))
"""

# A franchisee's location serves only the channels of its own company.
SERVES = "(NOT location.franchise OR location.company_id = channel.company_id)"

# The locations that give a channel their stock: its sources, where they are open and serve it.
SOURCES = f"""
    SELECT source.location_id, source.priority, location.capabilities
    FROM inventory_channelsource AS source
    JOIN organisation_location AS location ON location.id = source.location_id
    JOIN organisation_saleschannel AS channel ON channel.id = source.channel_id
    WHERE source.channel_id = %(channel)s::bigint AND source.active AND location.active AND channel.active
      AND {SERVES}
"""

# A variant's own buffer, else the channel's for every variant.
BUFFER = """
    coalesce(
        (SELECT quantity FROM inventory_channelbuffer
         WHERE channel_id = %(channel)s::bigint AND variant_id = wanted.variant_id),
        (SELECT quantity FROM inventory_channelbuffer
         WHERE channel_id = %(channel)s::bigint AND variant_id IS NULL),
        0)
"""
