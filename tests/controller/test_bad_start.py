"""What a controller does not start upon: another one there, keys, a log or a folder not its own.

It ends in words and leaves everything as it lay.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mdps_plugin.audit.note import LogSigner
from tests.harness import ROOT

from .desk import PATIENT
from .workshop import QUICK, Workshop


def ended(shop: Workshop) -> str:
    """Words of a controller that must end by itself with status 3."""
    done = subprocess.run(
        [sys.executable, "-m", "mdps_plugin.cli.main", "controller", "--cell", str(shop.cell)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert done.stderr.startswith("mdps: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_second_controller_on_the_same_cell(shop: Workshop) -> None:
    said = ended(shop)
    assert f"{shop.cell / 'audit.sqlite'}: already open for writing" in said
    assert "Stop the other controller first" in said
    assert shop.state()["seq"], "the first one goes on"
    assert shop.printer_known()


@pytest.mark.parametrize("name", ["log.pem", "patients.key"])
def test_a_key_that_others_may_read(a_copy: Callable[..., Workshop], name: str) -> None:
    shop = a_copy()
    key = shop.cell / "keys" / name
    key.chmod(0o640)
    said = ended(shop)
    assert f"{key}: observed mode 0640, others may read it; allowed: 0600" in said
    assert f"chmod 600 {key}" in said
    key.chmod(0o600)
    shop.start_controller(printer=False)


@pytest.mark.parametrize("name", ["log.pem", "patients.key"])
def test_a_key_that_is_gone_or_another(a_copy: Callable[..., Workshop], name: str) -> None:
    shop = a_copy()
    shop.start_controller(printer=False)
    order, _ = shop.make_order(QUICK)
    patient = {**PATIENT, "token": order["individual"]["token"]}
    shop.call("receive_order", {"order": order, "patient": patient})
    shop.stop_controller()
    key = shop.cell / "keys" / name
    kept = key.read_bytes()
    key.unlink()
    assert str(key) in ended(shop)
    if name == "log.pem":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key.write_bytes(LogSigner(Ed25519PrivateKey.generate()).to_pem())
        key.chmod(0o600)
        said = ended(shop)
        assert "this cell is" in said
        assert "tell the quality manager" in said
    key.write_bytes(kept)
    key.chmod(0o600)
    shop.start_controller(printer=False)
    assert shop.call("patient_name", shop.name_question(patient["token"]))


def test_a_log_that_was_cut_or_changed_starts_nothing(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    path = shop.cell / "audit.sqlite"
    older = path.read_bytes()
    shop.start_controller(printer=False)
    shop.stop_controller()
    whole = path.read_bytes()
    changed = whole.replace(b'"user":"quinn"', b'"user":"tinna"')
    assert changed != whole
    for data, words in ((older, "an older copy, or cut short"), (changed, "do not agree")):
        path.write_bytes(data)
        said = ended(shop)
        assert str(path) in said
        assert words in said
        assert "tell the quality manager" in said
    path.write_bytes(b"not a database at all" * 1000)
    assert str(path) in ended(shop)
    path.unlink()
    assert "acknowledged" in ended(shop), "an absent log is not a new one"


def test_a_cell_folder_whose_socket_path_is_too_long(filled: Workshop, tmp_path: Path) -> None:
    shop = filled.copy_to(tmp_path / ("long-" * 12) / "h")
    said = ended(shop)
    assert "a unix socket path may have at most" in said
    assert "choose a shorter cell folder" in said


def test_a_folder_that_cannot_be_written(a_copy: Callable[..., Workshop]) -> None:
    shop = a_copy()
    (shop.cell / "files").rename(shop.cell / "files-away")
    (shop.cell / "files").write_text("not a folder")
    said = ended(shop)
    assert str(shop.cell / "files") in said
    assert not os.path.exists(shop.hospital.socket)
