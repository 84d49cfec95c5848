"""One MQTT connection: paho-mqtt behind five methods. Decides nothing about what is sent.

A connection is used from one thread, connects once and is thrown away when it breaks: paho's own
queue, which would repeat messages behind the cursor's back, never outlives it. The callbacks only
put on lists. TLS with the site's authority, a client certificate and a check of the server's name;
there is no way to go without.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from ..errors import LinkError
from .names import CellName

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where the broker is and what the cell shows it. Files are PEM."""

    host: str
    port: int
    ca_file: Path
    certificate_file: Path
    key_file: Path


class BrokerRefused(LinkError):
    """The broker is there and does not want this cell."""


class _TidySocket(ssl.SSLSocket):
    """Closes itself where the handshake does not succeed; paho leaves that to chance."""

    def do_handshake(self, block: bool = False) -> None:
        """The handshake, or a closed socket."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def tls_context(broker: Broker) -> ssl.SSLContext:
    """TLS 1.2 or later, the site's authority only, name checked. Raises ``OSError``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _TidySocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=broker.ca_file)
    context.load_cert_chain(broker.certificate_file, broker.key_file)
    return context


class Connection:
    """One connection, from connecting to its end."""

    def __init__(self, broker: Broker, cell: CellName, last_will: bytes) -> None:
        """Connect (at most some seconds); :class:`LinkError` if that cannot be done."""
        self._cell = cell
        self._pubacks: list[int] = []
        self._acks: list[bytes] = []
        self._strays: list[str] = []
        self._refusal: str | None = None
        self._indices: dict[int, int] = {}  # packet identifier to entry
        self.ready = False  # subscribed: the broker took us and will tell us of confirmations
        self._client = self._make_client(last_will)
        try:
            self._client.tls_set_context(tls_context(broker))
            self._client.connect(broker.host, broker.port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as fault:
            raise LinkError(f"{broker.host}:{broker.port}: {fault}") from None

    def _make_client(self, last_will: bytes) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._cell.client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(100)  # the cursor holds back long before
        client.will_set(self._cell.state_topic, last_will, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _props: object
    ) -> None:
        if code.is_failure:
            self._refusal = f"The broker answered: {code}"
            return
        client.subscribe(self._cell.ack_topic, qos=1)

    def _on_subscribe(
        self, _client: object, _data: object, _mid: int, codes: list[ReasonCode], _props: object
    ) -> None:
        if any(code.is_failure for code in codes):
            self._refusal = "The broker does not let this cell read its confirmations"
            return
        self.ready = True

    def _on_publish(
        self, _client: object, _data: object, mid: int, _code: object, _props: object
    ) -> None:
        index = self._indices.pop(mid, None)
        if index is not None:
            self._pubacks.append(index)

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == self._cell.ack_topic:
            self._acks.append(bytes(message.payload))
        else:
            self._strays.append(message.topic[:200])

    def turn(self, timeout_s: float) -> None:
        """Let the network run for at most ``timeout_s``.

        :class:`LinkError` when the connection is gone, :class:`BrokerRefused` when the broker
        does not want this cell.
        """
        code = self._client.loop(timeout_s)
        if self._refusal is not None:
            raise BrokerRefused(self._refusal)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(f"The connection ended: {mqtt.error_string(code)}")

    def send_event(self, topic: str, payload: bytes, index: int) -> None:
        """Hand over one event, QoS 1, not retained."""
        self._indices[self._publish(topic, payload, retain=False)] = index

    def send_state(self, payload: bytes) -> None:
        """Hand over the state, QoS 1, retained."""
        self._publish(self._cell.state_topic, payload, retain=True)

    def _publish(self, topic: str, payload: bytes, *, retain: bool) -> int:
        try:
            info = self._client.publish(topic, payload, qos=1, retain=retain)
        except (ValueError, OSError) as fault:
            raise LinkError(f"Not handed over: {fault}") from None
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(f"Not handed over: {mqtt.error_string(info.rc)}")
        return info.mid

    def take_pubacks(self) -> list[int]:
        """Entries that the broker took since the last call."""
        taken, self._pubacks = self._pubacks, []
        return taken

    def take_acks(self) -> list[bytes]:
        """Messages on the topic of confirmations since the last call."""
        taken, self._acks = self._acks, []
        return taken

    def take_strays(self) -> list[str]:
        """Topics of messages that nobody asked for since the last call."""
        taken, self._strays = self._strays, []
        return taken

    def close(self) -> None:
        """Say goodbye: the broker then keeps the last will to itself."""
        self._client.disconnect()
        for _ in range(3):
            if self._client.loop(0.05) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break

    def drop(self) -> None:
        """Close the socket without a word: the broker then publishes the last will."""
        socket = self._client.socket()
        if socket is not None:
            socket.close()
