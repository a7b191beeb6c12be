"""Runs in Oscar's own environment: fills its shop, sets a stock, or sells on command."""

import sys

import django

from bench.harness.serve import serve


def main(arguments: list[str]) -> None:
    django.setup()
    from bench.peers.oscar import shop  # its models need the settings first

    match arguments:
        case ["fill"]:
            shop.fill()
        case ["set-hot-stock", quantity]:
            shop.set_hot_stock(int(quantity))
        case ["sell"]:
            serve(shop.OscarSeller())
        case _:
            sys.exit("usage: worker fill | set-hot-stock N | sell")


if __name__ == "__main__":
    main(sys.argv[1:])
