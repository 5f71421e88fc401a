"""Treadle on the four workloads, called as the reference programs are: `python treadle_run.py w3 --count N --out FILE`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent / "reference"))

from measured import argument_parser, report

import treadle as td
from treadle.run.executors import keep_memory

WORKLOADS = Path(__file__).resolve().parent / "workloads.py"


def main() -> None:
    """Generate one workload as the command line does: keyed draws, shards, hashes, a manifest."""
    parser = argument_parser(__doc__ or "", ("w1", "w2", "w3", "w4"))
    arguments = parser.parse_args()
    keep_memory()
    dataset = td.generate(f"{WORKLOADS}:{arguments.workload}", count=arguments.count, seed=arguments.seed, truth=False)

    def write_rows() -> None:
        dataset.write(arguments.out, workers=arguments.workers, overwrite=True)

    report(write_rows, arguments.count, arguments.out)


if __name__ == "__main__":
    main()
