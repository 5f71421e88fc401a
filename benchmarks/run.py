"""Compares Treadle with the same four workloads written by hand and with other libraries.

`python benchmarks/run.py` runs every program in turn, each as its own process, and prints a table a workload and then
the marks Treadle is held to. `benchmarks/README.md` says how to read them.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from harness.child import CAN_PIN
from harness.marks import verdicts
from harness.programs import OWN_PROGRAMS, PEER_POOLS, PEER_PROGRAMS, PEERS, TWO_WORKERS, WORKLOADS, Program
from harness.runs import Plan, runs_in_turn
from harness.tables import marks_table, saved_figures, workload_table

FOOTNOTE = """\
Best rounds; rows/s and MB/s are wall time. Columns with * count the rows alone by the program's own account, the others
its whole process from start to exit. "treadle is": Treadle's rows per CPU second over this program's.
CPU s is of the whole process tree, peak MB of its largest process."""


def main() -> int:
    """Run what the command line asks for; return 1 where a program failed."""
    given = _arguments()
    peers = PEERS.is_dir() and not given.no_peers
    programs = [program for program in _candidates(with_peers=peers) if _runs_here(program, given.workers)]
    if not CAN_PIN:
        _say("not pinned to one CPU: this system offers no sched_setaffinity")
    with tempfile.TemporaryDirectory(prefix="treadle-bench-", dir=given.folder) as folder:
        plan = Plan(
            repeat=given.repeat,
            scale=given.scale,
            workers=given.workers,
            pools=PEER_POOLS if peers else None,
            folder=Path(folder),
            progress=_note,
        )
        all_runs = {}
        for name in given.workloads:
            all_runs[name] = runs_in_turn(WORKLOADS[name], programs, plan)
            _say(f"\n{workload_table(all_runs[name])}")
    _say(f"\n{FOOTNOTE}\n")
    found = verdicts(all_runs) if given.workers == 1 else []
    _say(marks_table(found) if found else "Marks: none, they need Treadle on one worker and a program to compare with")
    if given.json:
        given.json.write_text(json.dumps(saved_figures(all_runs.values(), found), indent=1), encoding="utf-8")
    return int(any(runs.failures for runs in all_runs.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", type=_workload_names, default=list(WORKLOADS), help="default: w1,w2,w3,w4")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the row counts (default: 1)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--workers", type=int, default=1, help="processes or threads a program; 1 pins it to one CPU")
    parser.add_argument("--json", type=Path, help="save the figures of every run to this file")
    parser.add_argument("--folder", type=Path, help="where the rows are written meanwhile")
    parser.add_argument("--no-peers", action="store_true", help="leave out the peer programs beside the checkout")
    return parser.parse_args()


def _workload_names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        message = f"expected workloads out of {','.join(WORKLOADS)}, unknown={','.join(unknown)}"
        raise argparse.ArgumentTypeError(message)
    return names


def _candidates(*, with_peers: bool) -> tuple[Program, ...]:
    if with_peers:
        _say(f"vocabularies: {PEER_POOLS.name} of the peer programs beside the checkout, for all programs")
        return OWN_PROGRAMS + PEER_PROGRAMS
    _say("skipped peer programs: left out, or no shared/bench/peers beside the checkout")
    return OWN_PROGRAMS


def _runs_here(program: Program, workers: int) -> bool:
    """Return whether the program can run, and say so in one line where it cannot."""
    reason = program.reason_to_skip(workers)
    if reason is None and program.role == TWO_WORKERS:
        reason = _reason_without_two_workers(workers)
    if reason:
        _say(f"skipped {program.name}: {reason}")
    return reason is None


def _reason_without_two_workers(workers: int) -> str | None:
    if workers != 1:
        return "compared with one worker only"
    return "needs two CPUs" if (os.cpu_count() or 1) < 2 else None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
