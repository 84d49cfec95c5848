"""``mdps recipe learn``: a process window proposed from good jobs. Converts only."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...authoring.learn import Proposal, learn
from ...authoring.learn_bounds import Origin
from ...authoring.signing import complete_pins
from ...errors import DocumentError, UsageFault
from ...recipes.store import read_capped
from ...toolpath.reader import MAX_FILE_BYTES
from ...units import number_text
from ..output import add_json_flag, complain, print_finding, print_json, progress
from ..write_file import write_file
from .draft_options import open_draft

_OF_LAYER = re.compile(r"(.+) layer (\d+)", re.ASCII)


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``recipe learn``."""
    parser = acts.add_parser("learn", help="propose the tightest window that good jobs support")
    parser.add_argument(
        "jobs", nargs="+", type=Path, metavar="GOOD.gcode", help="jobs of validated builds"
    )
    parser.add_argument(
        "--recipe",
        required=True,
        metavar="R",
        help="folder of a draft, a bundle or a shipped recipe: blocks, layer heights, filament",
    )
    parser.add_argument(
        "--document", type=Path, metavar="RECIPE.json", help="the document of the draft"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="WINDOW.json", help="write the proposed part there"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="write over a file that is there already"
    )
    add_json_flag(parser)
    parser.set_defaults(run=run_learn)


def run_learn(arguments: argparse.Namespace) -> int:
    """0 with the proposal, 1 where it refuses one of its own jobs."""
    output: Path | None = arguments.output
    if output is not None and output.exists() and not arguments.overwrite:
        raise UsageFault(f"{output}: is there already; --overwrite writes over it")
    jobs: dict[str, bytes] = {}
    for path in arguments.jobs:
        data = read_capped(path, MAX_FILE_BYTES)
        if len(data) > MAX_FILE_BYTES:
            raise DocumentError(str(path), "", "too large", f"at most {MAX_FILE_BYTES} bytes")
        jobs[str(path)] = data
    draft = open_draft(arguments.recipe, arguments.document)
    progress(f"measuring {len(jobs)} jobs")
    document = complete_pins(draft.document, draft.files)
    proposal = learn(document, draft.files, jobs, draft.source)
    progress("")
    if output is not None and not proposal.refused:
        text = json.dumps({"window": proposal.window}, indent=2, ensure_ascii=False)
        write_file(output, f"{text}\n".encode())
    _report(arguments, proposal)
    return 1 if proposal.refused else 0


def _report(arguments: argparse.Namespace, proposal: Proposal) -> None:
    written = arguments.output is not None and not proposal.refused
    if arguments.json:
        print_json(
            {
                "window": proposal.window,
                "origins": [origin.to_json() for origin in proposal.origins],
                "kept": list(proposal.kept),
                "refused": {
                    name: [finding.to_json() for finding in found]
                    for name, found in proposal.refused.items()
                },
                "output": str(arguments.output) if written else None,
            }
        )
        return
    if arguments.output is None:
        print(json.dumps({"window": proposal.window}, indent=2, ensure_ascii=False))
    for line in _lines(proposal.origins):
        print(line)
    print(f"from the recipe, as no job shows them: {', '.join(proposal.kept)}")
    for name, found in proposal.refused.items():
        complain(f"{name}: the proposed window refuses its own job")
        for finding in found:
            print_finding(finding)
    if written:
        print(f'{arguments.output} written: the part "window" of a recipe; validate before signing')


def _lines(origins: Iterable[Origin]) -> Iterator[str]:
    """Where each bound comes from; what is the same in many layers in a row is said once."""
    layered: dict[tuple[str, str], dict[int, Origin]] = {}
    for origin in origins:
        match = _OF_LAYER.fullmatch(origin.bound)
        if match is None:
            yield f"{origin.bound} = {_value(origin)}: {_place(origin)}"
        else:
            layers = layered.setdefault((match[1], _value(origin)), {})
            layers.setdefault(int(match[2]), origin)
    for (name, value), layers in layered.items():
        for first, last in _runs(sorted(layers)):
            where = f"layer {first}" if first == last else f"layers {first} to {last}"
            yield f"{name} = {value}, {where}: first in {_place(layers[first])}"


def _runs(layers: list[int]) -> list[tuple[int, int]]:
    """First and last of each unbroken row of rising numbers."""
    runs: list[tuple[int, int]] = []
    for layer in layers:
        if runs and layer == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], layer)
        else:
            runs.append((layer, layer))
    return runs


def _value(origin: Origin) -> str:
    return origin.value if isinstance(origin.value, str) else number_text(origin.value)


def _place(origin: Origin) -> str:
    return f"{origin.source} line {origin.line}, layer {origin.layer}"
