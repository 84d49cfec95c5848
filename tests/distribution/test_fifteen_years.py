"""A recipe of today, looked at in fifteen years: by our command, by openssl, by the repository."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mdps_plugin.cli import recipe_options
from mdps_plugin.cli.main import main
from mdps_plugin.reading import instant_text

from .world import NOW, PATH, World

LATER = NOW + timedelta(days=15 * 366)


class ShiftedClock(datetime):
    """The clock of a machine in fifteen years."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        assert tz is UTC
        return LATER


def test_verify_as_of_the_day_of_the_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_options, "datetime", ShiftedClock)
    assert main(["recipe", "verify", "mask-extender", "--json"]) == 1
    codes = {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert codes >= {"RC-015", "RC-017"}
    out = tmp_path / "out"
    words = ["recipe", "verify", "mask-extender", "--at", instant_text(NOW), "--extract", str(out)]
    assert main([*words, "--json"]) == 0
    capsys.readouterr()
    for index in (0, 1):
        check = [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-rawin"),
            *("-inkey", str(out / f"key-{index}.pem"), "-in", str(out / "signed.bin")),
            *("-sigfile", str(out / f"signature-{index}.bin")),
        ]
        done = subprocess.run(check, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    (out / "signed.bin").write_bytes((out / "signed.bin").read_bytes() + b" ")
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_the_repository_of_today_says_in_fifteen_years_why_not(world: World) -> None:
    world.at = LATER
    codes = world.codes(PATH)
    assert "TR-012" in codes
    assert set(codes) <= {"TR-010", "TR-012"}
