"""
Polls a connection in a process of its own, which kills itself before the step of that number.

`python tests/connectors/dying_poll.py CONNECTION STEP`: steps are what reaches the disk (flushes and
renames) and each order that is taken. Without such a step it ends well.
"""

import os
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from connectors import services  # noqa: E402
from connectors.services import polling  # noqa: E402
from tests.dying import counted, die_before  # noqa: E402

die_before(int(sys.argv[2]))
os.fsync = counted(os.fsync)
os.rename = counted(os.rename)
os.replace = counted(os.replace)
polling.take_order = counted(polling.take_order)
services.poll_orders(connection_id=int(sys.argv[1]), now=timezone.now())
