"""Files of archived months: the rows as PostgreSQL copies them, as CSV, compressed, the same bytes each time."""

import gzip
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory import errors

PIECE = 1 << 20
COLUMNS = (
    "id, recorded_at, occurred_at, business_date, variant_id, location_id, document_id, bucket, kind, reason,"
    " delta, balance_after, actor"
)


@dataclass(frozen=True, slots=True)
class Written:
    name: str
    sha256: str


def write(directory: Path, table: str, connection: Any) -> Written:
    """
    Write a table's rows to TABLE.csv.gz, whole and on the disk once this returns; what an earlier run left is replaced.

    Raises ArchiveMissing: there is no such directory.
    """
    if not directory.is_dir():
        raise errors.ArchiveMissing(file=str(directory))
    target = directory / f"{table}.csv.gz"
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as file:
        with (
            gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed,
            connection.cursor() as cursor,
        ):
            statement = f"COPY (SELECT {COLUMNS} FROM {table} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
            with cursor.copy(statement) as rows:
                for piece in rows:
                    packed.write(piece)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    _flush(directory)
    return Written(target.name, checksum(target))


def read(directory: Path, name: str, sha256: str, *, into: str, connection: Any) -> None:
    """
    Fill an empty table with a file's rows.

    Raises:
        ArchiveMissing, ArchiveDiffers
    """
    source = directory / name
    if not source.is_file():
        raise errors.ArchiveMissing(file=str(source))
    if checksum(source) != sha256:
        raise errors.ArchiveDiffers(file=str(source), expected=sha256)
    statement = f"COPY {into} ({COLUMNS}) FROM STDIN (FORMAT csv, HEADER)"
    with gzip.open(source) as packed, connection.cursor() as cursor, cursor.copy(statement) as rows:
        while piece := packed.read(PIECE):
            rows.write(piece)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(directory: Path) -> None:
    """A file's new name is on the disk once its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
