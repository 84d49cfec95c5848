"""A key in hardware, over PKCS#11 (extra ``hsm``): the private half never leaves the token.

ECDSA P-256: what tokens sign with reliably today; Ed25519 over PKCS#11 differs between vendors.
One session per signer; the PIN is asked for once and not kept. Tested against SoftHSM2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ..errors import DocumentError, EnvironmentFault, UsageFault
from ..recipes.keys import KeyMaterial

_ALLOWED = "pkcs11:token=NAME;object=LABEL?module-path=LIBRARY.so (RFC 7512)"


def read_uri(uri: str) -> tuple[str, str, str]:
    """Token label, key label and library of a PKCS#11 URI (RFC 7512); :class:`UsageFault`."""
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    parts = dict(item.partition("=")[::2] for item in path.split(";"))
    options = dict(parse_qsl(query))
    token, label = unquote(parts.get("token", "")), unquote(parts.get("object", ""))
    module = options.get("module-path", "")
    if scheme != "pkcs11" or not (token and label and module):
        raise UsageFault(f"{uri[:120]!r}: no key in a token; allowed: {_ALLOWED}")
    return token, label, module


class HsmSigner:
    """One P-256 key in a token, with its session. Close it."""

    def __init__(self, uri: str, pin: Callable[[str], bytes]) -> None:
        """Open a session; :class:`EnvironmentFault` if token, PIN or key are not there."""
        token_label, label, module = read_uri(uri)
        try:
            import pkcs11
        except ImportError:
            raise EnvironmentFault(
                "python-pkcs11 is not installed. Next step: pip install 'mdps-controller[hsm]'"
            ) from None
        self._faults: tuple[type[Exception], ...] = (
            pkcs11.PKCS11Error,
            RuntimeError,
            OSError,
        )
        self._uri = uri.partition("?")[0]
        try:
            token = pkcs11.lib(module).get_token(token_label=token_label)
            self._session = token.open(user_pin=pin(token_label).decode("utf-8"))
        except self._faults as fault:
            raise self._failed(fault) from None
        try:
            kind = pkcs11.KeyType.EC
            self._key: Any = self._session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, key_type=kind, label=label
            )
            public = self._session.get_key(
                object_class=pkcs11.ObjectClass.PUBLIC_KEY, key_type=kind, label=label
            )
            self._public = _public(bytes(public[pkcs11.Attribute.EC_POINT]), uri)
            self._mechanism = pkcs11.Mechanism.ECDSA
        except self._faults as fault:
            self._session.close()
            raise self._failed(fault) from None
        except BaseException:
            self._session.close()
            raise

    def _failed(self, fault: Exception) -> EnvironmentFault:
        what = str(fault) or type(fault).__name__
        return EnvironmentFault(
            f"{self._uri}: {what}. Next step: is the token plugged in, and the PIN right?"
        )

    def public_key(self) -> KeyMaterial:
        """The public half."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256 in DER; :class:`EnvironmentFault` if the token does not answer."""
        try:
            raw = bytes(self._key.sign(hashlib.sha256(data).digest(), mechanism=self._mechanism))
        except self._faults as fault:
            raise self._failed(fault) from None
        half = len(raw) // 2
        return encode_dss_signature(
            int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        )

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def __enter__(self) -> HsmSigner:
        """For ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the session."""
        self.close()


def _public(point: bytes, uri: str) -> ec.EllipticCurvePublicKey:
    """From EC_POINT: an OCTET STRING around the uncompressed point; some tokens give it bare."""
    if len(point) == 67 and point[:2] == b"\x04\x41":
        point = point[2:]
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise DocumentError(uri.partition("?")[0], "", "no P-256 key", "a P-256 key") from None
