"""Plain text: one text column, a record a line (or as many lines as its text has), nothing quoted or escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.columns import Rewritten
from treadle.errors import UsageError
from treadle.held import printed
from treadle.pieces import PLAIN
from treadle.sinks.base import Body, Format
from treadle.sinks.lines import LineWriter, present

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from treadle.columns import Column
    from treadle.plan import Plan
    from treadle.sinks.base import Options, Writable


class _Body(Body):
    def __init__(self, file: Writable, plan: Plan) -> None:
        if len(plan.recipe.columns) != 1 or plan.types[plan.recipe.columns[0]].kind in {"list", "children"}:
            raise UsageError(
                f"columns={','.join(plan.recipe.columns)!r}: a plain text file holds one column of texts or numbers: name it with "
                "--columns"
            )
        self._file, self._lines = file, LineWriter(plan.table, PLAIN)

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        self._file.write(plain(self._lines, next(iter(columns.values())), len(records)))


def plain(writer: LineWriter, column: Column, rows: int) -> memoryview:
    """Return a column as lines; a record whose value is absent has none."""
    if isinstance(column, Rewritten):
        return writer.write(writer.lay([column, "\n"], rows))
    shown = printed(column)
    if column.valid is None or column.valid.all():
        return writer.write(writer.lay([shown, "\n"], rows))
    return writer.write(writer.lay([present(shown, column.valid), writer.either(column.valid, "\n", "")], rows))


class _Text(Format):
    name = "text"
    suffixes: tuple[str, ...] = (".log", ".txt")
    truth = "none"
    appendable = True
    canonical = True

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        return _Body(file, plan)


FORMAT = _Text()
