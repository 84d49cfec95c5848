"""What a command loads before it does anything: nothing that it may do without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import Manufacturer
from tests.toolpath.parts import box, bundle, document, honest, stl_bytes

#: Libraries of other rooms, and parts of the standard library that take longer than a signature.
NOT_FOR_A_CHECK = {
    *("PIL", "argon2", "flask", "octoprint", "packaging", "paho", "pkcs11", "reportlab", "serial"),
    *("stl", "securesystemslib", "tuf", "zxingcpp"),
    *(
        "asyncio",
        "concurrent.futures",
        "email",
        "http",
        "importlib.resources",
        "logging",
        "multiprocessing",
    ),
    *("numpy.ma", "pkg_resources", "sqlite3", "ssl", "subprocess", "unittest"),
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


def test_nor_does_a_job_that_is_accepted(tmp_path: Path) -> None:
    files = bundle(job=honest()) | {"model.stl": stl_bytes(box())}
    maker = Manufacturer()
    (tmp_path / "recipe").mkdir()
    for name, data in maker.sign(document(files, rings=["A", "C"]), files).items():
        (tmp_path / "recipe" / name).write_bytes(data)
    (tmp_path / "root.json").write_bytes(maker.root_bytes())
    (tmp_path / "job.gcode").write_bytes(honest())
    (tmp_path / "model.stl").write_bytes(stl_bytes(box()))
    program = (
        "import os, sys; from mdps_plugin.cli.main import main; status = main(); "
        "print(os.environ['OPENBLAS_NUM_THREADS'], len(os.listdir('/proc/self/task')), "
        "*sys.modules); sys.exit(status)"
    )
    arguments = ["check", "--recipe", "recipe", "--trust", "root.json", "--model", "model.stl"]
    environment = {
        name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--at", "2026-11-23T14:00:00Z", "job.gcode"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    numpy_threads, threads, *loaded = done.stdout.splitlines()[-1].split()
    assert (numpy_threads, threads) == ("1", "1")
    assert "mdps_plugin.toolpath.sure" in loaded
    assert set(loaded) & NOT_FOR_A_CHECK == set()
