"""How each slicer writes a line: its letters, their order, its numbers, its comments. Facts, pure.

The grammar (:mod:`.grammar`) says what a line means; this says whether the signed slicer would have
written it so. A line of a job is its command written again by these rules, byte for byte, or it
came from elsewhere. Decides nothing about what a command does.

Sources: PrusaSlicer 2.5.0, ``GCodeWriter.cpp`` (``GCodeFormatter::emit_axis``, ``set_fan``,
``set_temperature``), ``GCode/CoolingBuffer.cpp``; CuraEngine 4.13.0, ``gcodeExport.cpp``
(``writeFXYZE``, ``writeFanCommand``), ``utils/string.h`` (``writeInt2mm``,
``writeDoubleToStream``); and what both programs write in ``tests/toolpath/test_writing_real.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..recipes.document import FileRole, Recipe
from .grammar import SCALE, Command, number_text

_DECIMALS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Writing:
    """What one slicer writes between the start and the end block.

    ``moves``: the letters that a G0 or G1 may have together, in the order written; a word that is
    not in it has its letters in canonical order. ``decimals``: most digits behind the point, by
    letter; other letters have the five of the grammar. ``zero_before_point``: ``0.2``, else ``.2``.
    ``micrometres``: letters that CuraEngine writes from whole micrometres, see
    :meth:`number`. ``remarks``: a comment may follow a command, after spaces.
    """

    slicer: str
    version: str
    moves: Mapping[str, tuple[str, ...]]
    decimals: Mapping[str, int]
    zero_before_point: bool
    micrometres: str = ""
    remarks: bool = False

    @property
    def name(self) -> str:
        """Slicer and version that were looked at."""
        return f"{self.slicer} {self.version}"

    def step(self, letter: str) -> int:
        """What every value of ``letter`` is a multiple of, 1e-5 units."""
        return int(10 ** (_DECIMALS - self.decimals.get(letter, _DECIMALS)))

    def number(self, letter: str, value: int) -> str | None:
        """The number after ``letter``, 1e-5 units; None if it has more digits than are written.

        ``writeInt2mm`` counts the minus among the digits: -0.5 mm comes out as ``-.5``, -0.05 mm
        as ``-0.05``, and 0 as ``0.00``.
        """
        if value % self.step(letter):
            return None
        text = number_text(value)
        whole = letter in self.micrometres
        if whole and value == 0:
            return "0.00"
        if not self.zero_before_point or (whole and -SCALE < value <= -SCALE // 10):
            return text.replace("0.", ".", 1) if abs(value) < SCALE else text
        return text

    def line(self, command: Command) -> str | None:
        """The line that stands for ``command``; None if the slicer never gives it so."""
        letters = command.values
        shapes = self.moves.get(command.word)
        if shapes is not None:
            named = {letter for letter, _ in letters}
            shape = next((one for one in shapes if set(one) == named), None)
            if shape is None:
                return None
            letters = tuple(sorted(letters, key=lambda item: shape.index(item[0])))
        elif command.word == "G0":
            return None
        parts = [command.word]
        for letter, value in letters:
            text = "" if value is None else self.number(letter, value)
            if text is None:
                return None
            parts.append(letter + text)
        return " ".join(parts)

    def wrote(self, raw: bytes, command: Command | None) -> bool:
        """Whether this slicer would have written ``raw``, a line without LF that is ``command``."""
        text, mark, remark = raw.partition(b";")
        if command is None:
            return not text
        if mark:
            # PrusaSlicer leaves some of its own marks, as in "G1 F4800;_WIPE".
            if not self.remarks or not (text.endswith(b" ") or remark.startswith(b"_")):
                return False
            text = text.rstrip(b" ")
        return text == _line_of(self, command)


# Pure: most lines of a job that are looked at here stand in it many times.
@lru_cache(maxsize=1 << 14)
def _line_of(writing: Writing, command: Command) -> bytes:
    line = writing.line(command)
    return b"" if line is None else line.encode("ascii")


PRUSA = Writing(
    slicer="PrusaSlicer",
    version="2.5.0",
    moves={"G1": ("XYE", "XYF", "XY", "F", "EF", "E", "ZF", "Z", "XYZF", "XYZ")},
    decimals={"X": 3, "Y": 3, "Z": 3, "F": 3, "S": 2, "P": 0, "T": 0},
    zero_before_point=False,
    remarks=True,
)
CURA = Writing(
    slicer="CuraEngine",
    version="4.13.0",
    moves={
        "G0": ("XY", "FXY", "XYZ", "FXYZ"),
        "G1": ("XYE", "FXYE", "FE", "FZ", "XY", "FXY", "XYZE", "FXYZE"),
    },
    decimals={"X": 3, "Y": 3, "Z": 3, "F": 1, "S": 1, "P": 0, "T": 0},
    zero_before_point=True,
    micrometres="XYZ",
)
WRITINGS = (PRUSA, CURA)


def writing_of(recipe: Recipe) -> Writing | None:
    """The rules for the slicer that ``recipe`` signs; None where there are none to hold a job to.

    That is: a slicer not looked at, a range of versions without the one that was, and a recipe that
    pins its job, which is then held to that job line by line.
    """
    if recipe.file(FileRole.JOB_GCODE) is not None:
        return None
    signed = recipe.validated_with
    name = "".join(filter(str.isalnum, signed.slicer.lower()))
    for one in WRITINGS:
        if one.slicer.lower() == name:
            return one if _admits(signed.slicer_version, one.version) else None
    return None


def _admits(versions: str, version: str) -> bool:
    # Loads a good part of the standard library: not for a recipe that pins its job.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(versions).contains(version, prereleases=True)
    except InvalidSpecifier:
        return False
