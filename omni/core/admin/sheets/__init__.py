"""Lists as files: CSV and XLSX, out of the admin and into it."""

from omni.core.admin.sheets.cells import Column, Reference, in_languages
from omni.core.admin.sheets.exporting import Exported, columns
from omni.core.admin.sheets.importing import Exchanged, ExchangedInSets
from omni.core.admin.sheets.resources import SheetResource
from omni.core.admin.sheets.sets import SetSheet

__all__ = [
    "Column",
    "Exchanged",
    "ExchangedInSets",
    "Exported",
    "Reference",
    "SetSheet",
    "SheetResource",
    "columns",
    "in_languages",
]
