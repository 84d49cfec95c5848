"""One encoding of documents to bytes, and the one digest. Reads nothing from disk.

Encoding: JSON Canonicalization Scheme, RFC 8785. Digest: SHA-256, FIPS 180-4, as lower-case hex.
Strict reading refuses what two parsers could understand differently: duplicate keys, NaN,
infinities, numbers beyond 2^53, nesting deeper than :data:`MAX_DEPTH`, text that is not UTF-8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from .errors import DocumentError

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

MAX_DEPTH = 64
MAX_SAFE_INTEGER = 2**53 - 1
DEFAULT_MAX_BYTES = 16 * 1024 * 1024


def canonical_json(value: Json) -> bytes:
    """Canonical bytes of ``value``; ``ValueError`` for NaN, infinities and unsafe integers."""
    encoded: bytes = rfc8785.dumps(_plain(value))
    return encoded


def sha256_hex(data: bytes) -> str:
    """SHA-256 of ``data`` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: Json) -> str:
    """SHA-256 of the canonical bytes of a document."""
    return sha256_hex(canonical_json(value))


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and _is_written_whole(value):
        raise ValueError(f"the number {value}, a whole one beyond 2^53")
    return value


def _is_written_whole(value: float) -> bool:
    """Beyond 2^53 and yet written without an exponent: RFC 8785 3.2.2.3 has one from 1e21 on.

    1e16 is read as no whole number, written as one, and would not be read again.
    """
    return MAX_SAFE_INTEGER < abs(value) < 1e21


def read_json(data: bytes, source: str, max_bytes: int = DEFAULT_MAX_BYTES) -> Json:
    """Parse ``data`` strictly; every fault is a :class:`DocumentError` that names ``source``."""
    if len(data) > max_bytes:
        raise DocumentError(source, "", f"{len(data)} bytes", f"at most {max_bytes} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise DocumentError(source, f"byte {fault.start}", "not UTF-8", "UTF-8 text") from None
    _check_depth(text, source)
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, source),
            parse_constant=lambda name: _no_constant(name, source),
            parse_int=lambda digits: _safe_integer(digits, source),
            parse_float=lambda digits: _safe_float(digits, source),
        )
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno} column {fault.colno}"
        raise DocumentError(source, place, fault.msg, "one JSON document") from None
    _check_escapes(value, text, source)
    return value


def _check_escapes(value: Json, text: str, source: str) -> None:
    """Half a surrogate pair can be written as an escape, but is no Unicode text: RFC 8785 3.2.2.2.

    Encoding the whole value finds it, in keys as in texts, before anything prints or signs it.
    """
    if "\\u" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise DocumentError(source, "", "half a surrogate pair", "whole Unicode text") from None


def _check_depth(text: str, source: str) -> None:
    """Count brackets outside strings first: json.loads recurses and would exhaust the stack."""
    depth = 0
    in_string = False
    escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise DocumentError(
                    source, "", f"nesting deeper than {MAX_DEPTH}", f"at most {MAX_DEPTH} levels"
                )
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Json]], source: str) -> dict[str, Json]:
    seen: dict[str, Json] = {}
    for key, value in pairs:
        if key in seen:
            raise DocumentError(source, key, "the key twice", "each key once")
        seen[key] = value
    return seen


def _no_constant(name: str, source: str) -> Json:
    raise DocumentError(source, "", name, "finite numbers")


def _safe_integer(digits: str, source: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_SAFE_INTEGER:
        raise DocumentError(source, "", f"the number {digits[:40]}", "whole numbers below 2^53")
    return int(digits)


def _safe_float(digits: str, source: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise DocumentError(source, "", f"the number {digits[:40]}", "finite numbers")
    if _is_written_whole(value):
        raise DocumentError(source, "", f"the number {digits[:40]}", "whole numbers below 2^53")
    return value
