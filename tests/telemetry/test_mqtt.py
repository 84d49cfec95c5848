"""Telemetry against a real broker: nothing lost, nobody obeyed, nobody waited for."""

import json
import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest

from mdps_plugin.errors import LinkError
from mdps_plugin.telemetry import codes
from mdps_plugin.telemetry.connection_link import Connection, tls_context
from mdps_plugin.telemetry.cursor import ConfirmBy
from mdps_plugin.telemetry.mqtt_link import MqttLink, Timing
from tests.audit.logs import at, open_store

from .broker import CELL, OTHER, Registry, Site, wait_for

pytestmark = pytest.mark.broker

QUICK = Timing(
    turn=0.02, reconnect_least=0.1, reconnect_most=0.4, stall=1.0, stall_most=4.0, puback=20.0
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(certificates):
    yield certificates
    certificates.kill()
    for name in ("mosquitto.db", "mosquitto.db.new"):
        (certificates.folder / name).unlink(missing_ok=True)


@pytest.fixture
def log(tmp_path):
    with open_store(tmp_path) as store:
        yield store


class Cell:
    """A link with what it reported."""

    def __init__(self, site, log, folder, confirm_by=ConfirmBy.ACK, **more):
        self.findings = []
        self.link = MqttLink(
            broker=more.pop("broker", site.broker("printer-7")),
            cell=CELL,
            outbox=log,
            cursor_file=folder / "telemetry-cursor.json",
            confirm_by=confirm_by,
            now=lambda: datetime.now(UTC),
            on_finding=self.findings.append,
            timing=more.pop("timing", QUICK),
        )

    def __enter__(self):
        self.link.start()
        return self

    def __exit__(self, *exc):
        self.link.close()

    def kinds(self):
        return {finding.kind for finding in self.findings}

    def confirmed(self, count):
        wait_for(lambda: self.link.status().confirmed == count, f"{count} confirmed entries")


@pytest.fixture
def registry(site):
    made = []

    def start(**more):
        made.append(Registry(site, **more).start())
        return made[-1]

    yield start
    for one in made:
        one.stop()


def fill(log, count):
    """``count`` entries in one commit."""
    size = log.size
    log.append_many([("line_refused", {"count": size + n}) for n in range(count)], at(size))


def cursor_of(folder):
    return int(json.loads((folder / "telemetry-cursor.json").read_text())["confirmed"])


def test_a_thousand_events_arrive_in_order_and_are_confirmed(site, log, tmp_path, registry):
    site.start()
    qms = registry()
    fill(log, 1000)
    with Cell(site, log, tmp_path) as cell:
        cell.confirmed(1000)
        status = cell.link.status()
        assert (status.connected, status.unconfirmed, status.oldest_age_s) == (True, 0, None)
        assert status.to_json()["word"] == "Confirmed"
        log.append("build_started", {"build_id": "B-1"}, at(5000))
        cell.confirmed(1001)
    assert cursor_of(tmp_path) == 1001
    assert qms.first_arrivals() == list(range(1001))
    assert qms.stored[1000] == log.leaf(1000).hex()
    assert qms.topics == {CELL.event_topic("line_refused"), CELL.event_topic("build_started")}
    assert not cell.findings


def test_a_broker_that_comes_late(site, log, tmp_path, registry):
    fill(log, 20)
    with Cell(site, log, tmp_path) as cell:
        wait_for(lambda: codes.NO_BROKER in cell.kinds(), "the finding")
        status = cell.link.status()
        assert (status.connected, status.unconfirmed) == (False, 20)
        assert status.oldest_age_s > 0
        fill(log, 5)
        site.start()
        registry()
        cell.confirmed(25)
    assert cursor_of(tmp_path) == 25


def test_nothing_is_lost_when_the_broker_is_killed_again_and_again(site, log, tmp_path, registry):
    site.start()
    qms = registry()
    fill(log, 300)
    with Cell(site, log, tmp_path) as cell:
        for number in range(3):
            # A fast machine may have sent everything by now; then there is nothing to wait for.
            wanted = min(len(qms.stored) + 40, 300 + 200 * number)
            wait_for(lambda wanted=wanted: len(qms.stored) >= wanted, "events on their way")
            site.kill()
            fill(log, 200)
            site.start()
        cell.confirmed(900)
    assert sorted(qms.stored) == list(range(900))
    assert all(qms.stored[index] == log.leaf(index).hex() for index in range(900))
    assert cursor_of(tmp_path) == 900


def test_what_a_broker_took_and_lost_is_sent_again(site, log, tmp_path, registry):
    """PUBACK is no receipt: the broker has all of it, dies, and the registry still gets it."""
    site.start()
    fill(log, 30)
    with Cell(site, log, tmp_path) as cell:
        wait_for(lambda: cell.link._cursor.outstanding == 30, "all sent")
        wait_for(lambda: cell.link._cursor.in_paho == 0, "all taken by the broker")
        assert cell.link.status().confirmed == 0
        site.kill()
        (site.folder / "mosquitto.db").unlink(missing_ok=True)
        site.start()
        qms = registry()
        cell.confirmed(30)
    assert sorted(qms.stored) == list(range(30))


def test_a_silent_registry_gets_a_few_again_and_then_all(site, log, tmp_path, registry):
    site.start()
    qms = registry(acknowledge=False)
    fill(log, 200)
    with Cell(site, log, tmp_path) as cell:
        wait_for(lambda: codes.NOT_CONFIRMED in cell.kinds(), "the finding")
        wait_for(lambda: len(qms.received) > 50, "a repeat")
        assert max(qms.received) == 49
        assert cell.link.status().confirmed == 0
        qms.acknowledge = True
        qms.send_ack(49)
        cell.confirmed(200)


def test_a_restart_begins_at_the_cursor(site, log, tmp_path, registry):
    site.start()
    qms = registry()
    fill(log, 40)
    with Cell(site, log, tmp_path) as cell:
        cell.confirmed(40)
    fill(log, 10)
    qms.received.clear()
    with Cell(site, log, tmp_path) as cell:
        cell.confirmed(50)
    assert qms.first_arrivals() == list(range(40, 50))


def test_a_lost_cursor_repeats_and_says_so(site, log, tmp_path, registry):
    site.start()
    qms = registry()
    fill(log, 10)
    (tmp_path / "telemetry-cursor.json").write_text("{}")
    with Cell(site, log, tmp_path) as cell:
        cell.confirmed(10)
    assert codes.CURSOR_LOST in cell.kinds()
    assert qms.first_arrivals() == list(range(10))


def test_puback_is_enough_where_the_site_says_so(site, log, tmp_path):
    site.start()
    fill(log, 120)
    with Cell(site, log, tmp_path, ConfirmBy.PUBACK) as cell:
        cell.confirmed(120)
    assert cursor_of(tmp_path) == 120


def test_the_broker_keeps_a_long_queue_for_a_registry_that_is_away(site, log, tmp_path, registry):
    site.start()
    away = registry()
    wait_for(lambda: away.subscribed, "the session of the registry")
    away.stop()
    fill(log, 1500)
    with Cell(site, log, tmp_path, ConfirmBy.PUBACK) as cell:
        cell.confirmed(1500)
    qms = registry()
    wait_for(lambda: len(qms.stored) == 1500, "the queue")
    assert qms.first_arrivals() == list(range(1500))


def test_forged_confirmations_and_commands_move_nothing(site, log, tmp_path, registry):
    site.start()
    qms = registry(acknowledge=False)
    fill(log, 20)
    with Cell(site, log, tmp_path, timing=Timing(turn=0.02)) as cell:
        wait_for(lambda: len(qms.stored) == 20, "the events")
        qms.send_ack(19, hash="00" * 32)
        wait_for(lambda: codes.ACK_NOT_OURS in cell.kinds(), "a wrong hash")
        qms.send_ack(19, through="20")
        wait_for(lambda: codes.ACK_BEYOND in cell.kinds(), "one too many")
        qms.say(b'{"command":"print","gcode":"G28"}')
        wait_for(lambda: codes.ACK_UNREADABLE in cell.kinds(), "an unreadable one")
        for payload in (b"", b"\xff\xfe", b"[" * 500, b"x" * 40_000):
            qms.say(payload)
        assert cell.link.status().confirmed == 0
        qms.send_ack(9)
        cell.confirmed(10)
        qms.send_ack(4)
        wait_for(lambda: codes.ACK_STEPS_BACK in cell.kinds(), "a step back")
        assert cell.link.status().confirmed == 10
        qms.send_ack(19)
        cell.confirmed(20)
        assert log.size == 20


def test_state_is_retained_and_the_last_will_says_offline(site, log, tmp_path, registry):
    site.start()
    fill(log, 3)
    with Cell(site, log, tmp_path, ConfirmBy.PUBACK) as cell:
        cell.confirmed(3)
        qms = registry()
        wait_for(lambda: qms.states, "the retained state")
        state, retained = qms.states[0]
        assert retained
        assert state["state"] == "online"
        assert state["checkpoint"] == log.checkpoint()
    wait_for(lambda: qms.states[-1][0]["state"] == "offline", "the goodbye")
    connection = Connection(site.broker("printer-7"), CELL, b'{"state":"offline","last":"will"}')
    wait_for(lambda: connection.turn(0.05) or connection.ready, "the broker")
    connection.drop()
    wait_for(lambda: "last" in qms.states[-1][0], "the last will")


@pytest.mark.parametrize(
    ("who", "ca", "host", "server"),
    [
        ("printer-7", "stranger-ca", "localhost", "server"),
        ("forged", "ca", "localhost", "server"),
        ("printer-7", "ca", "localhost", "elsewhere"),
    ],
)
def test_wrong_certificates_are_refused(site, log, tmp_path, who, ca, host, server):
    site.start(server)
    fill(log, 3)
    with Cell(site, log, tmp_path, ConfirmBy.PUBACK, broker=site.broker(who, ca, host)) as cell:
        wait_for(lambda: codes.NO_BROKER in cell.kinds(), "the finding")
        assert not cell.link.status().connected
    assert cell.link.status().confirmed == 0
    assert codes.LINK_FAULT not in cell.kinds()


def test_a_missing_key_file_is_a_finding(site, log, tmp_path):
    site.start()
    with Cell(site, log, tmp_path, broker=site.broker("absent")) as cell:
        wait_for(lambda: codes.NO_BROKER in cell.kinds(), "the finding")


def test_the_broker_takes_nobody_without_a_certificate(site):
    site.start()
    context = tls_context(site.broker("printer-7"))
    bare = ssl.create_default_context(cafile=site.folder / "ca.pem")
    for candidate, welcome in ((context, True), (bare, False)):
        with socket.create_connection(("127.0.0.1", site.port), timeout=10) as plain:
            try:
                with candidate.wrap_socket(plain, server_hostname="localhost") as secured:
                    secured.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test")
                    answer = secured.recv(4)
            except (ssl.SSLError, ConnectionError):
                answer = b""
        assert (answer[:1] == b"\x20") == welcome


def say_once(site, who, topic):
    """One message on a connection of its own: this broker confirms a denied one, then hangs up."""
    confirmed = threading.Event()
    client = site.client(who)
    client.on_publish = lambda *ignored: confirmed.set()
    event = json.dumps({"data": {"entry": {"index": "0", "hash": "00" * 32}}})
    client.on_connect = lambda *ignored: client.publish(topic, event, qos=1)
    client.connect("localhost", site.port)
    client.loop_start()
    assert confirmed.wait(20), topic
    client.disconnect()
    client.loop_stop()


def test_a_cell_writes_its_own_tree_only_and_nobody_else_reads(site, registry):
    site.start()
    qms = registry()
    heard = []
    spy = site.client("nobody")
    spy.on_message = lambda client, data, message: heard.append(message.topic)
    spy.on_connect = lambda client, *rest: client.subscribe("#", qos=1)
    spy.connect("localhost", site.port)
    spy.loop_start()
    wait_for(spy.is_connected, "the spy")
    for topic in (CELL.event_topic("build_started"), CELL.ack_topic, OTHER.ack_topic):
        say_once(site, "printer-8", topic)
    say_once(site, "printer-8", OTHER.event_topic("build_started"))
    wait_for(lambda: qms.topics, "the event of its own")
    spy.disconnect()
    spy.loop_stop()
    assert qms.topics == {OTHER.event_topic("build_started")}
    assert not heard


def test_a_fault_inside_the_thread_is_told_and_survived(site, log, tmp_path, registry):
    site.start()
    registry()
    fill(log, 10)
    real, faults = log.checkpoint, [ValueError("once"), RuntimeError("twice")]

    class Flawed:
        """The log, with a fault in it now and then."""

        size = property(lambda self: log.size)
        entries = staticmethod(log.entries)
        leaf = staticmethod(log.leaf)

        @staticmethod
        def checkpoint():
            if faults:
                raise faults.pop()
            return real()

    with Cell(site, Flawed(), tmp_path) as cell:
        cell.confirmed(10)
        assert codes.LINK_FAULT in cell.kinds()
        assert not faults


def test_a_broker_that_answers_nothing_holds_up_nobody(site, log, tmp_path):
    fill(log, 5)
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", site.port))
        silent.listen(5)
        cell = Cell(site, log, tmp_path)
        cell.link.start()
        for _ in range(200):
            assert cell.link.status().unconfirmed == 5
        wait_for(lambda: codes.NO_BROKER in cell.kinds(), "the finding")
        cell.link.close()
    assert "mdps-telemetry" not in {thread.name for thread in threading.enumerate()}


def test_a_connection_needs_the_broker(site):
    with pytest.raises(LinkError):
        Connection(site.broker("printer-7"), CELL, b"{}")
