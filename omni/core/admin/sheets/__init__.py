"""Lists as files: CSV and XLSX, out of the admin and into it."""

from omni.core.admin.sheets.cells import Column, Reference, in_languages
from omni.core.admin.sheets.exporting import Exported, columns
from omni.core.admin.sheets.importing import Exchanged
from omni.core.admin.sheets.resources import SheetResource

__all__ = ["Column", "Exchanged", "Exported", "Reference", "SheetResource", "columns", "in_languages"]
