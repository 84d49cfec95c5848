"""What is given to the examining process, what comes back, and what the controller makes of it.

Types only, and light ones: nothing here needs NumPy, a slicer or a disk. The work itself is
:mod:`.pipeline`, done in a process of its own (docs/adr/0036).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..build.evidence import ModelEvidence, ToolpathEvidence
from ..findings import CheckRun, Finding, Verdict
from ..recipes.document import Recipe
from .library import LibraryBundle

Progress = Callable[[str, int, int], None]
STAGES = ("model", "placement", "slicing", "second slicing", "examination")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One order to be made ready, as bytes: nothing in it names a file, a person or a patient.

    ``pinned``: the files of the bundle by name, digests verified. ``model``: STL of the order, or
    None where the recipe pins one. ``gcode``: the job brought along, or None. ``reach_mm``: how
    far the printer goes in X, Y and Z. ``threads``: layers that may be examined at once.
    """

    order_id: str
    recipe: Recipe
    pinned: Mapping[str, bytes]
    variables: Mapping[str, str]
    reach_mm: tuple[float, float, float]
    model: bytes | None
    gcode: bytes | None
    threads: int


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the pipeline found. ``toolpath`` is None where nothing could be examined.

    ``placed``: binary STL of the placed model; empty without one. ``canonical``: the canonical
    job, only where ``toolpath.verdict`` accepts, else empty. ``layer_start``: as in
    :class:`~mdps_plugin.toolpath.examine.Examination`. ``picture``: PNG of the layer of the first
    finding that has a place, for the screen; it is not on record, because job and model are, and
    it can be drawn from them again.
    """

    model: ModelEvidence | None = None
    placed: bytes = b""
    toolpath: ToolpathEvidence | None = None
    canonical: bytes = b""
    layer_start: tuple[int, ...] = ()
    slicer_version: str | None = None
    failures: tuple[Finding, ...] = ()
    picture: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was found about an order, beside the bundle as the controller itself verified it.

    Its bytes are in the file store by then, so that checked orders fill no memory.
    """

    bundle: LibraryBundle
    model: ModelEvidence | None
    toolpath: ToolpathEvidence | None
    layer_start: tuple[int, ...]
    slicer_version: str | None
    failures: tuple[Finding, ...]
    picture: bytes | None = None

    def verdict(self) -> Verdict:
        """Everything that was found, as one verdict for the log and the screen."""
        parts = [self.bundle.signed.verdict]
        if self.model is not None:
            parts.append(self.model.verdict)
        if self.toolpath is not None:
            parts.append(self.toolpath.verdict)
        required = frozenset().union(*(part.required for part in parts)) | {"toolpath_examined"}
        return Verdict(
            findings=(*self.failures, *(found for part in parts for found in part.findings)),
            checks=(
                *(check for part in parts for check in part.checks),
                CheckRun(name="toolpath_examined", ran=self.toolpath is not None),
            ),
            required=required,
        )


def verification_of(bundle: LibraryBundle, checked: Checked) -> Verification:
    """Without the bytes: whoever calls has put them where they belong."""
    return Verification(
        bundle=bundle,
        model=checked.model,
        toolpath=checked.toolpath,
        layer_start=checked.layer_start,
        slicer_version=checked.slicer_version,
        failures=checked.failures,
        picture=checked.picture,
    )
