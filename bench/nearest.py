"""
How long does it take to find the nearest shops that have something, and to add up 50 variants, at 2,000 shops?

In one process, without HTTP. The shops stand where the towns of Japan do: dense around three cities, thin
elsewhere; half of them have the variant that is looked for. All of them are sources of the channel, a third
by a share and a third above a number of units, and have levels of the 50 variants.
"""

import json

from bench.harness.context import Context
from bench.harness.report import Row, at_most, seen
from bench.ours.peer import command, database

NEAREST_MS = 20
AVAILABILITY_MS = 30


def run(context: Context) -> list[Row]:
    variables = database(context, "bench_places")
    context.note("2,000 shops with 50 variants")
    command(variables, "fill-places")
    found: dict[str, float] = json.loads(command(variables, "places"))
    return [
        at_most("nearest.point", found["point"], "ms", target=NEAREST_MS),
        seen("nearest.point.p95", found["point.p95"], "ms"),
        at_most("nearest.postal_code", found["postal_code"], "ms", target=NEAREST_MS),
        at_most("availability.50x2000", found["availability"], "ms", target=AVAILABILITY_MS),
        seen("availability.50x2000.p95", found["availability.p95"], "ms"),
    ]
