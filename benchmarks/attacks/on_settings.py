"""Attacks on what is in force: heat, fan, speeds, pull-backs, and commands of every kind.

On G-code. Commands are those of the Marlin 2.1 command reference, of Prusa firmware and Klipper.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from functools import partial

from mdps_plugin.authoring.settings import end_lines, start_lines

from .attack import Attack, Spoilt, Subject, nothing, sized
from .job import Job, Move, number

_DEGREES = (1, 2, 5, 10, 25)

#: One command a line; every group of words that may harm the part, the printer or the record.
DANGEROUS = (
    *(
        "M500",
        "M501",
        "M502",
        "M503",
        "M504",
        "M510",
        "M511 P1234",
        "M512 P1",
        "M550 PX",
        "M552 S0",
    ),
    *(
        "M553 P1",
        "M554 P1",
        "M575 B1",
        "M301 P99 I9 D9",
        "M303 S240",
        "M304 P9",
        "M305 P0",
        "M306 T",
    ),
    *("M309 P1", "M302 P1", "M302 S0", "M143 S400", "M86 S0", "M87", "M85 S0"),
    *("M92 E400", "M92 X81", "M200 D1.75", "M206 X1", "M218 T1 X1", "M290 Z-0.1", "M420 S0"),
    *("M421 I0 J0 Z1", "M425 F1", "M428", "M665 L100", "M666 X1", "M851 Z-1", "M852 I1", "M871 R"),
    *(
        "G26",
        "G29",
        "G30",
        "G31",
        "G32",
        "G33",
        "G34",
        "G35",
        "G42 I1",
        "G53",
        "G54",
        "G59",
        "G425",
    ),
    *("M201 X9000", "M203 X500", "M205 X50", "M220 S150", "M221 S95", "M211 S0", "M120", "M121"),
    *("M540 S1", "M593 F40", "M900 K1", "M17", "M18", "M84", "M350 X16", "M351 X1", "M569 S1"),
    *("M906 X200", "M911", "M912", "M913 X1", "M914 X1", "M915", "M919 X1", "M42 P4 S255", "M43"),
    *("M226 P4", "M260 B1", "M261 A1", "M280 P0 S90", "M281 P0", "M282 P0", "M380", "M381"),
    *("M3 S255", "M4", "M5", "M7", "M8", "M9", "M10", "M11", "M80", "M81", "M20", "M21", "M22"),
    *("M23 a.gco", "M24", "M25", "M26 S0", "M27", "M28 a.gco", "M29", "M30 a.gco", "M32 a.gco"),
    *("M33 a.gco", "M34 S1", "M928 a.gco", "M993", "M994", "M111 S255", "M110 N1", "M118 hello"),
    *(
        "M117 hello",
        "M155 S1",
        "M876 S1",
        "M808 L",
        "M810 M500",
        "M820",
        "M410",
        "M412 S0",
        "M413 S0",
    ),
    *(
        "M524",
        "M112",
        "M999",
        "M108",
        "M997",
        "T0",
        "T1",
        "M163 S0 P1",
        "M164 S0",
        "M165 A1",
        "M166",
    ),
    *("M605 S1", "M600", "M601", "M602", "M603 L9", "M701", "M702", "G20", "G91", "M149 F", "G17"),
    *(
        "G18",
        "G19",
        "G60 S0",
        "G61 S0",
        "G5 I1 J1 P1 Q1 X1 Y1",
        "G6 X1",
        "G2 X1 Y1 I1",
        "G3 X1 Y1 I1",
    ),
    *(
        "G10",
        "G11",
        "M207 S5",
        "M208 S5",
        "M209 S1",
        "G4 P60000",
        "G4 S600",
        "M0",
        "M1",
        "G28",
        "G27",
    ),
    *(
        "M109 S260",
        "M109 R20",
        "M190 S20",
        "M104 S0",
        "M140 S0",
        "M106 P1 S255",
        "M141 S60",
        "M191 S60",
    ),
    *("M82", "G92 X0", "G92 E5", "G92.1", "G92 Z0", "D2", "D3 Ax0", "D5", "D9125", "PRUSA Fir"),
    *("TMC_SET_STEP X1", "CRASH_ON", "M708 A0 X0", "M310 S0", "M850 Z1", "M861 Z1", "G98", "G99"),
    *("SAVE_CONFIG", "SET_PRESSURE_ADVANCE ADVANCE=1", "SET_GCODE_OFFSET Z=0.2", "FORCE_MOVE"),
    *(
        "SET_VELOCITY_LIMIT VELOCITY=999",
        "SET_PIN PIN=x VALUE=1",
        "SDCARD_RESET_FILE",
        "RESPOND MSG=x",
    ),
    *("SET_HEATER_TEMPERATURE HEATER=extruder TARGET=300", "PID_CALIBRATE", "EXCLUDE_OBJECT"),
    *("//action:cancel", "@pause", "!", "M114", "M115", "M119", "M105", "M400", "M73 P50 R1"),
)


def _insert(subject: Subject, rng: random.Random, *lines: str, layer: int | None = None) -> Spoilt:
    """Before one printed line."""
    job = subject.job
    chosen = [move for move in job.printed if layer is None or move.layer == layer]
    move = rng.choice(chosen)
    return Spoilt(
        data=job.edited({move.index: [*lines, job.lines[move.index]]}),
        changed="inserted " + ", ".join(lines),
        line=move.index + 1,
        layer=move.layer,
    )


def dangerous_command(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One command of those that no job needs, somewhere in the body."""
    return _insert(subject, rng, DANGEROUS[int(kind)])


def _in_force(job: Job, word: str, line: int) -> float | None:
    """S of the last such command at or above a line."""
    for text in reversed(job.lines[: line + 1]):
        found = re.match(rf"{word} S(\d+\.?\d*)", text)
        if found:
            return float(found[1])
    return None


def _set_and_back(
    subject: Subject, words: tuple[str, ...], change: float, rng: random.Random, lines: int
) -> Spoilt:
    """Another value for some printed lines, then the old one again."""
    job = subject.job
    place = rng.randrange(len(job.printed))
    move = job.printed[place]
    values = [_in_force(job, word, move.index) for word in words]
    known = [value for value in values if value is not None]
    if not known:
        return nothing("no value in force")
    value = known[-1] + change
    last = job.printed[min(place + lines, len(job.printed) - 1)]
    changes = {
        move.index: [f"{words[0]} S{number(value, 3)}", job.lines[move.index]],
        last.index: [job.lines[last.index], f"{words[0]} S{number(known[-1], 3)}"],
    }
    if last is move:
        changes = {
            move.index: [changes[move.index][0], job.lines[move.index], changes[last.index][1]]
        }
    return Spoilt(
        data=job.edited(changes),
        changed=f"{words[0]} S{number(value, 3)} for {lines} lines",
        line=move.index + 1,
        layer=move.layer,
    )


def nozzle_inserted(subject: Subject, degrees: float, rng: random.Random) -> Spoilt:
    """A little hotter or colder for some lines (Rais 2021)."""
    by = rng.choice((-1, 1)) * degrees
    return _set_and_back(subject, ("M104", "M109"), by, rng, rng.randrange(1, 200))


def bed_inserted(subject: Subject, degrees: float, rng: random.Random) -> Spoilt:
    """The bed a little hotter or colder for some lines."""
    by = rng.choice((-1, 1)) * degrees
    return _set_and_back(subject, ("M140", "M190"), by, rng, rng.randrange(1, 200))


def _change_s(subject: Subject, word: str, by: float, rng: random.Random) -> Spoilt:
    """S of one command of the body."""
    job = subject.job
    lines = range(job.layer_at[0], job.layer_at[-1])
    pattern = re.compile(rf"{word} S(\d+\.?\d*)")
    found = {index: seen[1] for index in lines if (seen := pattern.match(job.lines[index]))}
    if not found:
        return nothing(f"no {word} in this body")
    index = rng.choice(list(found))
    value = float(found[index])
    wanted = max(value + by, 0.0)
    return Spoilt(
        data=job.edited({index: [f"{word} S{number(wanted, 3)}"]}),
        changed=f"{word} S{value:g} to S{wanted:g}",
        line=index + 1,
    )


def nozzle_changed(subject: Subject, degrees: float, rng: random.Random) -> Spoilt:
    """A temperature that the slicer set, changed (AMSecBench, smaller)."""
    return _change_s(subject, "M104", rng.choice((-1, 1)) * degrees, rng)


def fan_changed(subject: Subject, steps: float, rng: random.Random) -> Spoilt:
    """A fan value that the slicer set, changed (Gao)."""
    return _change_s(subject, "M106", rng.choice((-1, 1)) * steps, rng)


def fan_inserted(subject: Subject, steps: float, rng: random.Random) -> Spoilt:
    """Another fan value for some lines."""
    return _set_and_back(subject, ("M106",), steps, rng, rng.randrange(1, 200))


def fan_off(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """Fan commands of the body left out, or the fan off for one layer."""
    job = subject.job
    found = [i for i in range(job.layer_at[0], job.layer_at[-1]) if job.lines[i].startswith("M106")]
    if not found or job.layers < 3:
        return nothing("the fan never runs")
    if not kind:
        return Spoilt(
            data=job.edited({index: [] for index in found}),
            changed="no fan",
            line=found[0] + 1,
        )
    return _insert(subject, rng, "M107", layer=rng.randrange(2, job.layers))


def _faster(subject: Subject, moves: set[int], factor: float, what: str) -> Spoilt:
    """F written on every move, so that only the chosen ones differ."""
    job = subject.job
    changes = {}
    for move in job.moves:
        feed = move.feed * factor if move.index in moves else move.feed
        changes[move.index] = [move.written(feed=round(feed, 3))]
    return Spoilt(data=job.edited(changes), changed=what, line=min(moves) + 1)


def _sign(rng: random.Random, percent: float) -> float:
    return 1 + rng.choice((-1, 1)) * percent / 100


def feed_part(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """Printing faster or slower (Gao)."""
    chosen = {move.index for move in subject.job.printed}
    return _faster(subject, chosen, _sign(rng, percent), f"printed {percent:g} % off in speed")


def feed_segment(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """One line faster or slower."""
    move = rng.choice(subject.job.printed)
    return _faster(subject, {move.index}, _sign(rng, percent), f"one line {percent:g} % off")


def feed_travel(subject: Subject, percent: float, rng: random.Random) -> Spoilt:
    """One travel faster or slower."""
    travels = [m for m in subject.job.moves if not m.filament and m.begin[:2] != m.end[:2]]
    move = rng.choice(travels)
    return _faster(subject, {move.index}, _sign(rng, percent), f"one travel {percent:g} % off")


def _pulled(job: Job) -> list[Move]:
    return [move for move in job.moves if move.at_rest]


def retraction_length(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """Each pull-back shorter or longer, and given back alike (OffRAMPS T3)."""
    job, by = subject.job, rng.choice((-1, 1)) * length
    changes = {}
    for move in _pulled(job):
        more = by if move.filament > 0 else -by
        changes[move.index] = [move.written(filament=move.filament + more)]
    if not changes:
        return nothing("nothing is pulled back in this job")
    return Spoilt(data=job.edited(changes), changed=f"pull-backs {by:+g} mm", line=min(changes) + 1)


def retraction_once(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """One pull-back longer, given back as before."""
    back = [move for move in _pulled(subject.job) if move.filament < 0]
    if not back:
        return nothing("nothing is pulled back in this job")
    move = rng.choice(back)
    return Spoilt(
        data=subject.job.edited({move.index: [move.written(filament=move.filament - length)]}),
        changed=f"one pull-back {length:g} mm longer",
        line=move.index + 1,
        layer=move.layer,
    )


def retraction_removed(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One pull-back, or one and its return, left out."""
    pulled = _pulled(subject.job)
    pairs = [
        (one, two) for one, two in itertools.pairwise(pulled) if one.filament < 0 < two.filament
    ]
    if not pairs:
        return nothing("nothing is pulled back in this job")
    one, two = rng.choice(pairs)
    changes: dict[int, list[str]] = {one.index: []}
    if kind:
        changes[two.index] = []
    return Spoilt(data=subject.job.edited(changes), changed="left out", line=one.index + 1)


def acceleration(subject: Subject, value: float, rng: random.Random) -> Spoilt:
    """Another acceleration from some line on."""
    return _insert(subject, rng, f"M204 P{value:g}")


def start_block(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One line of the start or end block changed, left out or doubled."""
    job = subject.job
    process = subject.setup.process
    head = job.lines.index(start_lines(process)[0])
    tail = job.lines.index(end_lines(process)[0], job.layer_at[-1])
    counts = (len(start_lines(process)), len(end_lines(process)))
    lines = [*range(head, head + counts[0]), *range(tail, tail + counts[1])]
    index = rng.choice(lines)
    text = job.lines[index]
    if kind == 0:
        return Spoilt(data=job.edited({index: []}), changed=f"without {text}", line=index + 1)
    if kind == 1:
        numbers = re.search(r"(?<=[XYZEFSPR])\d+", text)
        if numbers is None:
            return nothing(f"{text} has no number")
        new = text[: numbers.start()] + str(int(numbers[0]) + 1) + text[numbers.end() :]
        return Spoilt(data=job.edited({index: [new]}), changed=f"{text} to {new}", line=index + 1)
    return Spoilt(
        data=job.edited({index: [text, "M302 P1"]}), changed="M302 P1 added", line=index + 2
    )


_attack = partial(sized, "settings")


def _kinds(make: Callable[..., Spoilt], *names: str, source: str = "") -> Attack:
    sizes = tuple(float(number) for number in range(len(names)))
    return Attack(
        name=make.__name__, group="settings", make=make, sizes=sizes, names=names, source=source
    )


ATTACKS = (
    _attack(nozzle_changed, "°C", _DEGREES, source="AMSecBench"),
    _attack(nozzle_inserted, "°C", _DEGREES, source="Rais 2021"),
    _attack(bed_inserted, "°C", _DEGREES),
    _attack(fan_changed, "of 255", (1, 5, 25, 100), source="Gao"),
    _attack(fan_inserted, "of 255", (1, 5, 25, 100), source="Gao"),
    _kinds(fan_off, "all", "one layer"),
    _attack(feed_part, "%", (1, 5, 10, 25, 50), source="Gao"),
    _attack(feed_segment, "%", (1, 5, 10, 25, 50), source="Gatlin 2019"),
    _attack(feed_travel, "%", (1, 5, 25)),
    _attack(retraction_length, "mm", (0.01, 0.1, 0.5), source="Blocklove 2024, T3"),
    _attack(retraction_once, "mm", (0.01, 0.1, 0.5, 1.0)),
    _kinds(retraction_removed, "pull-back", "pull-back and return"),
    _attack(acceleration, "mm/s²", (801, 1500, 9000)),
    _kinds(start_block, "left out", "changed", "added"),
    _kinds(dangerous_command, *DANGEROUS, source="Marlin, Prusa, Klipper command lists"),
)
