"""Builds wheels of the controller with a compiled kernel, for x86-64 and aarch64, on any machine.

    python scripts/build_wheels.py [--out dist] [x86_64] [aarch64]

The package itself is plain Python and is built once; each wheel gets the kernel of its machine,
cross-compiled by the C compiler of the PyPI package ``ziglang`` (a build tool, fetched into an
environment of its own under ``build/``). Nothing is installed into the environment that runs this.
Ends 0 with the paths of the wheels on stdout, 2 for an unknown machine, 3 if a tool failed.
"""

from __future__ import annotations

import argparse
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNEL = Path("mdps_plugin/toolpath/kernel")
TOOLS = ("ziglang==0.15.2", "setuptools>=77", "wheel==0.45.1")
# glibc 2.17 is older than any Raspberry Pi OS of 64 bits; e_machine of ELF (gABI, ch. 4).
GLIBC = "2.17"
MACHINES = {"x86_64": 62, "aarch64": 183}


def main() -> int:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("machines", nargs="*", default=list(MACHINES), metavar="MACHINE")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.machines) - set(MACHINES))
    if unknown:
        print(f"unknown machine {unknown[0]}; allowed: {', '.join(MACHINES)}", file=sys.stderr)
        return 2
    try:
        for wheel in build(arguments.machines, arguments.out.resolve()):
            print(wheel)
    except subprocess.CalledProcessError as fault:
        print(f"{' '.join(map(str, fault.cmd[:6]))} ... ended {fault.returncode}", file=sys.stderr)
        return 3
    return 0


def build(machines: list[str], out: Path) -> list[Path]:
    """Wheels for ``machines`` in ``out``."""
    work = ROOT / "build" / "wheels"
    python = _tools(ROOT / "build" / "wheel-tools")
    shutil.rmtree(work, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    plain = _plain_wheel(python, work / "plain")
    return [_with_kernel(python, plain, machine, work / machine, out) for machine in machines]


def _tools(folder: Path) -> Path:
    """An environment with the compiler; made once."""
    python, stamp = folder / "bin" / "python", folder / f"stamp-{'-'.join(TOOLS)}".replace(">", "")
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _say(f"fetching {', '.join(TOOLS)} (100 MB, once)")
        _run(sys.executable, "-m", "venv", "--without-pip", folder)
        _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *TOOLS)
        stamp.touch()
    return python


def _plain_wheel(python: Path, folder: Path) -> Path:
    """The package without any kernel, unpacked."""
    folder.mkdir(parents=True)
    _say("building the package")
    source = folder / "source"
    # A copy: what lies built in the work tree must not get in.
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.so", "*.egg-info")
    )
    _run(
        *("env", "MDPS_BUILD_KERNEL=no", sys.executable, "-m", "pip", "--python", python),
        *("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source),
    )
    _run(python, "-m", "wheel", "unpack", "--dest", folder, next(folder.glob("*.whl")))
    return next(
        path
        for path in folder.iterdir()
        if path.name.startswith("mdps_controller-") and path.is_dir()
    )


def _with_kernel(python: Path, plain: Path, machine: str, folder: Path, out: Path) -> Path:
    package = folder / plain.name
    shutil.copytree(plain, package)
    library = package / KERNEL / "_kernel.so"
    _say(f"compiling the kernel for {machine}")
    compile_kernel(python, package / KERNEL, machine, library)
    seen = int.from_bytes(library.read_bytes()[18:20], "little")
    if seen != MACHINES[machine]:
        raise RuntimeError(f"{library} is for machine {seen}, wanted {MACHINES[machine]}")
    about = next(package.glob("*.dist-info")) / "WHEEL"
    tag = f"py3-none-manylinux_{GLIBC.replace('.', '_')}_{machine}"
    lines = about.read_text().splitlines()
    kept = [line for line in lines if line and not line.startswith(("Root-", "Tag:"))]
    about.write_text("\n".join([*kept, "Root-Is-Purelib: false", f"Tag: {tag}"]) + "\n")
    _run(python, "-m", "wheel", "pack", "--dest-dir", out, package)
    return next(out.glob(f"*-{tag}.whl"))


def compile_kernel(python: Path, sources: Path, machine: str, library: Path) -> None:
    """The kernel of ``sources`` with the flags of setup.py."""
    setup = runpy.run_path(str(ROOT / "setup.py"), run_name="flags")
    _run(
        *(python, "-m", "ziglang", "cc", "-target", f"{machine}-linux-gnu.{GLIBC}"),
        *(*setup["FLAGS"], "-fPIC", "-shared", "-s", "-o", library),
        f'-DKERNEL_SOURCE_SHA256="{setup["source_digest"](sources)}"',
        *sorted(sources.glob("*.c")),
        "-lm",
    )


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
