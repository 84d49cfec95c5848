"""Commands that move or change how is moved. One function per command; nothing else."""

from __future__ import annotations

from .board import Steps
from .checkpoint import keep_checkpoint
from .core import Firmware, Handler
from .words import Words

_AXES = "XYZ"
_HOMING_REACH = 1.5


def linear(fw: Firmware, words: Words) -> Steps:
    """G0, G1."""
    take_feed(fw, words)
    yield from line_to(fw, target_of(fw, words))


def take_feed(fw: Firmware, words: Words) -> None:
    """The F word in units per minute, kept for the moves to come."""
    feed = words.number("F")
    if feed is not None and feed > 0:
        fw.feed_mm_s = feed * fw.unit_mm() / 60.0


def target_of(fw: Firmware, words: Words) -> list[float]:
    """Where the words X, Y, Z, E lead: mm in the frame of the motors, soft end-stops kept."""
    scale = fw.unit_mm()
    target = list(fw.position)
    for axis, name in enumerate(_AXES):
        value = words.number(name)
        if value is not None:
            offset = fw.position[axis] if fw.relative else -fw.shift[axis]
            target[axis] = value * scale + offset
            if fw.soft_endstops and fw.homed[axis]:
                target[axis] = min(max(target[axis], 0.0), fw.printer.size_mm[axis])
    e = words.number("E")
    if e is not None:
        way = e * scale
        target[3] = fw.position[3] + way if fw.relative or fw.relative_e else way
    return target


def line_to(fw: Firmware, target: list[float]) -> Steps:
    """One straight move into the planner; waits while that is full."""
    keep_checkpoint(fw)
    e_mm = _allowed_extrusion(fw, target, target[3] - fw.position[3])
    while fw.planner.free == 0:
        yield fw.planner.next_change()
    # The nozzle may have cooled down while the line waited.
    e_mm = _allowed_extrusion(fw, target, e_mm)
    # A quick stop while this line waited has moved the position under it.
    p = fw.position
    delta = (target[0] - p[0], target[1] - p[1], target[2] - p[2], e_mm * fw.flow_percent / 100.0)
    print_accel, retract_accel, travel_accel = fw.settings.accel
    if delta[0] == delta[1] == delta[2] == 0.0:
        accel = retract_accel
    else:
        accel = print_accel if delta[3] else travel_accel
    feed = fw.feed_mm_s * max(fw.feed_percent, 1.0) / 100.0
    fw.planner.add(delta, feed, accel, fw.limits(), fw.now)
    fw.position = target
    if delta[3] > 0.0:
        fw.job.statistics.filament_mm += delta[3]


def _allowed_extrusion(fw: Firmware, target: list[float], e_mm: float) -> float:
    """The way of the filament in mm, or none of it; the position counts it all the same."""
    if not e_mm:
        return 0.0
    if not fw.cold_allowed and fw.hotend.reading < fw.cold_limit_c:
        fw.say("echo: cold extrusion prevented")
    elif abs(e_mm) > fw.dialect.longest_extrusion_mm:
        fw.say("echo: too long extrusion prevented")
    else:
        return e_mm
    fw.position[3] = target[3]
    return 0.0


def dwell(fw: Firmware, words: Words) -> Steps:
    """G4."""
    yield from fw.until_still()
    milliseconds, seconds = words.number("P"), words.number("S")
    wait = seconds if seconds is not None else (milliseconds or 0.0) / 1000.0
    fw.notify("Sleep...")
    end = fw.now + max(wait, 0.0)
    while fw.now < end:
        yield end


def home(fw: Firmware, words: Words) -> Steps:
    """G28: drives each named axis to its switch, or kills if the switch never closes."""
    yield from fw.until_still()
    named = [axis for axis, name in enumerate(_AXES) if words.seen(name)] or [0, 1, 2]
    for axis in named:
        yield from _home_axis(fw, axis)
        if fw.killed:
            return
    lift = fw.dialect.raise_after_home_mm
    if lift and 2 in named:
        yield from _drive(fw, 2, lift, fw.printer.homing_mm_s[2])
        fw.position[2] = lift
    fw.planner.stepped = list(fw.position)
    fw.say(fw.position_text())


def _home_axis(fw: Firmware, axis: int) -> Steps:
    speed = fw.printer.homing_mm_s[axis]
    reach = fw.printer.size_mm[axis] * _HOMING_REACH
    way = fw.plant.way_to_endstop(axis, reach)
    yield from _drive(fw, axis, -(reach if way is None else way), speed)
    if way is None:
        fw.kill("echo:Homing Failed")
        return
    bump = fw.printer.home_bump_mm[axis]
    yield from _drive(fw, axis, bump, speed)
    yield from _drive(fw, axis, -bump, speed / 2)
    fw.position[axis] = 0.0
    fw.shift[axis] = 0.0
    fw.homed[axis] = True


def _drive(fw: Firmware, axis: int, way: float, speed: float) -> Steps:
    delta = [0.0, 0.0, 0.0, 0.0]
    delta[axis] = way
    move = (delta[0], delta[1], delta[2], delta[3])
    fw.planner.add(move, speed, fw.settings.accel[2], fw.limits(), fw.now)
    yield from fw.until_still()


def absolute(fw: Firmware, words: Words) -> None:
    """G90."""
    fw.relative = fw.relative_e = False


def relative(fw: Firmware, words: Words) -> None:
    """G91."""
    fw.relative = fw.relative_e = True


def absolute_e(fw: Firmware, words: Words) -> None:
    """M82."""
    fw.relative_e = False


def relative_e(fw: Firmware, words: Words) -> None:
    """M83."""
    fw.relative_e = True


def set_position(fw: Firmware, words: Words) -> None:
    """G92: the coordinates change, the head does not move."""
    for axis, name in enumerate(_AXES):
        value = words.number(name)
        if value is not None:
            fw.shift[axis] = value * fw.unit_mm() - fw.position[axis]
    e = words.number("E")
    if e is not None:
        e *= fw.unit_mm()
        # Motors are counted in E as the host counts, so both change together.
        fw.planner.stepped[3] += e - fw.position[3]
        fw.position[3] = e


def finish_moves(fw: Firmware, words: Words) -> Steps:
    """M400."""
    yield from fw.until_still()


def motors_on(fw: Firmware, words: Words) -> None:
    """M17."""


def motors_off(fw: Firmware, words: Words) -> Steps | None:
    """M18, M84: waits for motion, then the position is no longer trusted."""
    if words.number("S") is not None:
        return None
    return _motors_off(fw)


def _motors_off(fw: Firmware) -> Steps:
    yield from fw.until_still()
    fw.homed = [False, False, False]


def babystep(fw: Firmware, words: Words) -> None:
    """M290: moves Z at once, unseen by M114."""
    z = words.number("Z") or words.number("S") or 0.0
    fw.plant.move((0.0, 0.0, min(max(z, -2.0), 2.0), 0.0))


def soft_endstops(fw: Firmware, words: Words) -> None:
    """M211."""
    value = words.number("S")
    if value is not None:
        fw.soft_endstops = value > 0
        return
    size = fw.printer.size_mm
    state = "On" if fw.soft_endstops else "Off"
    fw.say(
        f"Soft endstops: {state}  Min:  X0.00 Y0.00 Z0.00   "
        f"Max:  X{size[0]:.2f} Y{size[1]:.2f} Z{size[2]:.2f}"
    )


def feed_percent(fw: Firmware, words: Words) -> None:
    """M220."""
    value = words.number("S")
    if value is None:
        fw.say(f"FR:{fw.feed_percent:.0f}%")
    else:
        fw.feed_percent = float(int(value))


def flow_percent(fw: Firmware, words: Words) -> None:
    """M221."""
    value = words.number("S")
    if value is None:
        fw.say(f"echo:E0 Flow: {fw.flow_percent:.0f}%")
    else:
        fw.flow_percent = float(int(value))


def inches(fw: Firmware, words: Words) -> None:
    """G20: 25.4 mm a unit until G21."""
    fw.inches = True


def millimetres(fw: Firmware, words: Words) -> None:
    """G21."""
    fw.inches = False


COMMANDS: dict[str, Handler] = {
    "G0": linear,
    "G1": linear,
    "G4": dwell,
    "G20": inches,
    "G21": millimetres,
    "G28": home,
    "G90": absolute,
    "G91": relative,
    "G92": set_position,
    "M17": motors_on,
    "M18": motors_off,
    "M82": absolute_e,
    "M83": relative_e,
    "M84": motors_off,
    "M211": soft_endstops,
    "M220": feed_percent,
    "M221": flow_percent,
    "M290": babystep,
    "M400": finish_moves,
}
