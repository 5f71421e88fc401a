"""JSON lines: one record a line, UTF-8, keys in the order of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from treadle.errors import UsageError
from treadle.sinks.lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan
    from treadle.sinks.base import Options, Writable


class _Body:
    def __init__(self, file: Writable, plan: Plan) -> None:
        self._file, self._lines = file, JsonLines(plan.table)

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        self._file.write(self._lines.lines(columns, len(records)) if canonical is None else canonical)

    def close(self) -> None:
        pass


class _Jsonl:
    name = "jsonl"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")
    truth = "inline"
    appendable = True
    canonical = True

    def shard_size(self, wanted: int, plan: Plan) -> int:
        return wanted

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        return _Body(file, plan)

    def header(self, plan: Plan) -> bytes:
        return b""

    def assemble(
        self, parts: Sequence[Path], file: BinaryIO, plan: Plan, metadata: Mapping[str, Any]
    ) -> None:  # JSON values
        raise UsageError("JSON lines are appended part by part")


FORMAT = _Jsonl()
