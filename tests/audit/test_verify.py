"""``verify_log`` finds what was done to a log or a record, and says where."""

import hashlib
import json
import random
import shutil
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdps_plugin.audit import codes
from mdps_plugin.audit.checkpoint import Checkpoint
from mdps_plugin.audit.tree import EMPTY_ROOT
from mdps_plugin.audit.verify import NOT_COVERED, RECORDS_CHECKED, RECORDS_NOT_CHECKED, verify_log
from mdps_plugin.errors import DocumentError, UsageFault

from .logs import ORIGIN, OTHER, SIGNER, VKEY, at, export_of, fill, open_store

COUNT = 6


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """The lines of an export: header, checkpoint 0, then entry k at 2+2k, checkpoint at 3+2k."""
    return export_of(tmp_path_factory.mktemp("log"), COUNT).read_bytes().splitlines(keepends=True)


def check(tmp_path, lines, keys=(VKEY,)):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(lines))
    return verify_log(path, keys, None)


def test_an_honest_log_holds(tmp_path, lines):
    report = check(tmp_path, lines)
    assert report.ok
    assert report.to_json() == {
        "ok": True,
        "entries": COUNT,
        "first_bad": None,
        "reason": None,
        "place": None,
        "checkpoints": COUNT + 1,
        "records_checked": 0,
        "records": RECORDS_NOT_CHECKED,
        "not_covered": NOT_COVERED,
        "origin": ORIGIN,
        "key": VKEY,
        "key_vouched": True,
        "root": report.root,
        "notice": None,
        "findings": [],
    }
    assert "witness" in NOT_COVERED


def test_without_keys_it_says_that_nobody_vouched(tmp_path, lines):
    report = check(tmp_path, lines, keys=None)
    assert report.ok
    assert not report.vouched
    assert report.notice.kind is codes.KEY_NOT_VOUCHED


def test_store_and_export_give_the_same_report(tmp_path):
    path = export_of(tmp_path, COUNT)
    from_store = verify_log(tmp_path / "audit.sqlite", [VKEY], None)
    assert from_store == verify_log(path, [VKEY], None)
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "audit.sqlite",
        "audit.sqlite.lock",
        "high-water.json",
        "log.jsonl",
    ]


def edited(line, change):
    value = json.loads(line)
    change(value)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode() + b"\n"  # fmt: skip


def re_signed(line, signer, **changes):
    note = json.loads(line)["checkpoint"]
    size, root = note.split("\n")[1:3]
    text = f"{ORIGIN}\n{changes.get('size', size)}\n{changes.get('root', root)}\n"
    return edited(line, lambda value: value.update(checkpoint=signer.sign_note(text, ORIGIN)))


def test_a_changed_entry_is_named(tmp_path, lines):
    changed = edited(lines[8], lambda value: value["entry"]["body"].update(n=99))
    report = check(tmp_path, [*lines[:8], changed, *lines[9:]])
    assert (report.ok, report.first_bad, report.place) == (False, 3, "line 10")
    assert report.findings[0].kind is codes.ENTRY_CHANGED
    assert report.entries == 3


@pytest.mark.parametrize(
    ("cut", "kind", "first_bad"),
    [
        (slice(8, 9), codes.ENTRY_MISSING, 3),
        (slice(9, 10), codes.CHECKPOINT_MISSING, 3),
        (slice(8, 10), codes.NOT_IN_ORDER, 3),
        (slice(1, 2), codes.CHECKPOINT_MISSING, 0),
        (slice(0, 1), codes.NO_LOG, 0),
        (slice(13, 14), codes.CHECKPOINT_MISSING, 5),
        (slice(2, 12), codes.NOT_IN_ORDER, 0),
        (slice(0, 14), codes.NO_LOG, 0),
        (slice(1, 14), codes.NO_LOG, 0),
    ],
)
def test_what_is_missing_is_named(tmp_path, lines, cut, kind, first_bad):
    left = list(lines)
    del left[cut]
    report = check(tmp_path, left)
    assert (report.ok, report.first_bad) == (False, first_bad)
    assert report.findings[0].kind is kind


@pytest.mark.parametrize("keys", [(VKEY,), None])
def test_what_was_doubled_moved_or_signed_again_is_named(tmp_path, lines, keys):
    other = re_signed(lines[9], OTHER)
    root = re_signed(lines[9], SIGNER, root=json.loads(lines[7])["checkpoint"].split("\n")[2])
    size = re_signed(lines[9], SIGNER, size=5)
    stranger = re_signed(lines[0 + 1], OTHER, size=0)
    table = [
        ([*lines[:9], lines[8], *lines[9:]], codes.DUPLICATED, 3),
        ([*lines[:10], lines[8], lines[9], *lines[10:]], codes.DUPLICATED, 4),
        ([*lines[:10], lines[9], *lines[10:]], codes.CHECKPOINT_SURPLUS, 4),
        ([*lines[:4], *lines[6:8], *lines[4:6], *lines[8:]], codes.NOT_IN_ORDER, 1),
        ([*lines[:4], lines[6], lines[5], lines[4], *lines[7:]], codes.NOT_IN_ORDER, 1),
        ([*lines[:9], other, *lines[10:]], codes.CHECKPOINT_CHANGED, 3),
        ([*lines[:9], root, *lines[10:]], codes.ENTRY_CHANGED, 3),
        ([*lines[:9], size, *lines[10:]], codes.CHECKPOINT_SURPLUS, 3),
        ([lines[0], stranger, *lines[2:]], codes.CHECKPOINT_CHANGED, 0),
        ([*lines, lines[0]], codes.UNREADABLE, 6),
        ([*lines, lines[-1]], codes.CHECKPOINT_SURPLUS, 6),
    ]
    for changed, kind, first_bad in table:
        report = check(tmp_path, changed, keys)
        assert (report.ok, report.first_bad) == (False, first_bad), report.reason
        assert report.findings[0].kind is kind


def foreign_log(signer, origin):
    """A log that agrees with itself."""
    note = Checkpoint(origin=origin, size=0, root=EMPTY_ROOT).signed(signer)
    header = {"format": "mdps-audit-log/1", "key": signer.vkey(origin), "origin": origin}
    return [
        edited(b"{}", lambda value: value.update(header)),
        edited(b"{}", lambda value: value.update(checkpoint=note)),
    ]


def test_another_key_and_another_origin_are_named(tmp_path):
    assert check(tmp_path, foreign_log(OTHER, ORIGIN), None).ok
    report = check(tmp_path, foreign_log(OTHER, ORIGIN))
    assert report.findings[0].kind is codes.OTHER_KEY
    assert report.place == "line 1"
    report = check(tmp_path, foreign_log(OTHER, "elsewhere.example/audit"))
    assert report.findings[0].kind is codes.OTHER_ORIGIN


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_no_flipped_byte_goes_unseen(tmp_path_factory, lines, data):
    whole = b"".join(lines)
    place = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :]
    folder = tmp_path_factory.getbasetemp()
    for keys in ((VKEY,), None):
        report = check(folder, [changed], keys)
        assert not report.ok
        assert report.first_bad is not None
        line = whole[:place].count(b"\n")
        assert report.first_bad <= max(line // 2, 0)


MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "swap", "double", "edit", "insert"]),
        st.integers(0, 2 * COUNT + 1),
        st.integers(0, 2 * COUNT + 1),
    ),
    min_size=1,
    max_size=3,
)


def mutate(lines, steps):
    changed = list(lines)
    for act, first, second in steps:
        if not changed:
            break
        first, second = first % len(changed), second % len(changed)
        if act == "delete":
            del changed[first]
        elif act == "swap":
            changed[first], changed[second] = changed[second], changed[first]
        elif act == "double":
            changed.insert(second, changed[first])
        elif act == "edit":
            changed[first] = changed[first].replace(b"1", b"2", 1)
        else:
            changed.insert(first, b'{"checkpoint":"x"}\n')
    return changed


@settings(max_examples=150, deadline=None)
@given(MUTATIONS)
def test_every_mutation_but_a_cut_tail_is_seen(tmp_path_factory, lines, steps):
    changed = mutate(lines, steps)
    prefix = changed == list(lines[: len(changed)]) and len(changed) >= 2 and len(changed) % 2 == 0
    assert check(tmp_path_factory.getbasetemp(), changed).ok == prefix


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_report(tmp_path_factory, data, as_store):
    path = tmp_path_factory.getbasetemp() / "any"
    head = b"SQLite format 3\x00\x10\x00\x01\x01" if as_store else b""
    path.write_bytes(head + data)
    assert not verify_log(path, [VKEY], None).ok


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet='{}[]":,\\entrychkpoi0\n ', max_size=60))
def test_near_json_gives_a_report(tmp_path_factory, lines, text):
    assert not check(tmp_path_factory.getbasetemp(), [*lines, text.encode() + b"x"]).ok


def test_a_store_with_flipped_bytes_gives_a_report(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, COUNT)
    path = tmp_path / "audit.sqlite"
    honest = verify_log(path, [VKEY], None)
    whole = path.read_bytes()
    chance = random.Random(3)
    seen = 0
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(whole))] ^= chance.randrange(1, 256)
        path.write_bytes(changed)
        report = verify_log(path, [VKEY], None)
        seen += not report.ok
        if report.ok:  # unused bytes of a page: what is read is the same
            assert (report.root, report.entries) == (honest.root, honest.entries)
    assert seen > 10
    for size in (0, 15, 16, 100, 5000, len(whole) - 4096):
        path.write_bytes(whole[:size])
        assert not verify_log(path, [VKEY], None).ok


def test_a_view_in_place_of_a_table_is_refused(tmp_path):
    path = tmp_path / "trap.sqlite"
    database = sqlite3.connect(path)
    database.execute(
        "CREATE VIEW entry AS WITH RECURSIVE n(idx) AS (SELECT 0 UNION ALL SELECT idx + 1 FROM n) "
        "SELECT idx, x'00' AS data, x'00' AS leaf FROM n"
    )
    database.commit()
    database.close()
    assert verify_log(path, None, None).place == "schema"


def test_a_live_store_and_one_left_by_a_crash_can_be_read(tmp_path):
    with open_store(tmp_path) as store:
        fill(store, 3)
        assert verify_log(tmp_path / "audit.sqlite", [VKEY], None).entries == 3
        # A transaction under way, its pages already in the file: what a crash leaves.
        copy = tmp_path / "crashed"
        copy.mkdir()
        database = sqlite3.connect(tmp_path / "audit.sqlite", isolation_level=None)
        database.execute("PRAGMA cache_size=1")
        database.execute("PRAGMA cache_spill=1")
        database.execute("BEGIN IMMEDIATE")
        for index in range(3, 300):
            database.execute("INSERT INTO entry VALUES (?, ?, x'00')", (index, bytes(4000)))
        for name in ("audit.sqlite", "audit.sqlite-journal"):
            shutil.copy(tmp_path / name, copy / name)
        database.execute("ROLLBACK")
        database.close()
    before = {item.name: item.read_bytes() for item in copy.iterdir()}
    assert len(before["audit.sqlite"]) > 500_000
    report = verify_log(copy / "audit.sqlite", [VKEY], None)
    assert (report.ok, report.entries) == (True, 3), report.reason
    assert {item.name: item.read_bytes() for item in copy.iterdir()} == before


RECORD = b'{"build_id":"B-1"}'
LABEL = b"%PDF label"


def sha(data):
    return hashlib.sha256(data).hexdigest()


OTHER_RECORD = b'{"build_id":"B-2"}'
OTHER_LABEL = b"%PDF other label"
PACK = {
    "records/B-1.json": RECORD,
    "records/B-2.json": OTHER_RECORD,
    "documents/B-1-label.pdf": LABEL,
    "documents/B-2-label.pdf": OTHER_LABEL,
}


@pytest.fixture(params=[True, False], ids=["header says pack", "folders only"])
def pack(tmp_path, request):
    """An export with its records. Entries: 1, 3 end a build, 2, 4 name its document."""
    with open_store(tmp_path) as store:
        fill(store, 1)
        for number, (build, record, label) in enumerate(
            [("B-1", RECORD, LABEL), ("B-2", OTHER_RECORD, OTHER_LABEL)]
        ):
            kind = "release_signed" if build == "B-1" else "build_rejected"
            body = {"build_id": build, "record_sha256": sha(record)}
            store.append(kind, body, at(2 * number + 1))
            listed = [{"kind": "label", "name": "label.pdf", "sha256": sha(label)}]
            body = {"build_id": build, "documents": listed}
            store.append("documents_made", body, at(2 * number + 2))
        store.export(tmp_path / "log.jsonl", pack=request.param)
    for name, data in PACK.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path / "log.jsonl"


def test_records_beside_an_export_are_checked(pack):
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.records_checked) == (True, 4), report.reason
    assert report.to_json()["records"] == RECORDS_CHECKED
    copy = pack.with_name("copy.json")
    copy.write_bytes(RECORD)
    assert verify_log(pack, [VKEY], [copy]).records_checked == 5
    copy.write_bytes(RECORD + b" ")
    assert verify_log(pack, [VKEY], [copy]).findings[0].kind is codes.RECORD_UNKNOWN


@pytest.mark.parametrize(("name", "index"), list(zip(PACK, (1, 3, 2, 4), strict=True)))
def test_a_changed_or_absent_file_of_a_pack_is_named_by_its_entry(pack, name, index):
    file = pack.parent / name
    file.write_bytes(file.read_bytes() + b" ")
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.place, report.first_bad) == (False, str(file), index)
    assert [item.kind for item in report.findings] == [codes.RECORD_OTHER]
    assert sha(PACK[name]) in report.reason
    file.unlink()
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.place, report.first_bad) == (False, str(file), index)
    assert [item.kind for item in report.findings] == [codes.RECORD_ABSENT]
    assert report.records is None


@pytest.mark.parametrize(("folder", "first"), [("records", 1), ("documents", 2)])
def test_a_folder_that_was_deleted_is_missed(pack, folder, first):
    shutil.rmtree(pack.parent / folder)
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.first_bad) == (False, first)
    assert [item.kind for item in report.findings] == [codes.RECORD_ABSENT] * 2


def test_both_folders_deleted_are_missed_where_the_header_says_pack(pack):
    says_pack = b'"pack":true' in pack.read_bytes().splitlines()[0]
    for folder in ("records", "documents"):
        shutil.rmtree(pack.parent / folder)
    report = verify_log(pack, [VKEY], None)
    assert report.ok != says_pack
    assert len(report.findings) == (4 if says_pack else 0)
    assert report.records == (None if says_pack else RECORDS_NOT_CHECKED)


@pytest.mark.parametrize("folder", ["records", "documents"])
def test_two_files_exchanged_by_name_are_found(pack, folder):
    one, two = [pack.parent / name for name in PACK if name.startswith(folder)]
    one_data, two_data = one.read_bytes(), two.read_bytes()
    one.write_bytes(two_data)
    two.write_bytes(one_data)
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.place) == (False, str(one))
    assert [item.kind for item in report.findings] == [codes.RECORD_OTHER] * 2


def test_a_named_record_under_another_name_is_found(pack):
    (pack.parent / "records" / "B-1.json").rename(pack.parent / "records" / "B-9.json")
    report = verify_log(pack, [VKEY], None)
    assert {item.kind for item in report.findings} == {codes.RECORD_UNKNOWN, codes.RECORD_ABSENT}
    assert report.first_bad == 1


def test_of_two_documents_of_one_name_the_newer_counts(tmp_path):
    with open_store(tmp_path) as store:
        for number, label in enumerate([LABEL, OTHER_LABEL]):
            listed = [{"kind": "label", "name": "label.pdf", "sha256": sha(label)}]
            store.append("documents_made", {"build_id": "B-1", "documents": listed}, at(number))
        store.export(tmp_path / "log.jsonl", pack=True)
    file = tmp_path / "documents" / "B-1-label.pdf"
    file.parent.mkdir()
    file.write_bytes(LABEL)
    assert verify_log(tmp_path / "log.jsonl", [VKEY], None).first_bad == 1
    file.write_bytes(OTHER_LABEL)
    assert verify_log(tmp_path / "log.jsonl", [VKEY], None).ok


def test_a_header_that_is_not_plain_about_the_pack_is_refused(pack):
    lines = pack.read_bytes().splitlines(keepends=True)
    for value in (1, "true", None):
        head = edited(lines[0], lambda header, value=value: header.update(pack=value))
        pack.write_bytes(b"".join([head, *lines[1:]]))
        assert verify_log(pack, [VKEY], None).findings[0].kind is codes.UNREADABLE


def test_a_stranger_among_the_records_and_a_named_file(pack):
    stranger = pack.parent / "records" / "note.txt"
    stranger.write_bytes(b"note")
    report = verify_log(pack, [VKEY], None)
    assert (report.ok, report.first_bad, report.place) == (False, None, str(stranger))
    stranger.unlink()
    assert not verify_log(pack.parent / "audit.sqlite", [VKEY], [pack]).ok
    with pytest.raises(UsageFault):
        verify_log(pack, [VKEY], [stranger])
    stranger.symlink_to("nowhere")
    assert verify_log(pack, [VKEY], None).findings[0].kind is codes.RECORD_UNREADABLE


def test_a_log_that_cannot_be_opened_is_wrong_usage(tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UsageFault):
            verify_log(path, None, None)
    with pytest.raises(DocumentError):
        verify_log(tmp_path, ["no key"], None)


def test_texts_are_short_and_name_their_facts():
    used = {kind.code for kind in codes.ALL}
    assert len(used) == len(codes.ALL)
    for kind in codes.ALL:
        text = " ".join([kind.title, kind.observed, kind.allowed, kind.next_step])
        for sentence in text.split(". "):
            assert len(sentence.split()) <= 12, sentence
        for word in ("error", "invalid", "failed", "please"):
            assert word not in text.lower()
