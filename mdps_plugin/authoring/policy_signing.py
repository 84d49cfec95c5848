"""The hospital's signature on its site policy: a document becomes an envelope, or gains one more.

The same keys and the same bytes rules as for a recipe (:mod:`mdps_plugin.authoring.signing`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..canonical import Json, read_json
from ..errors import DocumentError
from ..policy.document import SitePolicy
from ..policy.signed import policy_of_envelope, policy_payload
from .signing import SigningKey, append_signature, sign_payload


def sign_policy(document: Json, keys: Sequence[SigningKey], source: str) -> bytes:
    """A new envelope over a policy, one signature for each key; refuses what is no policy."""
    return sign_payload(policy_payload(document, source), keys)


def sign_policy_file(data: bytes, key: SigningKey, source: str) -> tuple[bytes, SitePolicy]:
    """One more signature: on a policy document, or on one that somebody else signed before.

    :class:`DocumentError` for a file that is neither, and for a key that signed it already.
    """
    document = read_json(data, source)
    if not isinstance(document, dict):
        raise DocumentError(source, "", "no object", "a site policy, or a signed one")
    if "payload" in document:
        policy = policy_of_envelope(data, source)
        return append_signature(data, key, source), policy
    envelope = sign_policy(document, [key], source)
    return envelope, policy_of_envelope(envelope, source)
