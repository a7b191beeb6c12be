"""UUIDv7 (RFC 9562, section 5.7): public ids that sort by time of creation."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """48 bits of Unix milliseconds, version 7, 12 + 62 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_a_b = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random_a_b
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
