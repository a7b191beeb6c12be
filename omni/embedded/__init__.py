"""
PostgreSQL and Valkey for a machine that has neither, and the demo's supervisor.

Plain Python: nothing here needs Django to be configured. `python -m omni.embedded --help` lists
the commands; `ephemeral` is for test sessions.
"""

from omni.embedded.checkout import Checkout
from omni.embedded.errors import LaunchError
from omni.embedded.servers import ephemeral

__all__ = ["Checkout", "LaunchError", "ephemeral"]
