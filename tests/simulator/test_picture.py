"""What was deposited: remembered as laid, drawn from above, asked for and written."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import serial
from PIL import Image

from simulator.control import answer
from simulator.deposit import FILAMENT_MM2, Deposit
from simulator.faults import parse_fault
from simulator.picture import Pictures

from .host import Host
from .test_pace import JOB
from .test_process import PATIENCE_S, command, running


def hot_host() -> tuple[Host, Deposit]:
    host = Host()
    deposit = Deposit()
    host.simulator.plant.laid = deposit.lay
    for text in ("M109 S200", "G28", "M83", "G1 Z0.2 F1200"):
        host.command(text)
    return host, deposit


def strand_mm(width: float, length: float, height: float = 0.2) -> float:
    """Filament for a strand of so many millimetres."""
    return width * height * length / FILAMENT_MM2


def pixel(image: Image.Image, x: float, y: float) -> int:
    value = image.getpixel((round(x * 10 - 0.5), round(image.height - y * 10 - 0.5)))
    assert isinstance(value, int)
    return value


def test_one_strand_is_one_strand_of_its_width() -> None:
    host, deposit = hot_host()
    host.command("G1 X50 Y50 F6000")
    host.command(f"G1 X90 Y50 E{strand_mm(0.6, 40):.5f} F1200")
    host.command("M400")
    (layer,) = deposit.layers
    ((x0, y0, x1, y1, area),) = list(layer.each())
    assert (x0, y0, x1, y1) == pytest.approx((50, 50, 90, 50))
    assert area == pytest.approx(0.12, rel=1e-3)
    picture = Image.open(io.BytesIO(Pictures(deposit, (250.0, 210.0)).png(1)))
    assert picture.size == (2500, 2100)
    assert picture.info["z_mm"] == "0.200"
    dark = sum(picture.point(lambda value: value < 128).convert("L").histogram()[1:])
    assert dark * 0.01 == pytest.approx(0.6 * 40 + 3.1416 * 0.3**2, rel=0.05)
    assert pixel(picture, 70.0, 50.0) < 128 < pixel(picture, 70.0, 50.6)
    assert pixel(picture, 70.0, 49.4) > 128


def test_a_corner_travel_and_a_retraction_lay_nothing() -> None:
    host, deposit = hot_host()
    for text in (
        "G1 X50 Y50 F6000",
        "G1 X60 E0.5 F1200",
        "G1 E-1 F1800",
        "G1 X80 F6000",
        "G1 E1 F1800",
        "G1 Y60 E0.5 F1200",
        "M400",
    ):
        host.command(text)
    strands = [tuple(round(v, 3) for v in each[:4]) for each in deposit.layers[0].each()]
    assert strands == [(50, 50, 60, 50), (80, 50, 80, 60)]


def test_layers_are_the_plants_and_lower_plastic_goes_to_its_height() -> None:
    host, deposit = hot_host()
    for text in ("G1 X50 Y50 E1", "G1 Z0.4", "G1 X60 E1", "G1 Z0.2", "G1 X70 E1", "M400"):
        host.command(text)
    assert len(deposit.layers) == host.simulator.plant.layers == 2
    assert [len(list(layer.each())) for layer in deposit.layers] == [2, 1]
    assert deposit.thickness_mm(deposit.layers[1]) == pytest.approx(0.2)


def test_a_purge_line_of_its_own_height_makes_no_layer_thinner() -> None:
    deposit = Deposit()
    deposit.lay((20, 5, 0.3), (80, 5, 0.3), 9.0)
    for z in (0.2, 0.4, 0.6):
        deposit.lay((20, 50, z), (80, 50, z), 3.0)
    deposit.lay((20, 60, 0.205), (80, 60, 0.205), 3.0)
    assert [layer.z_mm for layer in deposit.layers] == [0.3, 0.2, 0.4, 0.6]
    found = [deposit.thickness_mm(layer) for layer in deposit.layers]
    assert found == pytest.approx([0.3, 0.2, 0.2, 0.2])
    assert len(list(deposit.layers[1].each())) == 2


def test_what_comes_out_cold_is_not_drawn() -> None:
    host, deposit = hot_host()
    host.command("M302 P1")
    host.simulator.add_fault(parse_fault("thermal_runaway"))
    host.command("M104 S0")
    host.wait(300.0)
    host.command("G1 X50 E5 F1200")
    host.command("M400")
    assert deposit.layers == []
    assert host.simulator.plant.cold_mm == pytest.approx(5.0)


def test_control_request() -> None:
    host, deposit = hot_host()
    pictures = Pictures(deposit, (250.0, 210.0))

    def ask(request: object) -> dict[str, object]:
        return json.loads(answer(host.simulator, json.dumps(request).encode(), pictures))

    assert "no plastic" in str(ask({"get": "picture"})["error"])
    host.command("G1 X50 Y50 E1 F1200")
    host.command("M400")
    record = ask({"get": "picture"})["picture"]
    assert isinstance(record, dict)
    assert (record["layer"], record["layers"], record["mm_per_pixel"]) == (1, 1, 0.1)
    assert Image.open(io.BytesIO(base64.b64decode(record["png_base64"]))).size == (2500, 2100)
    for wrong in (0, 2, -1, 1.0, True, "1", [1]):
        assert "allowed: 1 to 1" in str(ask({"get": "picture", "layer": wrong})["error"])
    assert "'colour'; allowed here: get, layer" in str(
        ask({"get": "picture", "colour": 1})["error"]
    )
    assert json.loads(answer(host.simulator, b'{"get": "picture"}'))["ok"] is False


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    link, folder = tmp_path / "printer", tmp_path / "new" / "pictures"
    with running("--pty", link, "--picture", folder, "--speed", "max") as (process, _):
        with serial.Serial(str(link), timeout=PATIENCE_S) as port:
            for line in JOB:
                command(port, line)
            assert (folder / "layer_0001.png").exists(), "the first is there before the end"
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["layer_0001.png", "layer_0002.png"]
    first = Image.open(folder / "layer_0001.png")
    assert pixel(first, 25.0, 20.0) < 128


def test_a_folder_that_cannot_be_is_status_2(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    command_line = [sys.executable, "-m", "simulator", "--tcp", "0", "--picture", str(file / "x")]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert "file/x: Not a directory" in done.stderr
