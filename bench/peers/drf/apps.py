"""The one app of the peer."""

from django.apps import AppConfig


class ShelfConfig(AppConfig):
    name = "bench.peers.drf"
    label = "shelf"
