"""Names of patients, apart from everything else and encrypted. Knows tokens, not orders.

AES-256-GCM (NIST SP 800-38D) with a key file of its own (mode 0600); the token is bound in as
associated data, so a row cannot be moved to another token. One SQLite file, one connection,
rollback journal, ``synchronous=EXTRA``. The token is random: nothing can be computed from it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import StoreError
from .file_store import write_durably


class PatientStore:
    """Token to encrypted identity."""

    def __init__(self, database: Path, key_file: Path) -> None:
        """Open or make; the key is made with the first database and never again."""
        self._lock = threading.Lock()
        try:
            if not key_file.exists():
                if database.exists():
                    raise StoreError(f"{key_file}: missing, and {database} needs it")
                write_durably(key_file, AESGCM.generate_key(bit_length=256))
            self._cipher = AESGCM(key_file.read_bytes())
            self._connection = _open(database)
        except (OSError, ValueError, sqlite3.Error) as fault:
            raise StoreError(f"{database}: {fault}") from None

    def keep(self, token: str, identity: bytes) -> None:
        """Keep an identity durably; the same token again must be the same identity."""
        nonce = os.urandom(12)
        sealed = nonce + self._cipher.encrypt(nonce, identity, token.encode())
        with self._lock:
            known = self._find(token)
            if known is not None:
                if known != identity:
                    raise StoreError(f"patient token {token} already names somebody else")
                return
            try:
                with self._connection:
                    self._connection.execute("INSERT INTO identity VALUES (?, ?)", (token, sealed))
            except sqlite3.Error as fault:
                raise StoreError(f"patient identity not written: {fault}") from None

    def reveal(self, token: str) -> bytes | None:
        """The identity behind a token, or None. The caller logs the look-up first."""
        with self._lock:
            return self._find(token)

    def _find(self, token: str) -> bytes | None:
        try:
            row = self._connection.execute(
                "SELECT sealed FROM identity WHERE token = ?", (token,)
            ).fetchone()
        except sqlite3.Error as fault:
            raise StoreError(f"patient identities cannot be read: {fault}") from None
        if row is None:
            return None
        try:
            return self._cipher.decrypt(row[0][:12], row[0][12:], token.encode())
        except InvalidTag:
            raise StoreError(f"the identity behind token {token} was changed") from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _open(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, check_same_thread=False)
    try:
        database.chmod(0o600)
        with connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS identity (token TEXT PRIMARY KEY, sealed BLOB)"
            )
    except BaseException:
        connection.close()
        raise
    return connection
