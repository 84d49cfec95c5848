"""What a command loads before it does anything: nothing that it may do without."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Libraries of other rooms, and parts of the standard library that take longer than a signature.
#: ``concurrent.futures`` brings ``logging`` along, so that is not among them.
NOT_FOR_A_CHECK = {
    *("PIL", "argon2", "flask", "octoprint", "packaging", "paho", "pkcs11", "reportlab", "serial"),
    *("stl", "securesystemslib", "tuf", "zxingcpp"),
    *("asyncio", "email", "http", "importlib.resources", "multiprocessing", "pkg_resources"),
    *("sqlite3", "ssl", "subprocess", "unittest"),
}


@pytest.mark.parametrize("command", ["check"])
def test_a_command_loads_no_library_that_it_may_do_without(command: str) -> None:
    program = (
        "import sys; from mdps_plugin.cli.main import build_parser; "
        f"build_parser({command!r}); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert f"mdps_plugin.cli.cmd_{command}" in loaded
    assert loaded & NOT_FOR_A_CHECK == set()
    assert [name for name in loaded if name.startswith("mdps_plugin.cli.cmd_")] == [
        f"mdps_plugin.cli.cmd_{command}"
    ]
