#!/bin/sh
# Tests of the compiled kernel on an aarch64 processor that QEMU plays: its wheel is built, installed
# beside Debian's Python for arm64 and asked there. As root, on Debian 12 with
# `apt-get install qemu-user-static debootstrap`; arguments: tests (default: those of the kernel).
# Fetches 150 MB into build/aarch64 once, from DEBIAN_MIRROR or debootstrap's own. One to two orders of magnitude slower than a processor.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
work=$PWD/build/aarch64 root=$PWD/build/aarch64/root
say() { printf 'try_aarch64: %s\n' "$*" >&2; }
[ $# -gt 0 ] || set -- tests/models/test_mesh_kernel.py tests/toolpath/test_kernel.py \
    tests/toolpath/test_kernel_rules.py tests/toolpath/test_kernel_copy.py \
    tests/toolpath/test_kernel_shapes.py tests/toolpath/test_kernel_build.py \
    tests/toolpath/test_model_kernel.py
if [ "$(id -u)" != 0 ] || ! [ -x /usr/sbin/debootstrap ] || ! [ -x /usr/bin/qemu-aarch64-static ]; then
    say "wants root, and apt-get install qemu-user-static debootstrap"
    exit 3
fi

# What a booted Debian has done already: programs for aarch64 are run by QEMU.
if [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
    mountpoint -q /proc/sys/fs/binfmt_misc ||
        mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register
fi

# Packages are unpacked here; setting them up by their own scripts takes QEMU many minutes.
if [ ! -e "$work/stamp" ]; then
    say "fetching Debian for arm64"
    rm -rf "$work"
    mkdir -p "$work"
    debootstrap --arch=arm64 --variant=minbase --foreign --include=python3,gcc,libc6-dev \
        bookworm "$root" ${DEBIAN_MIRROR:-} >"$work/debootstrap.log"
    for package in "$root"/var/cache/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root"
    done
    ln -s gcc "$root/usr/bin/cc"
    touch "$work/stamp"
fi

wheel=$("$python" scripts/build_wheels.py --out "$work/dist" aarch64)
rm -rf "$root/site" "$root/try"
mkdir -p "$root/site" "$root/try"
"$python" -m pip install --quiet --target "$root/site" --only-binary :all: --python-version 3.11 \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_26_aarch64 \
    --platform manylinux_2_24_aarch64 --platform manylinux_2_17_aarch64 \
    "$wheel" pytest pytest-timeout pytest-mock hypothesis jsonschema pyyaml setuptools 2>"$work/pip.log" || {
    cat "$work/pip.log" >&2
    exit 3
}
# No package beside the tests: what they import is the wheel.
cp -r tests scripts setup.py pyproject.toml validated_recipes firmware_profiles "$root/try"

unshare --mount sh -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" &&
    exec chroot "$0" env -i PATH=/usr/bin HOME=/root PYTHONPATH=/site PYTHONDONTWRITEBYTECODE=1 \
    sh -c '\''cd /try && python3 -c "import platform
from mdps_plugin.toolpath.kernel_link import state
assert platform.machine() == \"aarch64\" and state().used, state()
print(platform.machine(), state().observed)" &&
    exec python3 -m pytest -q -p no:cacheprovider --timeout 3000 "$@"'\'' sh "$@"' "$root" "$@"
