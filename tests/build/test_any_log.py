"""Any log folds or is refused in words, whatever stands in it: walks, bodies, members spoiled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mdps_plugin.build.entities import CellState
from mdps_plugin.build.lifecycle import (
    BuildState,
    possible,
)
from mdps_plugin.build.signature import Act
from mdps_plugin.build.states import KNOWN_KINDS, check_next, fold
from mdps_plugin.errors import DocumentError

from .history import History, whole_history
from .world import JOB_SHA, QUALITY, RELEASER, TECHNICIAN, accepted_verdict


def _bodies(history: History, build_id: str = "B-1") -> dict[str, dict[str, Any]]:
    """A body for each kind of a build, as right as it can be for that build."""
    build = {"build_id": build_id}

    def signed(person: Any, act: Act, **body: Any) -> dict[str, Any]:
        return {**body, "signature": history.sign(person, act, body).to_json()}

    verdict = accepted_verdict().to_json()
    step = history.recipe.post_processing[0].step_id
    return {
        "order_verified": {"order_id": "O-1", "verdict": verdict},
        "order_refused": {"order_id": "O-1", "verdict": verdict},
        "permit_refused": {"order_id": "O-1", "verdict": verdict},
        "build_armed": {**build, "planned": JOB_SHA},
        "build_started": build,
        "build_held": {**build, "by": "tess"},
        "build_resumed": build,
        "build_aborted": {**build, "reason": "Stop was pressed"},
        "build_streamed": history.streamed_body(build_id),
        "step_started": {**build, "step_id": step},
        "step_refused": {
            **build, "step_id": step, "readings": [], "by": "tess", "verdict": verdict,
        },
        "step_signed": signed(
            TECHNICIAN, Act.STEP, build_id=build_id, step_id=step, readings=[]
        ),
        "inspection_signed": signed(
            TECHNICIAN, Act.INSPECTION, build_id=build_id, measurements=[]
        ),
        "release_refused": {**build, "verdict": verdict},
        "release_signed": signed(
            RELEASER, Act.RELEASE, build_id=build_id, record_sha256="9a" * 32
        ),
        "build_rejected": signed(QUALITY, Act.REJECT, build_id=build_id, reason="Warped"),
        "handed_over": signed(
            TECHNICIAN, Act.HAND_OVER, build_id=build_id, to="Ward 4", copy_given=True
        ),
        "controller_started": {},
        "line_refused": {**build, "line": "G28", "who": "sam"},
    }  # fmt: skip


_KINDS = sorted(_bodies(History()))


def _choices(history: History, lawful: bool) -> list[str]:
    """Kinds to go on with: only those that the table allows now, or any."""
    build = history.state.build_of("O-1")
    if not lawful:
        return [*_KINDS, "permit"]
    if build is None or build.state.lost:
        return ["permit"]
    return [kind for kind in possible(build.state) if kind in _KINDS] or ["line_refused"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_walk_folds_or_is_refused_and_never_breaks(data: st.DataObject) -> None:
    history = History().registers().ordered().verified()
    for _ in range(data.draw(st.integers(1, 25))):
        before = history.state
        lawful = data.draw(st.integers(0, 3)) > 0
        kind = data.draw(st.sampled_from(_choices(history, lawful)))
        body = (
            history.permit_body(f"B-{len(before.builds) + 1}")
            if kind == "permit"
            else _bodies(history, f"B-{max(1, len(before.builds))}")[kind]
        )
        try:
            history.append("build_permitted" if kind == "permit" else kind, body)
        except DocumentError as fault:
            assert fault.source == "audit log"
            assert history.state is before
        builds = list(history.state.builds.values())
        assert sum(build.state.printer_taken for build in builds) <= 1
        assert sum(not build.state.lost for build in builds) <= 1
        for build in builds:
            if build.state in (BuildState.RELEASED, BuildState.HANDED_OVER):
                assert build.released is not None
                assert build.released.signature.user not in build.makers
                assert build.armed_at is not None
                assert build.inspected is not None
    assert history.refold() == history.state


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=100)
@given(kind=st.sampled_from(sorted(KNOWN_KINDS)), body=st.dictionaries(st.text(max_size=8), _JSON))
def test_any_body_folds_or_is_a_document_error(kind: str, body: dict[str, Any]) -> None:
    try:
        state = check_next(CellState(), kind, body, History().now)
    except DocumentError as fault:
        assert "entry 0" in fault.path
    else:
        assert state.size == 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_member_taken_out_or_spoiled_is_refused_or_harmless(data: st.DataObject) -> None:
    entries = whole_history().entries
    index = data.draw(st.integers(0, len(entries) - 1))
    body = dict(entries[index].body)
    if body:
        key = data.draw(st.sampled_from(sorted(body)))
        if data.draw(st.booleans()):
            del body[key]
        else:
            body[key] = data.draw(_JSON)
    spoiled = replace(entries[index], body=body)
    try:
        fold([*entries[:index], spoiled, *entries[index + 1 :]])
    except DocumentError as fault:
        assert fault.path.startswith("entry ")
