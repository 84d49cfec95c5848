"""Texts of the configuration of a mosquitto broker for MDPS cells. Writes no file.

The defaults of mosquitto lose events (queue of 1000, snapshot every 30 minutes, anonymous access);
these do not, or lose only what the cells send again. No event lives on the broker alone, so an
unreadable ``mosquitto.db`` may be moved aside before a start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from .names import ROOT, CellName

MAX_QUEUED_BYTES = 256 * 1024 * 1024
MAX_MESSAGE_BYTES = 128 * 1024


def broker_config(
    *,
    address: str,
    port: int,
    folder: Path,
    acl_file: Path,
    ca_file: Path,
    certificate_file: Path,
    key_file: Path,
    user: str | None = None,
) -> str:
    """``mosquitto.conf``: one TLS listener that asks for a client certificate.

    The common name of the certificate is the user name of the access list, and the client
    identifier: no cell can take over the session of another. ``user``: the account that a
    broker started by root changes to; None leaves mosquitto's own choice.
    """
    settings = [
        "per_listener_settings false",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_interval 30",
        "max_queued_messages 0",
        f"max_queued_bytes {MAX_QUEUED_BYTES}",
        "max_inflight_messages 500",
        f"message_size_limit {MAX_MESSAGE_BYTES}",
        "persistent_client_expiration 3m",
        "allow_anonymous false",
        f"acl_file {acl_file}",
        "log_dest stderr",
        "log_type warning",
        "log_type error",
        "log_type notice",
        *([f"user {user}"] if user else []),
        f"listener {port} {address}",
        f"cafile {ca_file}",
        f"certfile {certificate_file}",
        f"keyfile {key_file}",
        "require_certificate true",
        "use_identity_as_username true",
        "use_username_as_clientid true",
    ]
    return _lines(settings)


def broker_acl(cells: Mapping[str, CellName], registries: Iterable[str]) -> str:
    """The access list: a cell (by common name) writes its own tree and reads its own ``ack`` only.

    Registries read every event and state and are the only writers of ``ack``. Nobody else may
    read or write anything.
    """
    lines: list[str] = []
    for user, cell in sorted(cells.items()):
        lines += [
            f"user {user}",
            f"topic write {cell.event_topic('#')}",
            f"topic write {cell.state_topic}",
            f"topic read {cell.ack_topic}",
        ]
    for user in sorted(registries):
        lines += [
            f"user {user}",
            f"topic read {ROOT}/+/+/+/evt/#",
            f"topic read {ROOT}/+/+/+/state",
            f"topic write {ROOT}/+/+/+/ack",
        ]
    return _lines(lines)


def _lines(lines: list[str]) -> str:
    """Lines of a configuration; a line break inside a value would be a setting of its own."""
    if any("\n" in line or "\r" in line for line in lines):
        raise RuntimeError("a line break in a value of the broker's configuration")
    return "\n".join(lines) + "\n"
