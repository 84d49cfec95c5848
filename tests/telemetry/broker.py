"""A real mosquitto with TLS and client certificates, and a registry that listens to it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from mdps_plugin.telemetry.ack import Ack, ack_document
from mdps_plugin.telemetry.broker_config import broker_acl, broker_config
from mdps_plugin.telemetry.connection_link import Broker, tls_context
from mdps_plugin.telemetry.demo_certificates import DemoAuthority
from mdps_plugin.telemetry.names import CellName

CELL = CellName(
    institution="clinic", site="lab", cell="printer-7", origin="clinic.example/printer-7/audit/1"
)
OTHER = CellName(
    institution="clinic", site="lab", cell="printer-8", origin="clinic.example/printer-8/audit/1"
)
PATIENCE_S = 60.0


def wait_for(condition, what="the condition"):
    """Until ``condition()`` is true; a test that waits in vain says for what."""
    end = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {PATIENCE_S:g} s for {what}"
        time.sleep(0.02)
    return found


def mosquitto() -> str:
    """Path of the broker; its absence fails the test, which proves nothing without it."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    assert found, "mosquitto is not installed: apt-get install mosquitto"
    return found


class Site:
    """An authority, a broker with its files, certificates for cells and registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        now = datetime.now(UTC)
        self.authority = DemoAuthority("Example site", now)
        self.stranger = DemoAuthority("Somebody else", now)
        self._write("ca", self.authority.certificate)
        self._write("stranger-ca", self.stranger.certificate)
        self._issue("server", self.authority.server(["localhost", "127.0.0.1"]))
        self._issue("elsewhere", self.authority.server(["elsewhere.example"]))
        for name in ("printer-7", "printer-8", "registry", "nobody"):
            self._issue(name, self.authority.client(name))
        self._issue("forged", self.stranger.client("printer-7"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "acl").write_text(
            broker_acl({"printer-7": CELL, "printer-8": OTHER}, ["registry"])
        )
        os.chmod(folder / "acl", 0o600)
        self.child: subprocess.Popen[bytes] | None = None

    def _write(self, name: str, data: bytes) -> None:
        (self.folder / f"{name}.pem").write_bytes(data)

    def _issue(self, name: str, issued) -> None:
        self._write(name, issued.certificate)
        self._write(f"{name}-key", issued.key)

    def start(self, server: str = "server") -> None:
        """Start the broker and wait until it listens."""
        text = broker_config(
            address="127.0.0.1",
            port=self.port,
            folder=self.folder,
            acl_file=self.folder / "acl",
            ca_file=self.folder / "ca.pem",
            certificate_file=self.folder / f"{server}.pem",
            key_file=self.folder / f"{server}-key.pem",
            user="root" if os.geteuid() == 0 else None,
        )
        (self.folder / "mosquitto.conf").write_text(text)
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.child = subprocess.Popen(
                [mosquitto(), "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log
            )
        wait_for(self._listens, f"the broker: {(self.folder / 'mosquitto.log').read_text()}")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """kill -9: what the broker had only in memory is gone."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    def broker(self, who: str, ca: str = "ca", host: str = "localhost") -> Broker:
        """What a client needs to be ``who``."""
        return Broker(
            host=host,
            port=self.port,
            ca_file=self.folder / f"{ca}.pem",
            certificate_file=self.folder / f"{who}.pem",
            key_file=self.folder / f"{who}-key.pem",
        )

    def client(self, who: str, client_id: str = "", clean: bool = True) -> mqtt.Client:
        """A plain client with the certificate of ``who``, not yet connected."""
        made = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or who, clean_session=clean
        )
        made.tls_set_context(tls_context(self.broker(who)))
        made.reconnect_delay_set(1, 1)
        return made


class Registry:
    """Stores events, and confirms the contiguous part, as a QMS registry does."""

    def __init__(self, site: Site, acknowledge: bool = True) -> None:
        self.acknowledge = acknowledge
        self.received: list[int] = []
        self.stored: dict[int, str] = {}
        self.states: list[tuple[dict, bool]] = []
        self.topics: set[str] = set()
        self._through = -1
        self._guard = threading.Lock()
        self._client = site.client("registry", clean=False)
        self.subscribed = False
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._site = site

    def start(self) -> Registry:
        """Connect; goes on connecting again by itself."""
        self._client.connect("localhost", self._site.port)
        self._client.loop_start()
        return self

    def _on_connect(self, client, _data, _flags, code, _props) -> None:
        assert not code.is_failure
        client.subscribe([("mdps/v1/+/+/+/evt/#", 1), ("mdps/v1/+/+/+/state", 1)])

    def _on_subscribe(self, *_rest) -> None:
        self.subscribed = True

    def _on_message(self, client, _data, message) -> None:
        document = json.loads(message.payload)
        if message.topic.endswith("/state"):
            self.states.append((document, message.retain))
            return
        with self._guard:
            index = int(document["data"]["entry"]["index"])
            digest = document["data"]["entry"]["hash"]
            assert self.stored.setdefault(index, digest) == digest
            assert not message.retain
            self.topics.add(message.topic)
            self.received.append(index)
            before = self._through
            while self._through + 1 in self.stored:
                self._through += 1
            if (
                self.acknowledge
                and self._through >= 0
                and (self._through > before or index == before)
            ):
                self.send_ack(self._through)

    def send_ack(self, through: int, /, **changes) -> None:
        """Confirm; ``changes`` make it a forged one."""
        leaf = bytes.fromhex(self.stored.get(through, "00" * 32))
        document = {
            **ack_document(Ack(origin=CELL.origin, through=through, leaf=leaf)),
            **changes,
        }
        self._client.publish(CELL.ack_topic, json.dumps(document), qos=1, retain=True)

    def say(self, payload: bytes) -> None:
        """Anything at all on the topic of confirmations."""
        self._client.publish(CELL.ack_topic, payload, qos=1)

    def first_arrivals(self) -> list[int]:
        """Indices in the order in which each arrived for the first time."""
        return list(dict.fromkeys(self.received))

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()
