"""Our signers as securesystemslib wants one, so that python-tuf can sign with them. No key here."""

from __future__ import annotations

from securesystemslib.signer import Signature, Signer
from tuf.api.metadata import Key

from .signer import PrivateSigner


class TufSigner(Signer):
    """Adapter: our signer as securesystemslib wants one."""

    def __init__(self, signer: PrivateSigner, key: Key) -> None:
        """``key``: as the list's delegator names it."""
        self._signer, self._key = signer, key

    @property
    def public_key(self) -> Key:
        """The key as its delegator names it."""
        return self._key

    def sign(self, payload: bytes) -> Signature:
        """A signature under the key id that the delegator gives."""
        return Signature(self._key.keyid, self._signer.sign(payload).hex())

    @classmethod
    def from_priv_key_uri(cls, *_: object, **__: object) -> Signer:
        """Never: no key is made from a text."""
        raise NotImplementedError("keys come as objects, never as URIs")
