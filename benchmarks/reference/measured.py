"""The command line, the measurement and the RESULT line that all reference programs share.

Importing this module also makes the vocabularies importable: a program here is run as a file, so Python looks for its
imports in this folder and not in the one above, where `pools.py` is.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from pools import CLOSING_LINE, Pools, load_pools

__all__ = ["CLOSING_LINE", "Pools", "argument_parser", "blocks", "load_pools", "log_level", "report", "write_all"]

_PEAK_UNITS_PER_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024


def argument_parser(description: str, workloads: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser of the command line every reference program accepts; a program may add options to it."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--count", type=int, required=True, help="rows to write")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file to write")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=1, help="processes, or threads in the Polars program")
    return parser


def blocks(count: int, block: int) -> list[range]:
    """Return the row numbers 0 to `count` cut into ranges of `block` rows, the last one maybe shorter."""
    return [range(start, min(start + block, count)) for start in range(0, count, block)]


def write_all(path: Path, parts: Iterable[bytes]) -> None:
    """Write `parts` to the file at `path`, one after the other."""
    with path.open("wb") as out:
        out.writelines(parts)


def log_level(status: int) -> str:
    """Return the level at which a response with this HTTP status is logged."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "ERROR"
    return "WARN" if status >= HTTPStatus.BAD_REQUEST else "INFO"


def report(write_rows: Callable[[], None], count: int, path: Path) -> None:
    """Run `write_rows`, which writes `count` rows to `path`, and print its RESULT line.

    Imports and vocabularies are the caller's to load beforehand: the line covers the rows alone.
    `seconds` is wall time, `cpu_seconds` includes child processes that have ended, `peak_rss_mb` is of the largest
    process, and megabytes are 10**6 bytes.
    """
    cpu_before, began = _cpu_seconds(), time.perf_counter()
    write_rows()
    seconds, cpu = time.perf_counter() - began, _cpu_seconds() - cpu_before
    figures = {
        "rows": count,
        "seconds": round(seconds, 4),
        "cpu_seconds": round(cpu, 4),
        "bytes": path.stat().st_size,
        "peak_rss_mb": round(max(usage.ru_maxrss for usage in _usages()) / _PEAK_UNITS_PER_MB, 1),
    }
    sys.stdout.write(f"RESULT {json.dumps(figures)}\n")


def _usages() -> Iterator[resource.struct_rusage]:
    yield resource.getrusage(resource.RUSAGE_SELF)
    yield resource.getrusage(resource.RUSAGE_CHILDREN)


def _cpu_seconds() -> float:
    return sum(usage.ru_utime + usage.ru_stime for usage in _usages())
