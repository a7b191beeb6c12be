"""
The SQL of how many bundles may be sold: as many as the scarcest component allows.

A bundle leaves one location whole, so its units are counted at each source alone, and then summed.
It takes no component below the channel's buffer for that, and has a buffer of its own besides.
"""

from inventory.sourcing import BUFFER, FREE, GIVEN, awaited_at_level

# The same of one `level`, of which it may be any: by `reservation_open`.
_EXPIRED_AT = "coalesce(sum(held.quantity), 0)::bigint"


def _at_level(units: str) -> str:
    return f"""LATERAL (
        SELECT {units} AS quantity
        FROM inventory_reservation AS held
        WHERE held.variant_id = level.variant_id AND held.location_id = level.location_id
          AND held.status = 'ACTIVE' AND held.expires_at <= coalesce(%(at)s::timestamptz, statement_timestamp())
    ) AS besides"""


_BESIDES_AT = _at_level(f"{_EXPIRED_AT} - {awaited_at_level()}")


def _bundle_units(besides: str) -> str:
    """Of the bundle `wanted.variant_id`, from the rows of `source`. A level that is not there gives nothing."""
    return f"""(
    WITH kept AS (
        SELECT component.component_id AS variant_id, component.quantity, source.location_id, {GIVEN} AS units
        FROM catalog_component AS component
        CROSS JOIN source
        LEFT JOIN inventory_stocklevel AS level
               ON level.variant_id = component.component_id AND level.location_id = source.location_id
        LEFT JOIN {besides} ON true
        WHERE component.bundle_id = wanted.variant_id
    )
    SELECT greatest(0, least(
        coalesce((
            SELECT sum(whole.units) FROM (
                SELECT min(kept.units / kept.quantity) AS units FROM kept GROUP BY kept.location_id
            ) AS whole
        ), 0)::bigint - {BUFFER},
        (
            SELECT min((wanted.units - {BUFFER}) / wanted.quantity) FROM (
                SELECT kept.variant_id, kept.quantity, sum(kept.units)::bigint AS units
                FROM kept GROUP BY kept.variant_id, kept.quantity
            ) AS wanted
        )
    ))
)"""


BUNDLE_UNITS = _bundle_units(_BESIDES_AT)

# The same where nobody waits.
BUNDLE_UNITS_ALONE = _bundle_units(_at_level(_EXPIRED_AT))

# Of the bundle `{bundle}` at the location `{location}`.
BUNDLE_UNITS_AT = f"""(
    SELECT coalesce(min({FREE} / component.quantity), 0)
    FROM catalog_component AS component
    LEFT JOIN inventory_stocklevel AS level
           ON level.variant_id = component.component_id AND level.location_id = {{location}}
    LEFT JOIN {_BESIDES_AT} ON true
    WHERE component.bundle_id = {{bundle}}
)"""

IS_BUNDLE = "EXISTS (SELECT FROM catalog_component WHERE bundle_id = {variant})"

# Those of the variants asked for that are bundles; nothing more than a probe for each where none is.
BUNDLES_WANTED = """(
    SELECT DISTINCT bundle_id AS variant_id FROM catalog_component
    WHERE bundle_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
)"""

# The same, and whether somebody waits for a component.
BUNDLES_WAITED_FOR = """(
    SELECT component.bundle_id AS variant_id, bool_or(backlog.owed > 0) AS waited_for
    FROM catalog_component AS component
    LEFT JOIN inventory_backlog AS backlog ON backlog.variant_id = component.component_id
    WHERE component.bundle_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
    GROUP BY component.bundle_id
)"""

# Where bundles may be: wherever their components are kept.
BUNDLES_SOMEWHERE = """(
    SELECT DISTINCT component.bundle_id AS variant_id, level.location_id
    FROM catalog_component AS component
    JOIN inventory_stocklevel AS level ON level.variant_id = component.component_id
    WHERE component.bundle_id = ANY((SELECT %(variants)s::bigint[])::bigint[])
      AND (%(locations)s::bigint[] IS NULL OR level.location_id = ANY(%(locations)s::bigint[]))
)"""
