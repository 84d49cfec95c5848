"""``mdps log``: statuses, shapes, and that nothing in a log steers a terminal."""

import json

import pytest

from mdps_plugin.cli.main import main

from .logs import ORIGIN, OTHER, VKEY, at, export_of, open_store


@pytest.fixture
def log(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "log.vkey").write_text(f"# the cell\n{VKEY}\n")
    (tmp_path / "keys" / "private.pem").write_text("not a key line")
    return export_of(tmp_path, 5)


def run(capsys, *arguments):
    status = main(["log", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("keys", ["keys", "keys/log.vkey"])
def test_verify_holds(log, capsys, keys):
    status, out, _ = run(capsys, "verify", log, "--keys", log.parent / keys, "--json")
    report = json.loads(out)
    assert (status, report["ok"], report["entries"], report["key_vouched"]) == (0, True, 5, True)
    status, out, _ = run(capsys, "verify", log.parent / "audit.sqlite")
    assert status == 0
    assert "5 entries" in out
    assert "Nobody vouched" in out
    assert "witness" in out


def test_verify_refuses(log, capsys):
    log.write_bytes(log.read_bytes().replace(b"B-1", b"B-9", 1))
    status, out, _ = run(capsys, "verify", log, "--json")
    assert (status, json.loads(out)["first_bad"]) == (1, 1)
    status, out, _ = run(capsys, "verify", log)
    assert status == 1
    assert "does not hold at entry 1, line 6" in out
    assert "AL-04" in out


def test_wrong_usage_and_wrong_keys(log, capsys):
    assert run(capsys, "verify", log.parent / "absent")[0] == 2
    assert run(capsys, "verify", log, "--keys", log.parent / "absent")[0] == 2
    assert run(capsys, "verify", log, "--record", log.parent / "absent")[0] == 2
    empty = log.parent / "empty.vkey"
    empty.write_text("# nothing\n")
    assert run(capsys, "verify", log, "--keys", empty)[0] == 2
    empty.write_text("nonsense\n")
    status, out, _ = run(capsys, "verify", log, "--keys", empty, "--json")
    assert (status, json.loads(out)["error"]["kind"]) == (1, "document")
    empty.write_text(OTHER.vkey(ORIGIN))
    assert run(capsys, "verify", log, "--keys", empty)[0] == 1


def test_show_filters(log, capsys):
    status, out, _ = run(capsys, "show", log, "--build", "B-1", "--json")
    assert status == 0
    assert [entry["index"] for entry in json.loads(out)["entries"]] == ["1", "4"]
    assert run(capsys, "show", log.parent / "audit.sqlite", "--kind", "other")[1] == ""
    assert len(run(capsys, "show", log, "--kind", "line_refused")[1].splitlines()) == 5


def test_show_of_a_damaged_log_ends_with_1_after_what_could_be_read(log, capsys):
    log.write_bytes(log.read_bytes()[:-400])
    status, out, err = run(capsys, "show", log)
    assert status == 1
    assert len(out.splitlines()) >= 3
    assert "line" in err
    assert run(capsys, "show", log.parent / "absent")[0] == 2


def test_show_prints_plain_ascii(tmp_path, capsys):
    with open_store(tmp_path) as store:
        store.append("note", {"text": "\x1b[2J\u202e\x9b"}, at(0))
    assert run(capsys, "show", tmp_path / "audit.sqlite")[1].isascii()


def test_export_writes_what_the_store_exports(log, capsys):
    out = log.parent / "again.jsonl"
    assert run(capsys, "export", log.parent / "audit.sqlite", out)[0] == 0
    assert out.read_bytes() == log.read_bytes()
    assert run(capsys, "export", log.parent / "audit.sqlite", out)[0] == 2
    assert run(capsys, "export", log, log.parent / "no" / "folder")[0] == 2


def test_export_of_a_log_that_does_not_hold_writes_nothing(log, capsys):
    log.write_bytes(log.read_bytes()[:-3])
    out = log.parent / "again.jsonl"
    status, text, _ = run(capsys, "export", log, out)
    assert status == 1
    assert "AL-01" in text
    assert not out.exists()
