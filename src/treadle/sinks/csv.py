"""CSV by RFC 4180: a header, CRLF, quotes where needed; cells that a spreadsheet would run are neutralised unless asked for raw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.sinks.base import Body, Format
from treadle.sinks.lines import CsvLines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan
    from treadle.sinks.base import Options, Writable


class _Body(Body):
    def __init__(self, file: Writable, plan: Plan, options: Options) -> None:
        self._file, self._lines, self._options = file, CsvLines(plan.table, raw=options.raw_csv), options

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        self._file.write(self._lines.lines(columns, len(records)))
        self.neutralised = None if self._options.raw_csv else self._lines.neutralised
        for name, cells in self._lines.neutralised.items():
            self._options.neutralised[name] = self._options.neutralised.get(name, 0) + int(cells.sum())


class _Csv(Format):
    name = "csv"
    suffixes: tuple[str, ...] = (".csv",)
    truth = "sidecar"
    appendable = True
    canonical = False

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        if options.folder:
            file.write(self.header(plan))
        return _Body(file, plan, options)

    def header(self, plan: Plan) -> bytes:
        return header_of(plan.recipe.columns)


def header_of(columns: Sequence[str]) -> bytes:
    """Return the header line of a file."""
    return CsvLines.header(columns).encode()


FORMAT = _Csv()
