"""Who may open the pty: in production OctoPrint has a user of its own (docs/operations.md)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mdps_plugin.interlock.pty_link import HostPort


def test_the_pty_belongs_to_the_group_of_its_folder_and_to_nobody_else(tmp_path: Path) -> None:
    # Any group this user may give files to, another than its first one where there is one.
    groups = [12345] if os.geteuid() == 0 else [*os.getgroups(), os.getegid()]
    folder = tmp_path / "run"
    folder.mkdir()
    os.chown(folder, -1, groups[0])
    port = HostPort(folder / "printer")
    try:
        seen = (folder / "printer").stat()
        assert seen.st_gid == groups[0]
        assert stat.S_IMODE(seen.st_mode) == 0o660
    finally:
        port.close()
    assert not (folder / "printer").exists()
