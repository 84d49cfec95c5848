"""A line that the signed slicer would not have written: seen by columns, reference and kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.findings import Verdict
from mdps_plugin.recipes.document import Recipe
from mdps_plugin.toolpath import reader, written
from mdps_plugin.toolpath.collect import Collector
from mdps_plugin.toolpath.examine import examine
from mdps_plugin.toolpath.grammar import Command, parse_command
from mdps_plugin.toolpath.kernel_link import kernel
from mdps_plugin.toolpath.one_pass import accept
from mdps_plugin.toolpath.reader import read_job
from mdps_plugin.toolpath.writing import CURA, PRUSA, WRITINGS, Writing, writing_of

from .parts import bundle, codes, honest, insert, layer_change, line_of, look, recipe, swap

WALL = line_of("G1 X90.632 Y104.368 E.63419", layer_change(6))
TRAVEL = line_of("G1 X109.775 Y104.775 F7800", layer_change(6))
FILES = bundle()
SIGNED = recipe(FILES)

# What PrusaSlicer 2.5.0 wrote: "G1 X90.632 Y104.368 E.63419". The same command in other writing.
SAME_COMMAND = {
    "a zero before the point": "G1 X90.632 Y104.368 E0.63419",
    "a zero behind": "G1 X90.6320 Y104.368 E.63419",
    "zeros to five places": "G1 X90.63200 Y104.368 E.63419",
    "filament first": "G1 E.63419 X90.632 Y104.368",
    "Y first": "G1 Y104.368 X90.632 E.63419",
    "a space behind": "G1 X90.632 Y104.368 E.63419 ",
    "a comment without a space": "G1 X90.632 Y104.368 E.63419;perimeter",
}


def _kernel_takes(gcode: bytes) -> bool:
    return accept(kernel(), gcode, SIGNED, FILES, None, None) is not None


@pytest.mark.parametrize("name", SAME_COMMAND)
def test_nothing_else_refuses_the_same_command_in_other_writing(name: str) -> None:
    job = swap(WALL, SAME_COMMAND[name])
    examination = look(job, own=True)
    (found,) = examination.verdict.findings
    assert (found.code, found.where.line) == ("TP-012", WALL)
    text = SAME_COMMAND[name]
    shown = f"'{text}'" if text.endswith(" ") else text
    assert found.observed() == f"{shown} at line {WALL}"
    assert "as PrusaSlicer 2.5.0 writes it: G1 X90.632 Y104.368 E.63419" in found.allowed()
    assert examination.canonical == look(honest()).canonical
    assert not _kernel_takes(job)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("G1 X90.6321 Y104.368 E.63419", "at most 3 after X"),
        ("G1 X90.632 Y104.368 E.63419 F3600", "G1 with X Y E, X Y F"),
        ("G1 X90.632", "G1 with X Y E, X Y F"),
        ("G1 F3600.1234", "3 after F"),
        ("G0 X90.632 Y104.368", "no G0"),
        ("  ;TYPE:Perimeter", "a comment from the first byte on"),
        ("M106 S255.0", "M106 S255"),
        ("G1 X109.368 Y104.368 E-0", "E0"),
    ],
)
def test_the_finding_says_what_the_slicer_writes(text: str, allowed: str) -> None:
    job = insert(WALL, text)
    found = [one for one in look(job, own=True).verdict.findings if one.code == "TP-012"]
    assert [one.where.line for one in found] == [WALL]
    assert allowed in found[0].allowed()
    assert not _kernel_takes(job)


@pytest.mark.parametrize(
    "text", ["", ";TYPE:Perimeter", "G1 F3600 ; perimeter", "G1 F3600  ; ; x", "G1 F3600;_WIPE"]
)
def test_what_the_slicer_leaves_between_is_let_through(text: str) -> None:
    job = insert(WALL, text)
    assert look(job, own=True).verdict.findings == ()
    assert _kernel_takes(job)


def test_the_blocks_are_held_to_the_recipe_and_not_to_a_slicer() -> None:
    """``Z0.3`` of the start block is no PrusaSlicer: the manufacturer wrote it."""
    assert b"G1 Z0.3 F600" in honest()
    written = honest().replace(b"G1 Z0.3 F600", b"G1 F600 Z.30 ", 1)
    assert look(written, own=True).verdict.findings == ()


def test_a_whole_job_of_the_other_slicer_is_refused() -> None:
    validated = replace(SIGNED.validated_with, slicer="CuraEngine", slicer_version="==4.13.0")
    signed = replace(SIGNED, validated_with=validated)
    found = Collector()
    job = read_job(honest(), 10_000, found, writing=writing_of(signed))
    assert job is not None
    assert len(job.foreign) > 1_000
    assert accept(kernel(), honest(), signed, FILES, None, None) is None


def test_asking_ends_where_the_job_is_refused_whatever_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines of another hand before the start block decide nothing, unless they are too many."""
    monkeypatch.setattr(reader, "MOST_FOREIGN", 500)
    monkeypatch.setattr(written, "MOST_FOREIGN", 500)
    monkeypatch.setattr(reader, "CHUNK_BYTES", 1000)
    assert look(b" ;x\n" * 400 + honest(), own=True).verdict.findings == ()
    job = b" ;x\n" * 600 + swap(WALL, SAME_COMMAND["filament first"])
    found = look(job, own=True).verdict.refusals()
    assert [one.code for one in found] == ["TP-012"]
    assert found[0].where.line is not None
    assert found[0].where.line <= 800


def test_an_examined_copy_is_no_file_of_the_slicer() -> None:
    """What is sent has the controller's own writing: it is not brought along a second time."""
    assert codes(look(look(honest()).canonical, own=True)) == {"TP-012"}


@pytest.mark.parametrize(
    ("slicer", "versions", "writing"),
    [
        ("prusa-slicer", ">=2.5.0,<2.6", PRUSA),
        ("PrusaSlicer", "==2.5.0", PRUSA),
        ("CuraEngine", "==4.13.0", CURA),
        ("Cura Engine", ">=4,<5", CURA),
        ("prusa-slicer", ">=2.6", None),
        ("prusa-slicer", "newest", None),
        ("Slic3r", ">=1", None),
    ],
)
def test_the_recipe_says_whose_writing(slicer: str, versions: str, writing: Writing | None) -> None:
    validated = replace(SIGNED.validated_with, slicer=slicer, slicer_version=versions)
    signed = replace(SIGNED, validated_with=validated)
    assert writing_of(signed) is writing
    names = {check.name for check in _examined(signed).checks}
    assert ("writing of the slicer" in names) == (writing is not None)


def _examined(signed: Recipe) -> Verdict:
    return examine(honest(), signed, FILES, None, frozenset("A"), {}).verdict


def test_a_pinned_job_is_held_to_itself() -> None:
    files = bundle(job=look(honest()).canonical)
    examination = look(look(honest()).canonical, files=files, own=True)
    assert examination.verdict.accepted
    assert "signed job" in {check.name for check in examination.verdict.checks}


@pytest.mark.parametrize(
    ("letter", "value", "text"),
    [
        ("X", 0, "0.00"),
        ("X", -100, "-0.001"),
        ("X", -9_900, "-0.099"),
        ("X", -10_000, "-.1"),
        ("Y", -37_700, "-.377"),
        ("Y", -99_900, "-.999"),
        ("X", -100_000, "-1"),
        ("X", 12_300, "0.123"),
        ("E", 0, "0"),
        ("E", -80_000, "-0.8"),
        ("E", 1, "0.00001"),
        ("F", 360_010_000, "3600.1"),
        ("F", 360_012_000, None),
        ("X", 1_234, None),
    ],
)
def test_numbers_of_cura_engine(letter: str, value: int, text: str | None) -> None:
    """``writeInt2mm`` counts the minus as a digit; seen in jobs about the middle of the plate."""
    assert CURA.number(letter, value) == text


_LETTERS = ["X", "Y", "Z", "E", "F", "S", "P"]
_VALUES = st.one_of(
    st.integers(-150_000, 150_000),
    st.integers(-1_500, 1_500).map(lambda value: value * 100),
    st.integers(0, 9_000).map(lambda value: value * 100_000),
    st.sampled_from([0, 1, 10_000, -10_000, 99_999, -99_900, 100_000, 12_345_600]),
)
_COMMANDS = st.builds(
    Command,
    st.sampled_from(["G1", "G1", "G1", "G0", "G92", "M106", "M204"]),
    st.dictionaries(st.sampled_from(_LETTERS), _VALUES, max_size=5).map(
        lambda values: tuple((letter, values[letter]) for letter in "XYZEFPS" if letter in values)
    ),
)


@given(st.sampled_from(WRITINGS), _COMMANDS)
def test_what_a_slicer_writes_means_the_command(writing: Writing, command: Command) -> None:
    line = writing.line(command)
    if line is not None:
        assert parse_command(line) == command
        assert writing.wrote(line.encode(), command)
        assert not writing.wrote(line.encode() + b" ", command)
        assert not writing.wrote(b" " + line.encode(), None)


def _forms(value: int) -> st.SearchStrategy[str]:
    """One value in every writing of the grammar."""
    sign, (whole, part) = "-" * (value < 0), divmod(abs(value), 100_000)
    digits = f"{part:05d}"
    short = digits.rstrip("0")
    forms = {f"{sign}{whole}.{digits[:count]}" for count in range(max(1, len(short)), 6)}
    forms |= {f"{sign}{whole}"} if not short else {f"{sign}{whole}.{short}"}
    if whole == 0:
        forms |= {form.replace("0.", ".", 1) for form in forms if "." in form}
    if value == 0:
        forms |= {"-0", "0.00"}
    return st.sampled_from(sorted(forms))


@st.composite
def _lines(draw: st.DrawFn) -> str:
    command = draw(_COMMANDS)
    words = [
        f"{letter}{draw(_forms(value))}" for letter, value in command.values if value is not None
    ]
    if draw(st.booleans()):
        words = draw(st.permutations(words))
    own = draw(st.sampled_from(WRITINGS)).line(command)
    text = " ".join([command.word, *words])
    end = draw(st.sampled_from([""] * 8 + [" ", " ;c", ";c", "  ; c", ";_WIPE", " ;", ";"]))
    return (own if own is not None and draw(st.booleans()) else text) + end


_OTHERS = st.sampled_from(["", ";TYPE:x", " ;x", "  ", " ", "M107", "M107 ;x", "G28 X", "G1", "G0"])


@given(st.sampled_from(WRITINGS), st.lists(_lines() | _OTHERS, max_size=10))
@settings(max_examples=300, deadline=None)
def test_columns_name_the_lines_that_the_reference_names(
    writing: Writing, lines: list[str]
) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    jobs = [
        read_job(data, 100, Collector(), plainly=plainly, writing=writing)
        for plainly in (False, True)
    ]
    assert (jobs[0] is None) == (jobs[1] is None)
    if jobs[0] is not None and jobs[1] is not None:
        assert jobs[0].foreign.tolist() == jobs[1].foreign.tolist()
        assert jobs[0].canonical() == jobs[1].canonical()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_kernel_takes_a_line_of_the_slicer_and_no_other(data: st.DataObject) -> None:
    """The same commands in any writing: accepted by the kernel as by the reference."""
    lines = honest().split(b"\n")
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(WALL - 20, WALL + 20))
        command = parse_command(lines[at].decode()) if lines[at][:1] == b"G" else None
        if not isinstance(command, Command):
            continue
        words = [
            f"{letter}{data.draw(_forms(value))}"
            for letter, value in command.values
            if value is not None
        ]
        if data.draw(st.booleans()):
            words = data.draw(st.permutations(words))
        end = data.draw(st.sampled_from([""] * 4 + [" ", " ; c", ";c", ";_WIPE"]))
        lines[at] = (" ".join([command.word, *words]) + end).encode()
    job = b"\n".join(lines)
    read = read_job(job, 10_000, Collector(), writing=PRUSA)
    assert read is not None
    # The two lines of the start block that its manufacturer wrote.
    assert _kernel_takes(job) == (len(read.foreign) == 2)
