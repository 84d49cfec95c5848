"""Start and end code as the linter sees it, block by block."""

from __future__ import annotations

import pytest

from mdps_plugin.authoring.lint_blocks import check_block


@pytest.mark.parametrize(
    "line", ["M220", "M221 S97.5", "M220 B1 S100", "M221 S100 T1", "M220 S9", "M221 S1000"]
)
def test_a_factor_that_no_job_may_set_so_is_named(line: str) -> None:
    (found,) = check_block(f"G21\n{line}\nM84\n".encode(), "start.gcode")
    assert (found.code, found.where.line) == ("AU-033", 2)
    assert found.refuses
    assert line in found.observed()
    assert "whole percentage" in found.allowed()


@pytest.mark.parametrize(
    "line", ["M220 S100", "M221 S95", "M221 S100 T0", "M220 S10", "M221 S999", "M117"]
)
def test_other_lines_are_judged_by_their_word(line: str) -> None:
    found = list(check_block(f"G21\n{line}\nM84\n".encode(), "start.gcode"))
    assert bool(found) is (line == "M117")
