"""Works for the harness in the platform's own environment: fills its shop, sells, changes stock."""

import json
import sys

import django

from bench.harness.serve import serve


def main(arguments: list[str]) -> None:
    django.setup()
    from bench.ours import (
        changes,
        fill,
        hot,
        latencies,
        outside,
        places,
        routing,
        seller,
    )  # their models need the settings first

    match arguments:
        case ["fill"]:
            fill.fill()
        case ["connect", url, secret]:
            fill.connect(url, secret)
        case ["widen", variants]:
            outside.widen(int(variants))
        case ["connect-all", url, secret, *names]:
            outside.connect_all(url, secret, names)
        case ["heal", code]:
            outside.heal(code)
        case ["set-hot-stock", quantity]:
            hot.set_hot_stock(int(quantity))
        case ["sell"]:
            serve(seller.PlatformSeller())
        case ["change-steadily", skip, count, per_second]:
            changes.change_steadily(skip=int(skip), changes=int(count), per_second=float(per_second))
        case ["change-in-batches", skip, count, per_second]:
            changes.change_in_batches(skip=int(skip), changes=int(count), per_second=float(per_second))
        case ["change-at-once", skip, count]:
            changes.change_at_once(skip=int(skip), changes=int(count))
        case ["fill-places"]:
            places.fill_places()
        case ["places"]:
            print(json.dumps(places.measure_places()))
        case ["routing"]:
            print(json.dumps(routing.measure_routing()))
        case ["latencies"]:
            print(json.dumps(latencies.measure()))
        case _:
            sys.exit("usage: worker fill | connect | set-hot-stock N | sell | change-...")


if __name__ == "__main__":
    main(sys.argv[1:])
