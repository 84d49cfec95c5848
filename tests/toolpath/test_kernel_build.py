"""The kernel's machine code: the same bits on a Raspberry Pi as on the machine that builds it.

An aarch64 processor can multiply and add with one rounding, its ``char`` has no sign. Both can be
seen in what the compiler writes, on any machine.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import runpy
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from mdps_plugin.toolpath.kernel_link import FOLDER

ROOT = Path(__file__).parents[2]
FLAGS: list[str] = runpy.run_path(str(ROOT / "setup.py"), run_name="flags")["FLAGS"]
# Of x86 (vfmadd213sd, vfnmsub231pd) and of aarch64 (fmadd, fnmsub, fmla, fmls).
_JOINED = re.compile(r"^\s+(?:vfn?m(?:add|sub)|fn?m(?:add|sub)|fml[as])\w*\s", re.MULTILINE)
# Processors of x86-64 have it since 2013, but no compiler uses it unasked; on aarch64 all have it.
_ABLE = ("-mfma",) if platform.machine() == "x86_64" else ()


def _assembly(source: Path, *flags: str) -> str:
    """What the compiler makes of one source with the flags of setup.py and these behind them."""
    return subprocess.run(
        ["cc", *FLAGS, "-fPIC", '-DKERNEL_SOURCE_SHA256=""', *flags, "-S", "-o", "-", str(source)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout


def _sources() -> list[Path]:
    found = sorted(FOLDER.glob("*.c"))
    assert found
    return found


def test_no_product_and_sum_are_rounded_together() -> None:
    for source in _sources():
        assert _JOINED.findall(_assembly(source, *_ABLE)) == [], source.name


def test_rounded_together_they_would_be_seen() -> None:
    section = FOLDER / "section.c"
    assert _JOINED.search(_assembly(section, *_ABLE, "-ffp-contract=fast"))


def test_whether_a_char_has_a_sign_makes_no_difference() -> None:
    for source in _sources():
        signed, unsigned = (
            _assembly(source, "-O1", f"-f{kind}-char") for kind in ("signed", "unsigned")
        )
        assert signed == unsigned, source.name


def test_a_char_with_a_sign_would_be_seen(tmp_path: Path) -> None:
    source = tmp_path / "sign.c"
    source.write_text("int value(const char *at);\nint value(const char *at) { return *at; }\n")
    assert _assembly(source, "-fsigned-char") != _assembly(source, "-funsigned-char")


def _build_wheels() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_wheels", ROOT / "scripts/build_wheels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_wheels_are_compiled_with_the_flags_of_setup(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module, ran = _build_wheels(), []
    monkeypatch.setattr(module, "_run", lambda *command: ran.append([str(one) for one in command]))
    for machine in module.MACHINES:
        module.compile_kernel(Path("python"), FOLDER, machine, tmp_path / "_kernel.so")
    assert len(ran) == len(module.MACHINES)
    for command in ran:
        at = command.index(FLAGS[0])
        assert command[at : at + len(FLAGS)] == FLAGS
        # No flag behind them takes back what they say.
        assert [one for one in command if one.startswith("-ff")] == [
            one for one in FLAGS if one.startswith("-ff")
        ]
    assert "-ffp-contract=off" in FLAGS
