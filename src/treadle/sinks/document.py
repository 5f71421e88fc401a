"""A JSON document: `{"metadata": {...}, "examples": [...]}`, one example a line so that large ones can be read and compared."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, BinaryIO

from treadle.errors import UsageError
from treadle.sinks.base import BLOCK, Body, Format
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

_BETWEEN = b",\n"


class _Body(Body):
    r"""Parts hold `{...},\n` for each record; the document drops the last comma."""

    def __init__(self, file: Writable, plan: Plan) -> None:
        self._file, self._lines = file, JsonLines(plan.table)

    def write(self, records: NDArray[np.uint64], columns: Mapping[str, Column], canonical: memoryview | None) -> None:
        lines = self._lines.lines(columns, len(records)) if canonical is None else canonical
        self._file.write(bytes(lines).replace(b"\n", _BETWEEN))


class _Document(Format):
    name = "json"
    suffixes: tuple[str, ...] = (".json",)
    truth = "sidecar"
    appendable = False
    canonical = False

    def body(self, file: Writable, plan: Plan, options: Options) -> _Body:
        if options.folder:
            raise UsageError("format='json': a folder of shards holds jsonl, csv or parquet")
        return _Body(file, plan)

    def assemble(
        self, parts: Sequence[Path], file: BinaryIO, plan: Plan, metadata: Mapping[str, Any]
    ) -> None:  # JSON values
        written = json.dumps(metadata, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        file.write(f'{{\n  "metadata": {written},\n  "examples": [\n'.encode())
        begin = file.tell()
        for part in parts:
            with part.open("rb") as body:
                shutil.copyfileobj(body, file, BLOCK)
        if file.tell() > begin:
            file.seek(-len(_BETWEEN), 2)
            file.truncate()
        file.write(b"\n  ]\n}\n")


FORMAT = _Document()
