"""Connections, what they were told, and what came of what they sent."""

from connectors.models.inbound import InboundFailure, RefusedFile, TillDevice, TillEntry
from connectors.models.outbound import (
    Comparison,
    Connection,
    ListingState,
    Pause,
    PushState,
    ShipmentNotice,
    StatementNow,
    VariantState,
    refuse_unknown_kind,
)

__all__ = [
    "Comparison",
    "Connection",
    "InboundFailure",
    "ListingState",
    "Pause",
    "PushState",
    "RefusedFile",
    "ShipmentNotice",
    "StatementNow",
    "TillDevice",
    "TillEntry",
    "VariantState",
    "refuse_unknown_kind",
]
