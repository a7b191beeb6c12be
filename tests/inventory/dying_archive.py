"""
Detaches the ledger's months before 2025-03 in a process that kills itself before the step of that number.

`python tests/inventory/dying_archive.py DIRECTORY STEP`: steps are what reaches the disk (flushes and
renames), each change of the ledger's parts, and each commit.
"""

import os
import sys
from datetime import date
from pathlib import Path

import django

django.setup()

from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.utils import timezone  # noqa: E402

from inventory.services import archiving  # noqa: E402
from omni.core.actor import SYSTEM  # noqa: E402
from tests.dying import counted, die_before  # noqa: E402

die_before(int(sys.argv[2]))
os.fsync = counted(os.fsync)
os.replace = counted(os.replace)
archiving._swap = counted(archiving._swap)
BaseDatabaseWrapper.commit = counted(BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
moved = archiving.detach_months(
    before=date(2025, 3, 1), archive=Path(sys.argv[1]), actor=SYSTEM, now=timezone.now()
)
list(moved)
