"""The table of fields of a recipe: allowed values, meaning, clause, what a change asks for."""

from __future__ import annotations

from .process import PROCESS
from .quality import QUALITY
from .spec import Field
from .top import TOP

#: Every field of ``mdps-recipe/2`` in the order of the pages.
FIELDS: tuple[Field, ...] = (*TOP, *PROCESS, *QUALITY)
