#!/bin/sh
# Makes .venv, or brings it up to date:  tools/setup.sh LOCK...
# Installs what the lock files pin, and the project itself, editable. Called by make, which notes that it is done.
#
# PYTHON  the Python of a new .venv (default: the first of python3, python3.13, python3.12, python3.11 that is new enough)
# UV      the uv program, or nothing for the standard venv and pip
set -eu

here=.venv/bin/python
needs="import sys; sys.exit(sys.version_info < (3, 11))"

fail() {
    printf 'treadle: %s\n' "$*" >&2
    exit 1
}

# Run a command that asks a registry, up to three times.
patiently() {
    tried=1
    until "$@"; do
        [ "$tried" -lt 3 ] || return 1
        printf 'treadle: that failed; trying again in %d s\n' $((tried * 5)) >&2
        sleep $((tried * 5))
        tried=$((tried + 1))
    done
}

find_python() {
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$python" -c "$needs" 2>/dev/null; then
            printf '%s\n' "$python"
            return
        fi
    done
}

make_venv() {
    python=$(find_python)
    if [ -n "${PYTHON-}" ] && [ -z "$python" ]; then
        fail "PYTHON=$PYTHON is not there or older than 3.11 ($("$PYTHON" --version 2>&1 || true)): name Python 3.11 or newer"
    elif [ -n "${UV-}" ]; then
        patiently "$UV" venv --quiet --python "${python:->=3.11}" .venv || fail "uv could not make .venv"
    elif [ -z "$python" ]; then
        fail "Python 3.11 or newer is needed, and python3 is $(python3 --version 2>&1 || true): install it, or say" \
            "where it is, as in  make PYTHON=/usr/local/bin/python3.12"
    elif ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        fail "$python cannot make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv"
    fi
}

install() {
    if [ -n "${UV-}" ]; then
        "$UV" pip install --quiet --python "$here" "$@"
    else
        "$here" -m pip install -qq --disable-pip-version-check "$@"
    fi
}

usable() {
    "$here" -c "$needs" 2>/dev/null && { [ -n "${UV-}" ] || "$here" -m pip --version >/dev/null 2>&1; }
}

if ! usable; then
    printf 'treadle: making .venv\n'
    rm -rf .venv
    make_venv
fi
pinned=
for lock in "$@"; do
    pinned="$pinned --requirement $lock"
done
printf 'treadle: installing what %s\n' "$(printf '%s and ' "$@" | sed 's/ and $/ pin/')"
# shellcheck disable=SC2086 # options, to be split at spaces
patiently install $pinned || fail "the packages could not be installed: is the package registry reachable?"
install --no-deps --no-build-isolation --editable . || fail "treadle itself could not be installed"
