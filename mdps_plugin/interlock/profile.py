"""Firmware profile: one printer with one firmware dialect, and the limits of its gate.

``parse_profile`` is the only way to make a :class:`FirmwareProfile`. Nothing here talks to a
printer. Lengths are millimetres, temperatures degrees Celsius, durations seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..canonical import digest_of, read_json
from ..errors import DocumentError
from ..reading import Fields
from .factors import NAMES
from .stopwords import is_harmless

SCHEMA = "mdps-firmware-profile/1"


@dataclass(frozen=True, kw_only=True)
class RequiredSetting:
    """A stored setting that must hold: one line of the answer to M503 matches ``pattern``."""

    name: str
    pattern: re.Pattern[str]
    allowed: str


@dataclass(frozen=True, kw_only=True)
class GateLimits:
    """How long and how much the gate bears before it ends a build.

    ``foreign_in_a_row`` lines that are not the expected one are borne, one more trips.
    ``host_silence_s`` counts while OctoPrint is free to send. ``temperature_age_s`` bounds how old
    the last report may be while a build runs. ``target_settle_s`` is how long a reported target
    may differ from the commanded one. ``heatup_s`` bounds one heat-up. ``factors_every_s`` is how
    often a build asks for the speed and flow factors. ``safe_stop_confirm_s`` is how long the
    safe-stop is repeated before the emergency stop follows.
    """

    ok_timeout_s: float
    busy_interval_s: float
    face_timeout_s: float
    host_silence_s: float
    foreign_in_a_row: int
    foreign_per_minute: int
    temperature_age_s: float
    target_settle_s: float
    heatup_s: float
    factors_every_s: float
    safe_stop_repeat_s: float
    safe_stop_confirm_s: float


@dataclass(frozen=True, kw_only=True)
class FirmwareProfile:
    """What a cell's printer must be, how it is stopped, and what its gate bears.

    ``factors`` are the questions for speed and flow that this firmware answers (:mod:`.factors`).
    """

    profile_id: str
    title: str
    firmware_name: re.Pattern[str]
    machine_type: str
    capabilities: tuple[str, ...]
    build_x_mm: float
    build_y_mm: float
    build_z_mm: float
    nozzle_mm: float
    nozzle_max_c: float
    bed_max_c: float
    baud: int
    safe_stop: tuple[str, ...]
    emergency_stop: str
    stop_words: frozenset[str]
    settings: tuple[RequiredSetting, ...]
    factors: tuple[str, ...]
    limits: GateLimits
    digest: str


def parse_profile(data: bytes, source: str) -> FirmwareProfile:
    """Read one profile; :class:`DocumentError` names file, place, observed and allowed."""
    document = read_json(data, source)
    fields = Fields(document, source)
    fields.matching("schema", re.escape(SCHEMA), SCHEMA)
    identity = fields.child("identity")
    firmware_name = _pattern(identity, "firmware_name")
    machine_type = identity.text("machine_type", max_length=120)
    capabilities = identity.texts("capabilities", most=64)
    identity.close()
    volume = fields.child("build_volume_mm")
    sides = [volume.number(axis, minimum=1, maximum=2000, unit="mm") for axis in ("x", "y", "z")]
    volume.close()
    safe_stop = fields.texts("safe_stop", least=1, most=16)
    stop_words = fields.texts("stop_words", least=1, most=64)
    for key, lines in (("safe_stop", safe_stop), ("stop_words", stop_words)):
        for index, line in enumerate(lines):
            if not is_harmless(line):
                place = f"{key}[{index}]"
                raise DocumentError(source, place, repr(line), "a line that only stops something")
    _demand(fields, "safe_stop", safe_stop, {"M104 S0", "M140 S0"})
    _demand(fields, "stop_words", stop_words, {"M112", "M108", "M410"})
    profile = FirmwareProfile(
        profile_id=fields.matching(
            "profile_id", r"[a-z0-9][a-z0-9.-]{0,63}", "lower-case letters, digits, dots, dashes"
        ),
        title=fields.text("title", max_length=200),
        firmware_name=firmware_name,
        machine_type=machine_type,
        capabilities=capabilities,
        build_x_mm=sides[0],
        build_y_mm=sides[1],
        build_z_mm=sides[2],
        nozzle_mm=fields.number("nozzle_mm", minimum=0.1, maximum=2, unit="mm"),
        nozzle_max_c=fields.number("nozzle_max_c", minimum=150, maximum=500, unit="°C"),
        bed_max_c=fields.number("bed_max_c", minimum=30, maximum=200, unit="°C"),
        baud=fields.integer("baud", minimum=9600, maximum=4_000_000),
        safe_stop=safe_stop,
        emergency_stop=fields.matching("emergency_stop", "M112", "M112"),
        stop_words=frozenset(stop_words),
        settings=fields.objects("settings_that_must_hold", _setting, most=64),
        factors=_factors(fields, source),
        limits=_limits(fields.child("limits")),
        digest=digest_of(document),
    )
    fields.close()
    return profile


def _factors(fields: Fields, source: str) -> tuple[str, ...]:
    questions = fields.texts("factors", most=len(NAMES))
    for index, question in enumerate(questions):
        if question not in NAMES or question in questions[:index]:
            allowed = f"one of {', '.join(NAMES)}, each once"
            raise DocumentError(source, f"factors[{index}]", repr(question), allowed)
    return questions


def _limits(fields: Fields) -> GateLimits:
    def seconds(key: str, low: float, high: float) -> float:
        return fields.number(key, minimum=low, maximum=high, unit="s")

    limits = GateLimits(
        ok_timeout_s=seconds("ok_timeout_s", 0.5, 60),
        busy_interval_s=seconds("busy_interval_s", 0.2, 2.5),
        face_timeout_s=seconds("face_timeout_s", 2, 300),
        host_silence_s=seconds("host_silence_s", 1, 60),
        foreign_in_a_row=fields.integer("foreign_in_a_row", minimum=0, maximum=8),
        foreign_per_minute=fields.integer("foreign_per_minute", minimum=0, maximum=20),
        temperature_age_s=seconds("temperature_age_s", 2, 30),
        target_settle_s=seconds("target_settle_s", 0.5, 10),
        heatup_s=seconds("heatup_s", 10, 3600),
        factors_every_s=seconds("factors_every_s", 1, 30),
        safe_stop_repeat_s=seconds("safe_stop_repeat_s", 0.5, 5),
        safe_stop_confirm_s=seconds("safe_stop_confirm_s", 2, 120),
    )
    fields.close()
    return limits


def _setting(fields: Fields) -> RequiredSetting:
    return RequiredSetting(
        name=fields.text("name", max_length=80),
        pattern=_pattern(fields, "pattern"),
        allowed=fields.text("allowed", max_length=200),
    )


def _pattern(fields: Fields, key: str) -> re.Pattern[str]:
    text = fields.text(key, max_length=200)
    try:
        return re.compile(text, re.ASCII)
    except re.error as fault:
        raise fields.fault(key, f"{text!r}: {fault}", "a regular expression") from None


def _demand(fields: Fields, key: str, lines: tuple[str, ...], needed: set[str]) -> None:
    missing = sorted(needed - set(lines))
    if missing:
        raise fields.fault(key, f"without {', '.join(missing)}", f"with {', '.join(missing)}")
