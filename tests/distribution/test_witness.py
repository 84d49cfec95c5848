"""Time from four sources: clock, log, import, witness. The latest counts; a step back is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mdps_plugin.audit.cosignature import parse_witness_key
from mdps_plugin.controller.config import CellConfig, parse_config
from mdps_plugin.demonstration.hospital import Hospital, lay_out
from mdps_plugin.distribution.chain import Chain
from mdps_plugin.distribution.witness_store import WitnessFile
from mdps_plugin.errors import DocumentError
from tests.audit.witness import ORIGIN, cosigned, key_line

from .world import DAY, NOW, World


@pytest.fixture
def note(world: World) -> Path:
    """The client of ``world`` with a witness whose notes lie in this file."""
    path = world.folder / "witness.note"
    key = parse_witness_key(key_line(), "cell.json", "trust.witness_key")
    world.chain.close()
    world.chain = Chain(
        world.folder / "trust",
        world.roots,
        demonstration=True,
        witness=WitnessFile(path=path, key=key, origin=ORIGIN),
    )
    return path


def seen(world: World, at: datetime) -> tuple[datetime, list[str]]:
    with world.chain.look(at) as look:
        return look.views["manufacturer"].at, [item.message() for item in look.time_findings]


def test_a_witness_that_saw_a_later_moment(world: World, note: Path) -> None:
    assert seen(world, NOW) == (NOW, [])  # nobody has spoken yet
    note.write_bytes(cosigned(NOW - DAY))
    assert seen(world, NOW) == (NOW, [])
    note.write_bytes(cosigned(NOW + 2 * DAY))
    at, (said,) = seen(world, NOW)
    assert at == NOW + 2 * DAY
    assert "Clock set back" in said
    assert "the witness of the audit log" in said
    assert world.codes() == ["TR-023"]
    assert seen(world, NOW + 3 * DAY) == (NOW + 3 * DAY, [])
    # What has expired by the witness's day has expired, whatever the clock says.
    note.write_bytes(cosigned(NOW + 4 * DAY))
    assert set(world.codes()) == {"TR-023", "TR-010"}
    assert not world.take("manufacturer").verdict.accepted


@pytest.mark.parametrize(
    "data", [b"", b"?", cosigned(NOW, seed=b"z" * 32), cosigned(NOW, origin="other.example/log")]
)
def test_a_word_that_is_not_the_witnesss_refuses(world: World, note: Path, data: bytes) -> None:
    note.write_bytes(data)
    assert world.codes() == ["TR-037"]
    note.unlink()
    note.mkdir()
    assert world.codes() == ["TR-037"]
    note.rmdir()
    assert world.codes() == []


def test_the_last_entry_of_the_log(world: World) -> None:
    world.chain.close()
    lag = [timedelta(0)]
    world.chain = Chain(
        world.folder / "trust", world.roots, demonstration=True, behind=lambda: lag[0]
    )
    later = NOW + 2 * DAY
    assert seen(world, later) == (later, [])
    lag[0] = DAY
    at, (said,) = seen(world, later)
    assert at == later
    assert "the last entry of the audit log" in said
    world.at = later
    assert world.codes() == ["TR-023"]


def test_a_cell_names_its_witness(tmp_path: Path) -> None:
    hospital = Hospital(home=tmp_path)
    lay_out(hospital, None, chain=True)
    path = hospital.cell / "cell.json"
    document = json.loads(path.read_text())

    def parsed(**trust: str) -> CellConfig:
        return parse_config({**document, "trust": {**document["trust"], **trust}}, "cell.json")

    assert parsed().trust is not None
    named = parsed(witness_key=key_line(), witness_note="witness.note").trust
    assert named is not None
    assert named.witness_key is not None
    for bad in (
        {"witness_key": key_line()},
        {"witness_note": "witness.note"},
        {"witness_key": "x", "witness_note": "witness.note"},
    ):
        with pytest.raises(DocumentError, match="witness"):
            parsed(**bad)

    # The cell opens with it, and its clock may not lie behind what the witness says.
    from mdps_plugin.controller.cell import open_cell, read_cell_config
    from mdps_plugin.controller.process import find_profile

    document["trust"].update(witness_key=key_line(), witness_note="witness.note")
    path.write_text(json.dumps(document))
    config = read_cell_config(hospital.cell)
    ahead = datetime.now(UTC).replace(microsecond=0) + 2 * DAY
    (hospital.cell / "witness.note").write_bytes(cosigned(ahead, origin=config.origin))
    cell = open_cell(hospital.cell, find_profile(config.printer.profile), config)
    with cell.library.look(cell.clock.now()) as look:
        assert look is not None
        assert [finding.code for finding in look.time_findings] == ["TR-023"]
    cell.close()
