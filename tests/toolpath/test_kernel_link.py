"""A kernel that is not the right one is never called; the reference does the work instead."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
import setuptools

from mdps_plugin.toolpath import kernel_link
from mdps_plugin.toolpath.kernel_link import FOLDER, SWITCH, load_from

from .parts import honest, look

WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"]


def _build(folder: Path, digest: str, **changes: str) -> Path:
    """The library of changed sources."""
    for path in (*FOLDER.glob("*.c"), *FOLDER.glob("*.h")):
        text = path.read_text()
        for old, new in changes.items():
            text = text.replace(f"#define {old} ", f"#define {old} {new} //")
        (folder / path.name).write_text(text)
    library = folder / "_kernel.so"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    subprocess.run(
        [
            *("cc", *WARNINGS, "-O1", "-fPIC", "-shared", "-o", str(library)),
            *(f'-DKERNEL_SOURCE_SHA256="{digest}"', *sources, "-lm"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return library


def test_the_sources_compile_without_a_warning_and_load(tmp_path: Path) -> None:
    library = _build(tmp_path, kernel_link.source_digest())
    loaded, observed = load_from([library])
    assert loaded is not None
    assert observed == str(library)


@pytest.mark.parametrize(
    ("digest", "changes", "reason"),
    [
        ("0" * 64, {}, "built from other sources"),
        ("", {"KERNEL_ABI": str(kernel_link.ABI + 1)}, f"has ABI {kernel_link.ABI + 1}"),
        ("", {"FAN_VALUES": "264"}, "lays out its structures"),
    ],
)
def test_another_kernel_is_not_used(
    digest: str, changes: dict[str, str], reason: str, tmp_path: Path
) -> None:
    loaded, observed = load_from(
        [_build(tmp_path, digest or kernel_link.source_digest(), **changes)]
    )
    assert loaded is None
    assert reason in observed


def test_what_is_no_library_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "_kernel.text.so").write_bytes(b"no library\n")
    built = next(FOLDER.glob("_kernel*.so"))
    (tmp_path / "_kernel.cut.so").write_bytes(built.read_bytes()[:5000])
    foreign = bytearray(built.read_bytes())
    foreign[18:20] = b"\x08\x00"  # e_machine: MIPS
    (tmp_path / "_kernel.mips.so").write_bytes(foreign)
    for path in tmp_path.glob("*.so"):
        loaded, observed = load_from([path])
        assert loaded is None
        assert "does not load" in observed
    loaded, observed = load_from([*sorted(tmp_path.glob("*.so")), built])
    assert loaded is not None
    assert load_from([])[0] is None
    assert "not built" in load_from([])[1]


def test_another_library_is_not_used(tmp_path: Path) -> None:
    source = tmp_path / "other.c"
    source.write_text("int other(void) { return 1; }\n")
    library = tmp_path / "_kernel.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    loaded, observed = load_from([library])
    assert loaded is None
    assert "mdps_abi" in observed


def test_the_switch_makes_the_reference_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_link.state().used
    monkeypatch.setenv(SWITCH, "off")
    assert kernel_link.kernel() is None
    assert kernel_link.state().observed == f"switched off by {SWITCH}"
    assert look(honest()).verdict.accepted


def test_the_build_names_the_sources_as_the_loader_does(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    seen: list[object] = []
    monkeypatch.chdir(root)
    monkeypatch.setattr(setuptools, "setup", lambda ext_modules: seen.extend(ext_modules))
    build = runpy.run_path(str(root / "setup.py"), run_name="__main__")
    assert build["source_digest"]() == kernel_link.source_digest()
    assert len(seen) == 1
    monkeypatch.setenv("MDPS_BUILD_KERNEL", "no")
    runpy.run_path(str(root / "setup.py"), run_name="__main__")
    assert len(seen) == 1


def test_there_is_a_compiler() -> None:
    assert shutil.which("cc"), "apt-get install gcc libc6-dev"
