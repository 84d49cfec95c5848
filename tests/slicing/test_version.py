"""How often a slicer is asked for its version: once for a program that is still the same file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mdps_plugin.errors import ToolError
from mdps_plugin.slicing import process_link
from mdps_plugin.slicing.process_link import ask_version
from mdps_plugin.slicing.prusa import PRUSA

COMPILED, SCRIPT = b"\x7fELF and so on", b"#!/bin/sh\nexec other-slicer\n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were really asked; each answers with another version."""
    said: list[str] = []

    def answer(_: object, program: str) -> str:
        said.append(program)
        return f"2.5.{len(said)}"

    monkeypatch.setattr(process_link, "_ask", answer)
    monkeypatch.setattr(process_link, "_asked", {})
    monkeypatch.setenv("PATH", str(tmp_path))
    return said


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o755)
    return path


def test_a_program_is_asked_once(tmp_path: Path, asked: list[str]) -> None:
    program = put(tmp_path / "prusa-slicer", COMPILED)
    assert [ask_version(PRUSA), ask_version(PRUSA)] == ["2.5.1", "2.5.1"]
    assert asked == [str(program)]


@pytest.mark.parametrize("how", ["replaced", "written over", "other time"])
def test_another_file_is_asked_again(how: str, tmp_path: Path, asked: list[str]) -> None:
    program = put(tmp_path / "prusa-slicer", COMPILED)
    assert ask_version(PRUSA) == "2.5.1"
    if how == "replaced":
        put(tmp_path / "newer", COMPILED).replace(program)
    elif how == "written over":
        put(program, COMPILED + b"!")
    else:
        os.utime(program, ns=(1, 1))
    assert ask_version(PRUSA) == "2.5.2"


def test_a_script_is_asked_each_time(tmp_path: Path, asked: list[str]) -> None:
    put(tmp_path / "prusa-slicer", SCRIPT)
    assert [ask_version(PRUSA), ask_version(PRUSA)] == ["2.5.1", "2.5.2"]


def test_a_link_to_a_program_of_another_name_is_asked_each_time(
    tmp_path: Path, asked: list[str]
) -> None:
    """As /snap/bin/prusa-slicer, which is a link to /usr/bin/snap whatever is installed."""
    put(tmp_path / "snap", COMPILED)
    (tmp_path / "prusa-slicer").symlink_to(tmp_path / "snap")
    assert [ask_version(PRUSA), ask_version(PRUSA)] == ["2.5.1", "2.5.2"]


def test_one_that_is_replaced_while_it_answers_is_asked_again(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put(tmp_path / "prusa-slicer", COMPILED)

    def replaced(_: object, path: str) -> str:
        put(program, COMPILED + b"!" * len(asked))
        asked.append(path)
        return f"2.5.{len(asked)}"

    monkeypatch.setattr(process_link, "_ask", replaced)
    assert [ask_version(PRUSA), ask_version(PRUSA)] == ["2.5.1", "2.5.2"]


def test_what_gave_no_version_is_asked_again(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "prusa-slicer", COMPILED)

    def silent(*_: object) -> str:
        raise ToolError("does not say its version")

    with monkeypatch.context() as patch:
        patch.setattr(process_link, "_ask", silent)
        with pytest.raises(ToolError):
            ask_version(PRUSA)
    assert ask_version(PRUSA) == "2.5.1"
