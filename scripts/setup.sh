#!/bin/sh
# Everything a fresh machine needs before `make demo` (argument: demo) or `make test` (argument:
# test): .venv, the Python packages, and the Debian packages. Runs again in under a second when
# nothing has changed. For the demo, Debian packages are wanted but not needed: the demo says what
# it goes without. The tests use real parts only, so for them a missing package is the end.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:?usage: setup.sh demo|test}
venv=.venv
say() { printf 'setup: %s\n' "$*" >&2; }

case "$purpose" in
demo) packages="mosquitto prusa-slicer" extras=octoprint ;;
test) packages="mosquitto prusa-slicer cura-engine chromium poppler-utils openssl faketime softhsm2 gcc libc6-dev" extras=octoprint,hsm,test ;;
*) say "unknown purpose '$purpose'; allowed: demo, test"; exit 2 ;;
esac

find_python() {
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c \
            'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "no Python 3.11, 3.12 or 3.13 found. Next step: install one (Debian 12: python3)"
    exit 3
}

debian_packages() {
    missing=
    for package in $packages; do
        case "$package" in
        cura-engine) command -v CuraEngine >/dev/null 2>&1 ;;
        poppler-utils) command -v pdftoppm >/dev/null 2>&1 ;;
        libc6-dev) [ -e /usr/include/stdio.h ] ;;
        mosquitto) command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] ;;
        softhsm2) command -v softhsm2-util >/dev/null 2>&1 ;;
        *) command -v "$package" >/dev/null 2>&1 ;;
        esac || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    line="apt-get install -y --no-install-recommends$missing"
    if ! command -v apt-get >/dev/null 2>&1; then
        say "not a Debian system; missing programs:$missing"
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then become=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then become=sudo
    else
        say "these programs are missing and I may not install them:$missing"
        say "type: sudo $line"
        return 1
    fi
    say "installing:$missing"
    log=$(mktemp)
    if DEBIAN_FRONTEND=noninteractive $become $line >"$log" 2>&1 ||
        { $become apt-get update >"$log" 2>&1 &&
          DEBIAN_FRONTEND=noninteractive $become $line >>"$log" 2>&1; }; then
        rm -f "$log"
        return 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
    say "apt-get could not install:$missing"
    return 1
}

if ! debian_packages; then
    [ "$purpose" = demo ] || { say "the tests use these real programs; nothing was tested"; exit 3; }
    say "going on without them: the demo will say what it does without"
fi

# The kernel of the examiner is built by pip where there is a compiler: again when it has changed.
stamp="$venv/.setup-$extras-$(cat pyproject.toml setup.py scripts/setup.sh \
    mdps_plugin/toolpath/kernel/*.[ch] | cksum | cut -d' ' -f1)"
[ -e "$stamp" ] && exit 0
python=$(find_python)
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv" >/dev/null 2>&1 || {
        # Debian splits ensurepip off into python3-venv; pip can fetch itself without it.
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
        "$venv/bin/python" scripts/fetch_pip.py
    }
fi
say "installing Python packages (a few minutes the first time)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --editable ".[$extras]" "octoprint==1.11.8" || {
    say "pip could not install the packages; the lines above say which. Nothing else was changed"
    exit 3
}
# As pip does for what it does not install in place: else every command compiles it anew where
# PYTHONDONTWRITEBYTECODE is set.
"$venv/bin/python" -m compileall -q mdps_plugin || say "mdps starts more slowly: no byte code"
rm -f "$venv"/.setup-"$extras"-*
: >"$stamp"
