"""Attacks on single lines and on layers: deleted, doubled, reordered, appended, cut off.

On G-code; where the heights of later layers must follow, they do.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .attack import Attack, Spoilt, Subject, nothing
from .job import Job, Move, lifted, number

#: How far aside lines are printed again.
ASIDE_MM = 0.2


def line_deleted(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One printed line left out: the next one starts where that one began."""
    move = rng.choice(subject.job.printed)
    return Spoilt(
        data=subject.job.edited({move.index: []}),
        changed="one line left out",
        mm3=move.mm3,
        line=move.index + 1,
        layer=move.layer,
    )


def line_doubled(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One printed line once more on the way back."""
    job = subject.job
    move = rng.choice(job.printed)
    back = move.written(end=move.begin[:2])
    again = move.written()
    return Spoilt(
        data=job.edited({move.index: [job.lines[move.index], back, again]}),
        changed="one line three times",
        mm3=2 * move.mm3,
        line=move.index + 2,
        layer=move.layer,
    )


def spot_laid(subject: Subject, times: float, rng: random.Random) -> Spoilt:
    """The end of a line, 3 mm at most, laid again and again upon itself, back and forth."""
    job = subject.job
    move = rng.choice([one for one in job.printed if one.length >= 1])
    share = min(1.0, 3 / move.length)
    there = move.written(end=move.point(1 - share), filament=move.filament * share)
    here = move.written(filament=move.filament * share)
    return Spoilt(
        data=job.edited({move.index: [job.lines[move.index], *[there, here] * int(times / 2)]}),
        changed=f"{share * move.length:.2f} mm of a line laid {times:g} times more",
        mm3=move.mm3 * share * times,
        line=move.index + 2,
        layer=move.layer,
    )


def line_inserted(subject: Subject, length: float, rng: random.Random) -> Spoilt:
    """A printed line out and back, at the flow of the line before it."""
    job = subject.job
    move = rng.choice([one for one in job.printed if one.length >= 0.1])
    (ax, ay), (bx, by) = move.begin[:2], move.end[:2]
    share = length / move.length * rng.choice((-1, 1))
    aside = (bx - (by - ay) * share, by + (bx - ax) * share)
    filament = move.filament * abs(share)
    lines = [move.written(end=aside, filament=filament), move.written(filament=filament)]
    return Spoilt(
        data=job.edited({move.index: [job.lines[move.index], *lines]}),
        changed=f"{length:g} mm out and back",
        mm3=2 * move.mm3 * abs(share),
        line=move.index + 2,
        layer=move.layer,
    )


def line_to_travel(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One printed line without filament, at its own speed."""
    move = rng.choice(subject.job.printed)
    x, y = (number(value, 3) for value in move.end[:2])
    return Spoilt(
        data=subject.job.edited({move.index: [f"G1 X{x} Y{y} F{number(move.feed, 3)}"]}),
        changed="one line without filament",
        mm3=move.mm3,
        line=move.index + 1,
        layer=move.layer,
    )


def lines_swapped(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """Two printed lines in a row in the other order."""
    job = subject.job
    place = rng.randrange(len(job.printed) - 1)
    one, two = job.printed[place], job.printed[place + 1]
    if one.layer != two.layer:
        return nothing("lines of two layers")
    changes = {one.index: [job.lines[two.index]], two.index: [job.lines[one.index]]}
    return Spoilt(
        data=job.edited(changes), changed="two lines swapped", line=one.index + 1, layer=one.layer
    )


def layers_swapped(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """Lines of two layers exchanged, heights as they were."""
    job = subject.job
    if job.layers < 4:
        return nothing("too few layers")
    layers = [list(job.layer_lines(k)) for k in range(job.layers)]
    k = rng.randrange(1, job.layers - 1)
    step = job.heights[k + 1] - job.heights[k]
    layers[k], layers[k + 1] = lifted(layers[k + 1], -step), lifted(layers[k], step)
    return Spoilt(data=job.with_layers(layers), changed=f"layers {k} and {k + 1} swapped", layer=k)


def _dropped(subject: Subject, first: int, count: int) -> Spoilt:
    job = subject.job
    layers = [list(job.layer_lines(k)) for k in range(job.layers)]
    lost = sum(move.mm3 for move in job.printed if first <= move.layer < first + count)
    step = subject.setup.layer_mm * count
    kept = layers[:first] + [lifted(layer, -step) for layer in layers[first + count :]]
    return Spoilt(
        data=job.with_layers(kept), changed=f"{count} layers from {first} left out", mm3=lost
    )


def layer_deleted(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One layer left out, those above lowered."""
    if subject.job.layers < 4:
        return nothing("too few layers")
    return _dropped(subject, rng.randrange(1, subject.job.layers - 1), 1)


def top_deleted(subject: Subject, count: float, rng: random.Random) -> Spoilt:
    """The last layers left out."""
    if subject.job.layers <= count:
        return nothing("too few layers")
    return _dropped(subject, subject.job.layers - int(count), int(count))


def layer_doubled(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One layer twice, those above raised."""
    job = subject.job
    k = rng.randrange(1, job.layers)
    layers = [list(job.layer_lines(n)) for n in range(job.layers)]
    step = subject.setup.layer_mm
    layers[k:] = [layers[k], *(lifted(layer, step) for layer in layers[k:])]
    return Spoilt(data=job.with_layers(layers), changed=f"layer {k} twice", layer=k)


def layer_appended(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """The last layer once more on top."""
    job = subject.job
    layers = [list(job.layer_lines(n)) for n in range(job.layers)]
    layers.append(lifted(layers[-1], subject.setup.layer_mm))
    return Spoilt(data=job.with_layers(layers), changed="one layer more on top")


def layer_again(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """One layer printed twice at the same height.

    Or the second time walls the other way round, and all other lines 0.2 mm aside.
    """
    job = subject.job
    k = rng.randrange(1, job.layers)
    if kind:
        return Spoilt(data=_again_aside(job, k), changed=f"layer {k} again, aside", layer=k)
    layers = [list(job.layer_lines(n)) for n in range(job.layers)]
    layers.insert(k, list(layers[k]))
    return Spoilt(data=job.with_layers(layers), changed=f"layer {k} printed twice", layer=k)


def _again_aside(job: Job, layer: int) -> bytes:
    printed = [move for move in job.printed if move.layer == layer]
    travel = max(move.feed for move in job.moves if not move.prints and not move.at_rest)
    runs: list[list[Move]] = []
    for move in printed:
        if runs and runs[-1][-1].end == move.begin and runs[-1][-1].wall == move.wall:
            runs[-1].append(move)
        else:
            runs.append([move])
    again = [job.lines[printed[-1].index]]
    for run in runs:
        ends = [run[0].begin[:2], *(move.end[:2] for move in run)]
        if run[0].wall:
            run, ends = run[::-1], ends[::-1]
        else:
            longest = max(run, key=lambda move: move.length)
            (ax, ay), (bx, by) = longest.begin[:2], longest.end[:2]
            share = ASIDE_MM / longest.length
            ends = [(x - (by - ay) * share, y + (bx - ax) * share) for x, y in ends]
        again.append(_travel(ends[0], travel))
        again += [
            move.written(end=end, feed=move.feed) for move, end in zip(run, ends[1:], strict=True)
        ]
    again.append(_travel(printed[-1].end[:2], travel))
    return job.edited({printed[-1].index: again})


def _travel(place: tuple[float, float], feed: float) -> str:
    x, y = (number(value, 3) for value in place)
    return f"G1 X{x} Y{y} F{number(feed, 3)}"


def truncated(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """The file ends early: in a line, at a line end, or before its end block."""
    data = subject.gcode
    if kind == 0:
        cut = data[: rng.randrange(1, len(data) - 1)]
    elif kind == 1:
        cut = data[: data.rfind(b"\n", 0, rng.randrange(len(data) // 4, len(data) - 100)) + 1]
    else:
        job = subject.job
        cut = "\n".join((*job.lines[: job.layer_at[-1]], "")).encode("ascii")
    return Spoilt(data=cut, changed=f"cut after {len(cut)} of {len(data)} bytes")


def another_job(subject: Subject, kind: float, rng: random.Random) -> Spoilt:
    """An honest job, but of another model or for another recipe (Moore 2017)."""
    data = subject.other_setup(rng) if kind else subject.other_job(rng)
    if not data:
        return nothing("no other job")
    return Spoilt(data=data, changed="another recipe" if kind else "another model")


def _kinds(make: Callable[..., Spoilt], *names: str, source: str = "") -> Attack:
    sizes = tuple(float(number) for number in range(len(names)))
    return Attack(
        name=make.__name__, group="lines", make=make, sizes=sizes, names=names, source=source
    )


ATTACKS = (
    _kinds(line_deleted, "one", source="Gatlin 2019"),
    _kinds(line_doubled, "one", source="Gatlin 2019"),
    Attack(name="spot_laid", group="lines", make=spot_laid, sizes=(2, 4, 8, 12), unit="times more"),
    Attack(
        name="line_inserted",
        group="lines",
        make=line_inserted,
        sizes=(0.05, 0.2, 0.5, 1.0),
        unit="mm",
        source="Gatlin 2019",
    ),
    _kinds(line_to_travel, "one", source="Gatlin 2019"),
    _kinds(lines_swapped, "two in a row", source="Gatlin 2019"),
    _kinds(layers_swapped, "two in a row"),
    _kinds(layer_deleted, "one"),
    Attack(name="top_deleted", group="lines", make=top_deleted, sizes=(1, 3), unit="layers"),
    _kinds(layer_doubled, "one"),
    _kinds(layer_appended, "one"),
    _kinds(layer_again, "in place", "walls reversed, the rest 0.2 mm aside"),
    _kinds(truncated, "in a line", "at a line end", "without end block"),
    _kinds(another_job, "of another model", "for another recipe", source="Moore 2017"),
)
