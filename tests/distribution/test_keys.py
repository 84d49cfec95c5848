"""Keys in files and in a token: who may read them, what they sign, what a wrong one says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mdps_plugin.distribution.hsm_link import HsmSigner, read_uri
from mdps_plugin.distribution.key_store import load_key_file, make_key_file
from mdps_plugin.distribution.people import Holder, RolePlan
from mdps_plugin.errors import DocumentError, EnvironmentFault, UsageFault
from mdps_plugin.recipes.store import recipes_folder

from .desk import Desk, role
from .world import EVERYBODY, NOW, PATH, World, install, shipped, signer

SECRET = b"correct horse battery"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)


def secret(_: str) -> bytes:
    return SECRET


def test_an_encrypted_key_signs(tmp_path: Path) -> None:
    made = make_key_file(tmp_path / "key.pem", SECRET)
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    loaded = load_key_file(tmp_path / "key.pem", secret)
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(loaded.sign(b"recipe"), b"recipe", ec.ECDSA(hashes.SHA256()))


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    make_key_file(tmp_path / "key.pem", SECRET)
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(DocumentError, match="mode 0640: others may read"):
        load_key_file(tmp_path / "key.pem", secret)


def test_a_key_without_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    path.chmod(0o600)
    with pytest.raises(DocumentError, match="without a passphrase"):
        load_key_file(path, secret)


def test_the_example_keys_are_everybodys() -> None:
    load_key_file(recipes_folder() / "example-keys" / "quality.pem", secret)


def test_wrong_passphrases_and_files(tmp_path: Path) -> None:
    make_key_file(tmp_path / "key.pem", SECRET)
    with pytest.raises(DocumentError, match="wrong passphrase"):
        load_key_file(tmp_path / "key.pem", lambda _: b"something else!")
    with pytest.raises(UsageFault, match="never overwritten"):
        make_key_file(tmp_path / "key.pem", SECRET)
    with pytest.raises(DocumentError, match="at least 12"):
        make_key_file(tmp_path / "other.pem", b"short")
    with pytest.raises(UsageFault, match="cannot be opened"):
        load_key_file(tmp_path / "nowhere.pem", secret)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SoftHSM2 token with one P-256 key; the URI of the key."""
    module = next((path for path in MODULES if Path(path).exists()), None)
    assert module is not None, "softhsm2 is not installed: scripts/setup.sh test"
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    subprocess.run(
        [
            *("softhsm2-util", "--init-token", "--free", "--label", "maker"),
            *("--pin", "1234", "--so-pin", "5678"),
        ],
        check=True,
        capture_output=True,
    )
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    with pkcs11.lib(module).get_token(token_label="maker").open(user_pin="1234", rw=True) as opened:
        parameters = opened.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        _, private = parameters.generate_keypair(store=True, label="quality")
        assert private[pkcs11.Attribute.NEVER_EXTRACTABLE]
    yield f"pkcs11:token=maker;object=quality?module-path={module}"
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def test_a_key_in_a_token_signs_lists(token: str, world: World) -> None:
    with HsmSigner(token, lambda _: b"1234") as hsm:
        plan = RolePlan(
            holders=(
                Holder(name="the token", public=hsm.public_key()),
                Holder(name="reg", public=signer("reg").public_key()),
            ),
            threshold=2,
            valid_days=30,
        )
        world.maker.rotate("example-maker.aids", plan, NOW)
        world.maker.publish("aids", [shipped("finger-splint")], NOW)
        assert world.maker.sign("example-maker.aids", hsm)
        state = next(s for s in world.maker.states() if s.role == "example-maker.aids")
        assert (state.signed, state.missing) == (("the token",), ("reg",))
        assert install(world.maker, NOW, *EVERYBODY)
    assert world.take("manufacturer").verdict.accepted
    assert world.codes(PATH) == []


def test_a_token_in_a_rotation_by_command(
    token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The public half goes into the root; the token itself signs the root that names it."""
    desk = Desk(tmp_path, capsys)
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    one = role(1, 30, site=desk.key("site"))
    roles = dict.fromkeys(("root", "targets", "snapshot", "timestamp"), one)
    site = desk.found("site", {**roles, "families": {}}, ["site"])
    half = tmp_path / "token.pub.pem"
    desk.run("key", half, "--token", token, "--passphrase-file", pin)
    desk.run("key", half, "--token", token, "--passphrase-file", pin, expect=2)
    change = ("rotate", site, "root", "--remove", "site", "--add", f"the token={half}")
    said = desk.run(*change, *desk.keys("site"), expect=1)
    assert {one["role"]: one["lacking"] for one in said["waiting"]} == {
        "root": 1,
        "root (by the keys before)": 0,
    }
    desk.run("sign", site, "--key-changes", "--key", token, "--passphrase-file", pin)
    assert desk.run("publish", site, *desk.keys("site"))["installed"] == ["root"]


@pytest.mark.parametrize("pin", [b"0000", b""])
def test_a_wrong_pin(token: str, pin: bytes) -> None:
    with pytest.raises(EnvironmentFault, match="PIN right"):
        HsmSigner(token, lambda _: pin)


def test_keys_and_tokens_that_are_not_there(token: str) -> None:
    with pytest.raises(EnvironmentFault, match="Next step"):
        HsmSigner(token.replace("object=quality", "object=nobody"), lambda _: b"1234")
    with pytest.raises(EnvironmentFault, match="Next step"):
        HsmSigner(token.replace("token=maker", "token=stolen"), lambda _: b"1234")
    with pytest.raises(EnvironmentFault, match="Next step"):
        HsmSigner("pkcs11:token=a;object=b?module-path=/nowhere.so", lambda _: b"1234")


@pytest.mark.parametrize("uri", ["", "pkcs11:", "file:key.pem", "pkcs11:token=a;object=b"])
def test_uris_that_name_no_key(uri: str) -> None:
    with pytest.raises(UsageFault, match="pkcs11:token=NAME"):
        read_uri(uri)
