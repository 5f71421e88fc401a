"""The workloads, the programs that write them, and how each program is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REFERENCE = BENCHMARKS / "reference"
PEERS = BENCHMARKS.parent.parent / "shared" / "bench" / "peers"
"""A folder that may stand beside the checkout, with further programs for the same workloads."""
PEER_POOLS = PEERS / "pools.json"

TREADLE, TWO_WORKERS = "treadle", "treadle, two workers"
POLARS, PYTHON, ROW_SEEDED = "polars by hand", "python", "python, one seed a row"


@dataclass(frozen=True)
class Workload:
    """One of the four workloads: what it is, how many rows are written at scale 1, and its fields in order."""

    name: str
    about: str
    count: int
    fields: tuple[str, ...]


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload(
            "w1",
            "profile",
            400_000,
            ("name", "email", "job", "company", "city", "country", "date", "int", "float", "uuid"),
        ),
        Workload("w2", "résumé and job", 40_000, ("id", "resume", "job_title", "job", "required", "score", "label")),
        Workload("w3", "intent row", 800_000, ("text", "intent", "audience", "complexity", "confidence", "style")),
        Workload(
            "w4",
            "API log",
            300_000,
            (
                "ts",
                "ip",
                "user",
                "method",
                "path",
                "protocol",
                "status",
                "bytes",
                "latency_ms",
                "referrer",
                "user_agent",
                "host",
                "region",
                "request_id",
                "level",
                "raw",
            ),
        ),
    )
}


@dataclass(frozen=True)
class Task:
    """What one run has to write."""

    workload: str
    count: int
    out: Path
    workers: int


@dataclass(frozen=True, eq=False)
class Program:
    """A program to compare: `role` is what the marks know it by, `share` the part of the rows a slow one writes."""

    name: str
    script: Path
    workloads: tuple[str, ...]
    role: str = ""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    count_option: str = "--count"
    needs: tuple[str, ...] = ()
    share: float = 1.0
    workers: int | None = None
    """A fixed number of workers; None takes the number asked for on the command line."""
    one_process: bool = False
    flags: tuple[str, ...] = ()
    """Options of the interpreter."""

    def arguments(self, task: Task) -> list[str]:
        """Return the command line after the interpreter's name."""
        return [
            *self.flags,
            str(self.script),
            task.workload,
            self.count_option,
            str(task.count),
            "--out",
            str(task.out),
            "--workers",
            str(task.workers),
            *self.options.get(task.workload, ()),
        ]

    def reason_to_skip(self, workers: int) -> str | None:
        """Return why this program cannot run here, or None where it can."""
        if not self.script.is_file():
            return f"{self.script.name} is not in {self.script.parent.name}/"
        missing = [module for module in self.needs if find_spec(module) is None]
        if missing:
            return f"not installed: pip install {' '.join(missing)}"
        if self.one_process and workers > 1:
            return "runs in one process only"
        return None


_ALL = tuple(WORKLOADS)
_WITHOUT_W2 = ("w1", "w3", "w4")
_VECTORISED = ("polars", "numpy", "pyarrow")
_NO_BYTECODE = ("-B",)
"""For programs in folders that are not the project's to write in."""

OWN_PROGRAMS = (
    Program("treadle", BENCHMARKS / "treadle_run.py", _ALL, TREADLE),
    Program("treadle, 2 workers", BENCHMARKS / "treadle_run.py", ("w2", "w3", "w4"), TWO_WORKERS, workers=2),
    Program("polars_numpy", REFERENCE / "polars_numpy.py", _WITHOUT_W2, POLARS, needs=_VECTORISED),
    Program("python_orjson", REFERENCE / "python_orjson.py", _ALL, PYTHON, needs=("orjson",)),
    Program(
        "python_orjson --row-seed",
        REFERENCE / "python_orjson.py",
        ("w3",),
        ROW_SEEDED,
        options={"w3": ("--row-seed",)},
        needs=("orjson",),
    ),
    Program(
        "mimesis_direct",
        REFERENCE / "mimesis_direct.py",
        _ALL,
        needs=("mimesis", "orjson"),
        share=0.25,
        one_process=True,
    ),
    Program(
        "faker_direct",
        REFERENCE / "faker_direct.py",
        _ALL,
        needs=("faker", "orjson"),
        share=0.25,
        one_process=True,
    ),
)

PEER_PROGRAMS = (
    Program(
        "peer r2",
        PEERS / "r2.py",
        _WITHOUT_W2,
        POLARS,
        needs=_VECTORISED,
        count_option="--n",
        flags=_NO_BYTECODE,
        options=dict.fromkeys(_WITHOUT_W2, ("--batch", "50000")),
    ),
    Program(
        "peer r1",
        PEERS / "r1.py",
        _ALL,
        PYTHON,
        needs=("orjson",),
        count_option="--n",
        flags=_NO_BYTECODE,
        options={**dict.fromkeys(_WITHOUT_W2, ("--opt", "keep")), "w2": ("--opt", "rawkeep")},
    ),
    Program(
        "peer r1 rowseedkeep",
        PEERS / "r1.py",
        ("w3",),
        ROW_SEEDED,
        needs=("orjson",),
        count_option="--n",
        flags=_NO_BYTECODE,
        options={"w3": ("--opt", "rowseedkeep")},
    ),
)
