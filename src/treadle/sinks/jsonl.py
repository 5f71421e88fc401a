"""JSON lines: one record a line, UTF-8, keys in the order of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.sinks.base import Body, Format
from treadle.sinks.lines import JsonLines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan
    from treadle.sinks.base import Options, Writable


class _Body(Body):
    def __init__(self, file: Writable, plan: Plan) -> None:
        self._file, self._lines = file, JsonLines(plan.table)

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        self._file.write(self._lines.lines(columns, len(records)) if canonical is None else canonical)


class _Jsonl(Format):
    name = "jsonl"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")
    truth = "inline"
    appendable = True
    canonical = True

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        return _Body(file, plan)


FORMAT = _Jsonl()
