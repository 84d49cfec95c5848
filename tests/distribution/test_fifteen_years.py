"""A recipe of today, looked at in fifteen years: by our command, by openssl, by the repository.

The clock is shifted by faketime, for our command and for openssl alike; nothing is patched.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from mdps_plugin.authoring.signing import add_signature, public_pem
from mdps_plugin.distribution.signer import KeySigner
from mdps_plugin.reading import instant_text
from mdps_plugin.recipes.envelope import pae, parse_envelope
from mdps_plugin.recipes.parse import ENVELOPE_NAME

from .world import NOW, PATH, World, shipped

LATER = NOW + timedelta(days=15 * 366)


def in_fifteen_years(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a program under a clock of then; faketime comes with scripts/setup.sh test."""
    moment = f"{LATER:%Y-%m-%d %H:%M:%S}"
    return subprocess.run(["faketime", moment, *words], capture_output=True, text=True, check=False)


def mdps(*words: str) -> subprocess.CompletedProcess[str]:
    return in_fifteen_years(sys.executable, "-m", "mdps_plugin.cli.main", "recipe", *words)


def openssl(out: Path, index: int, *more: str) -> int:
    """The line of docs/recipe-format.md."""
    return in_fifteen_years(
        *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(out / f"key-{index}.pem")),
        *("-rawin", "-in", str(out / "signed.bin"), *more),
        *("-sigfile", str(out / f"signature-{index}.bin")),
    ).returncode


def test_the_clock_is_really_shifted() -> None:
    said = in_fifteen_years(sys.executable, "-c", "import time; print(time.time())")
    assert abs(float(said.stdout) - LATER.timestamp()) < 86_400


def test_verify_as_of_the_day_of_the_build(tmp_path: Path) -> None:
    today = mdps("verify", "mask-extender", "--json")
    assert today.returncode == 1
    codes = {finding["code"] for finding in json.loads(today.stdout)["findings"]}
    assert codes >= {"RC-015", "RC-017"}
    out = tmp_path / "out"
    words = ("verify", "mask-extender", "--at", instant_text(NOW), "--extract", str(out))
    done = mdps(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert [openssl(out, index) for index in (0, 1)] == [0, 0]
    (out / "signed.bin").write_bytes((out / "signed.bin").read_bytes() + b" ")
    assert openssl(out, 0) != 0


def test_a_token_s_kind_of_signature_with_openssl_alone(tmp_path: Path) -> None:
    """P-256, what hardware signs with: the same line with ``-digest sha256``."""
    files = shipped("mask-extender")[1]
    key = KeySigner(ec.generate_private_key(ec.SECP256R1()))
    rest = {name: data for name, data in files.items() if name != ENVELOPE_NAME}
    signed = parse_envelope(add_signature(files[ENVELOPE_NAME], rest, key, "test"), "test")
    (tmp_path / "key-0.pem").write_text(public_pem(key.public_key()))
    (tmp_path / "signed.bin").write_bytes(pae(signed.payload_type, signed.payload))
    (tmp_path / "signature-0.bin").write_bytes(signed.signatures[-1].sig)
    assert openssl(tmp_path, 0, "-digest", "sha256") == 0
    (tmp_path / "signed.bin").write_bytes(pae(signed.payload_type, signed.payload + b" "))
    assert openssl(tmp_path, 0, "-digest", "sha256") != 0


def test_the_repository_of_today_says_in_fifteen_years_why_not(world: World) -> None:
    world.at = LATER
    codes = world.codes(PATH)
    assert "TR-012" in codes
    assert set(codes) <= {"TR-010", "TR-012"}


def test_the_status_of_a_desk_in_fifteen_years(world: World, tmp_path: Path) -> None:
    for name, root in world.roots.items():
        (tmp_path / f"{name}-root.json").write_bytes(root)
    said = mdps("status", "--client", str(tmp_path), "--json")
    assert said.returncode == 1, said.stderr
    found = json.loads(said.stdout)["repositories"]["manufacturer"]["findings"]
    assert [finding["code"] for finding in found] == ["TR-012"]
