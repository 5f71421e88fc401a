"""Résumé-job pairs written by a model: `SyntheticDataGenerator(batch_size=25).generate_dataset(total_records=1000)`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import treadle as td
from treadle.packs.hiring.targets import NAME

COLUMNS = ("name", "resume_text", "job_skill_text", "match_label", "bias_type")
DEFAULT_OUTPUT = "synthetic_resume_job_data.csv"


@dataclass(frozen=True)
class SyntheticDataGenerator:
    """Makes CSV datasets of name, résumé, job post, label and bias type, whose texts a model writes.

    `batch_size` is how many records one request asks for. `writer` is who writes: a spec such as `openai:gpt-4o-mini` (the key is
    in OPENAI_API_KEY), a `treadle.Writer` with an endpoint, a budget and so on, or `template` to write offline and for free. `bias`
    and `severity` are those of `treadle generate hiring`: the eight families of faults, evenly, unless `bias` says otherwise. The
    answer key stands beside the CSV, and `treadle clean` gives back what the writer wrote.
    """

    batch_size: int = 25
    writer: td.Writer | str = "openai:gpt-4o-mini"
    seed: int = 42
    bias: str = "balanced"
    severity: float | None = None

    def generate_dataset(
        self, total_records: int = 1000, output: str | Path = DEFAULT_OUTPUT, *, overwrite: bool = False
    ) -> Path:
        """Write a dataset and return its path; a call that was stopped goes on where it was when it is made again.

        Raises `UsageError` for settings that do not fit, and `RunError` where records failed or the budget was used up.
        """
        if not isinstance(total_records, int) or total_records < 0:
            raise td.UsageError(f"total_records={total_records!r}: expected an integer, 0 or more")
        path = Path(output)
        options = {"bias": self.bias} | ({} if self.severity is None else {"severity": str(self.severity)})
        dataset = td.generate(NAME, count=total_records, seed=self.seed, columns=COLUMNS, options=options)
        dataset.write(path, writer=self._writer(), overwrite=overwrite)
        return path

    def _writer(self) -> td.Writer | None:
        writer = td.Writer(self.writer) if isinstance(self.writer, str) else self.writer
        if writer.spec == "template":
            return None
        return replace(writer, records_per_call=writer.records_per_call or self.batch_size)
