#!/usr/bin/env bash
# Run TestU01's SmallCrush over the draws of treadle.draw and print one table row a run.
#
#   run.sh [ORDER ...]      orders of `stream.py --list`; all of them without an argument
#
# Environment: PYTHON (python3), SEED (1), TESTU01 (prefix of a TestU01 that is not on the compiler's own paths).
# A run with a p-value outside [0.001, 0.999] is repeated with the next two seeds until one is clean.
# Exit: 0 every run passed; 1 some p-value beyond 1e-10, or three suspicious seeds in a row; 2 something is missing.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
seed=${SEED:-1}
export PYTHONPATH=${PYTHONPATH-$here/../../src}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

missing() {
    echo "smallcrush: $1" >&2
    exit 2
}

compile() {
    local flags=(-O2 -Wall -Wextra -I/usr/include/testu01) libraries
    [[ -n ${TESTU01-} ]] && flags+=("-I$TESTU01/include" "-L$TESTU01/lib" "-Wl,-rpath,$TESTU01/lib")
    command -v gcc >/dev/null || missing "gcc is missing (Debian package: gcc)"
    echo '#include <bbattery.h>' | gcc "${flags[@]}" -E - >/dev/null 2>&1 ||
        missing "TestU01 is missing (Debian package: libtestu01-0-dev, or set TESTU01 to a prefix)"
    # The second set is for a shared library that brings its two companions along.
    for libraries in "-ltestu01 -lprobdist -lmylib -lm" "-ltestu01 -lm"; do
        # shellcheck disable=SC2086 # the libraries are words
        gcc "${flags[@]}" "$here/smallcrush.c" -o "$work/smallcrush" $libraries 2>"$work/errors" && return
    done
    cat "$work/errors" >&2
    missing "smallcrush.c did not compile against TestU01"
}

# Run one battery, print its row, return its exit code.
battery() {
    local order=$1 reading=$2 seed=$3 code row start=$SECONDS
    row=$(
        "$python" "$here/stream.py" "$order" --seed "$seed" | "$work/smallcrush" "$reading"
        exit "${PIPESTATUS[1]}"
    )
    code=$?
    ((code == 2)) && exit 2
    echo "| $order | $reading | $seed | ${row//$'\t'/ | } | $((SECONDS - start)) |"
    return "$code"
}

# Run one order and reading, and the next two seeds while the result is suspicious (3).
judge() {
    local next code
    for next in "$seed" $((seed + 1)) $((seed + 2)); do
        battery "$1" "$2" "$next"
        code=$?
        ((code == 3)) || return "$code"
    done
    return 1
}

compile
orders=$("$python" "$here/stream.py" --list 2>/dev/null) ||
    missing "$python can't import numpy and treadle.draw (set PYTHON)"
(($#)) && orders=$*

echo "| order | reading | seed | words | statistics | lowest p | highest p | outside [0.001, 0.999] | seconds |"
echo "|---|---|--:|--:|--:|--:|--:|---|--:|"
battery control high "$seed"
(($? == 1)) || missing "SmallCrush did not reject the control, so its verdicts mean nothing"
status=0
for order in $orders; do
    for reading in high low reversed; do
        judge "$order" "$reading" || status=1
    done
done
exit "$status"
