"""Vocabularies: lists of entries from Python, from files, or from another recipe's field.

Entries are text in NFC, or integers of 64 bits. A file is a plain list (`.txt` or no suffix, one entry a line, `#` begins a comment
line), or a table with named columns (`.csv`, `.tsv`, `.json`, `.jsonl`, `.parquet`); a column `weight` holds weights where there is
one. An entry that a file has several times counts once, with its weights added up.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.draw import LIMIT
from treadle.errors import VocabularyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treadle.recipe import Recipe

_HALF = re.compile("[\ud800-\udfff]")
Entry = str | int
Weight = int | float | str | Fraction | Decimal


@dataclass(frozen=True)
class Vocabulary:
    """Entries with optional integer weights; `source` and `sha256` tell where a file's entries came from.

    `forms` are other ways of writing the entries, each under its name: one text an entry. One with a field `by` has a part for each
    of its values (the value, the part's first entry and their number), from which slots of templates draw: see `parted`.
    """

    entries: tuple[Entry, ...]
    weights: tuple[int, ...] | None = None
    source: str = ""
    sha256: str = field(default="", compare=False)
    forms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    by: str = ""
    parts: tuple[tuple[str, int, int], ...] = ()

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.entries)

    @property
    def integers(self) -> tuple[int, ...] | None:
        """The entries where they are integers, None where they are texts."""
        if self.entries and isinstance(self.entries[0], str):
            return None
        return tuple(entry for entry in self.entries if isinstance(entry, int)) or None

    def texts(self) -> list[str]:
        """Return every entry as text."""
        return list(map(str, self.entries))

    def in_forms_of(self, other: Vocabulary) -> Vocabulary:
        """Return these entries with the forms of another vocabulary, as it writes those that it holds too."""
        forms = {name: dict(zip(other.entries, written, strict=True)) for name, written in other.forms}
        written = {name: tuple(form.get(entry, str(entry)) for entry in self.entries) for name, form in forms.items()}
        return replace(self, forms=tuple({**written, **dict(self.forms)}.items()))

    def repeated(self) -> Entry | None:
        """Return an entry that is there more than once, None where there is none."""
        return next((entry for entry, count in Counter(self.entries).items() if count > 1), None)


def vocabulary(
    entries: Iterable[Entry] | Mapping[str, Weight] | Mapping[int, Weight] | Vocabulary,
    weights: Sequence[Weight] | None = None,
    *,
    forms: Mapping[str, Mapping[Any, str]] | None = None,
    source: str = "",
) -> Vocabulary:
    """Make a vocabulary of texts or integers; a mapping gives each entry its weight.

    `forms` names other ways of writing entries: with `forms={"short": {"JavaScript": "JS"}}` a template's `{skill|as(short)}`
    writes JS, and its span still says JavaScript. An entry without such a form is written as it is.

    Raises `VocabularyError` where the list is empty, an entry is neither text nor an integer, or weights do not fit.
    """
    if isinstance(entries, Vocabulary):
        return replace(entries, forms=(*entries.forms, *_forms(forms, entries.entries))) if forms else entries
    if isinstance(entries, str):
        raise VocabularyError(f"entries={entries!r}: expected a list of entries, got one text; write [{entries!r}]")
    if isinstance(entries, Mapping):
        weights = list(entries.values())
    kept = _kept(tuple(entries))
    if not kept:
        raise VocabularyError(f"the vocabulary {source or 'given'} is empty: expected at least one entry")
    if len({type(entry) for entry in kept}) > 1:
        raise VocabularyError("a vocabulary holds texts or integers, not both: quote the numbers")
    reduced = integer_weights(weights, len(kept)) if weights is not None else None
    return Vocabulary(kept, reduced, source, forms=_forms(forms or {}, kept))


def parted(
    by: str,
    cases: Mapping[str, Sequence[str]],
    part: tuple[int, int] = (0, 1),
    *,
    forms: Mapping[str, Mapping[Any, str]] | None = None,
) -> Vocabulary:
    """Make a vocabulary with a list for each value of a field: a template's slot draws from that of the record's value.

    `part=(2, 4)` draws from the third quarter of each list alone, so that slots of several such vocabularies share no entry. Raises
    `VocabularyError` for an empty list or part.
    """
    number, of = part
    entries: list[str] = []
    parts: list[tuple[str, int, int]] = []
    for value, listed in cases.items():
        low, high = number * len(listed) // of, (number + 1) * len(listed) // of
        if low == high:
            raise VocabularyError(
                f"the list of {by}={value!r} has no entry in part {part}: expected at least {of} entries"
            )
        parts.append((str(value), len(entries) + low, high - low))
        entries += listed
    made = vocabulary(entries)
    return replace(made, by=by, parts=tuple(parts), forms=_forms(forms or {}, made.entries))


def _forms(
    forms: Mapping[str, Mapping[Any, str]], entries: tuple[Entry, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _written(name, form, entries)) for name, form in forms.items())


def _written(name: str, form: Mapping[Any, str], entries: tuple[Entry, ...]) -> tuple[str, ...]:
    known, made = set(entries), {_entry(entry): _entry(text) for entry, text in form.items()}
    for entry, text in made.items():
        if entry not in known:
            raise VocabularyError(f"forms={name!r}: {entry!r} is no entry of the vocabulary")
        if not isinstance(text, str):
            raise VocabularyError(f"forms={name!r}: expected a text for {entry!r}, got {text!r}")
    return tuple(str(made.get(entry, entry)) for entry in entries)


def read_vocabulary(path: str | Path, column: str | None = None) -> Vocabulary:
    """Read a vocabulary from a file; `column` names the column of a table (or write `FILE#COLUMN`).

    Without it the column `value`, or the only one beside `weight`, is taken. Raises `VocabularyError` where the file cannot be
    read, is not UTF-8, has no such column, or is empty.
    """
    name, named = file_and_column(path)
    column, file = column or named or None, Path(name)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise VocabularyError(f"{file}: cannot be read ({error.strerror}); expected a word list") from error
    rows = _rows(file, data)
    if rows and isinstance(rows[0], dict):
        entries, weights = _column(file, rows, column)
    elif rows and column is not None:
        raise VocabularyError(f"{file}: column={column!r} asked for, and this file is a plain list without columns")
    else:
        entries, weights = rows, None
    if not entries:
        raise VocabularyError(f"{file}: the list is empty; expected at least one entry")
    try:
        made = vocabulary(*_once(entries, weights), source=file.name)
    except VocabularyError as error:
        raise VocabularyError(f"{file}: {error}") from error
    return Vocabulary(made.entries, made.weights, file.name, hashlib.sha256(data).hexdigest())


def file_and_column(path: str | Path) -> tuple[str, str]:
    """Split `FILE#COLUMN`; a file whose own name holds `#` is found as it is."""
    file, _, column = ("", "", "") if Path(path).is_file() else str(path).rpartition("#")
    return (file, column) if file else (str(path), "")


def values_of(recipe: Recipe, name: str, *, count: int = 1000, seed: int = 42) -> Vocabulary:
    """Make a vocabulary of the different values that a field of another recipe takes in its first `count` records."""
    from treadle.dataset import generate  # noqa: PLC0415  # a vocabulary is below the engine; only this door leads up

    values = generate(recipe, count=count, seed=seed, columns=[name]).to_arrow().column(name).to_pylist()
    return vocabulary(
        list(dict.fromkeys(value for value in values if value is not None)), source=f"{recipe.name}.{name}"
    )


def integer_weights(weights: Sequence[Weight], count: int | None = None) -> tuple[int, ...]:
    """Reduce weights to integers without a common divisor; 0.1 means one tenth, exactly.

    Raises `VocabularyError` for a negative weight, a sum of zero, a sum above 2**32, or too many or few of them.
    """
    if count is not None and len(weights) != count:
        raise VocabularyError(f"expected {count} weights, one an entry, got {len(weights)}")
    if len(weights) and all(weight == 1 for weight in weights):
        return (1,) * len(weights)  # what most lists have
    exact = [weight if type(weight) is int else _fraction(weight) for weight in weights]
    scale = lcm(*(weight.denominator for weight in exact))
    whole = [weight.numerator * (scale // weight.denominator) for weight in exact]
    if min(whole, default=0) < 0:
        raise VocabularyError(f"weights={_shown(weights)}: expected no negative weight")
    if not sum(whole):
        raise VocabularyError(f"weights={_shown(weights)}: they sum to zero; give at least one entry a weight above 0")
    divisor = gcd(*whole)
    reduced = tuple(weight // divisor for weight in whole)
    if sum(reduced) > LIMIT:
        raise VocabularyError(
            f"weights={_shown(weights)}: their sum as integers, {sum(reduced)}, overflows 2**32; round them"
        )
    return reduced


def _once(entries: list[Any], weights: list[Any] | None) -> tuple[list[Entry], list[Fraction] | None]:  # checked here
    """Return each entry once, in the order in which they are first met, and the sums of their weights."""
    if weights is None:
        return list(dict.fromkeys(map(_entry, entries))), None
    total: dict[Entry, Fraction] = {}
    for entry, weight in zip(map(_entry, entries), weights, strict=True):
        total[entry] = total.get(entry, Fraction(0)) + _fraction(weight)
    return list(total), list(total.values())


def _shown(weights: Sequence[Weight]) -> str:
    shown = ", ".join(str(weight) for weight in list(weights)[:6])
    return f"[{shown}{', ...' if len(weights) > 6 else ''}]"


def _fraction(weight: Weight) -> Fraction:
    try:
        return Fraction(Decimal(repr(weight)) if isinstance(weight, float) else weight)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise VocabularyError(f"weight={weight!r}: expected a finite number") from error


def _kept(entries: tuple[Any, ...]) -> tuple[Entry, ...]:  # a user's list may hold anything
    """Return entries as `_entry` does; most lists are texts that are kept as they are, which is seen of all at once."""
    if {*map(type, entries)} == {str}:
        text = "\n".join(entries)
        if text.isascii() or (unicodedata.is_normalized("NFC", text) and not _HALF.search(text)):
            return entries
    return tuple(map(_entry, entries))


def _entry(entry: Any) -> Entry:  # noqa: ANN401  # a user's list may hold anything; this is where it is checked
    if isinstance(entry, bool) or not isinstance(entry, str | int):
        raise VocabularyError(f"entry={entry!r}: expected text or an integer, got {type(entry).__name__}")
    if isinstance(entry, int):
        if not -(1 << 63) <= entry < 1 << 63:
            raise VocabularyError(f"entry={entry}: expected an integer that 64 bits hold")
        return entry
    if entry.isascii():
        return entry
    if _HALF.search(entry):
        raise VocabularyError(f"entry={entry!a}: holds half a character, which no file can hold: write the whole one")
    return unicodedata.normalize("NFC", entry)


def _rows(file: Path, data: bytes) -> list[Any]:  # what a file holds
    """Parse a file into dicts (a table) or entries (a list)."""
    if file.suffix == ".parquet":
        import pyarrow.parquet as pq  # noqa: PLC0415  # slow to import and needed for one suffix
        from pyarrow import ArrowException  # noqa: PLC0415  # as above

        try:
            return list(pq.read_table(io.BytesIO(data)).to_pylist())
        except (ArrowException, OSError) as error:
            raise VocabularyError(f"{file}: is not a Parquet file ({error})") from error
    text = _decoded(file, data)
    if file.suffix in {".csv", ".tsv"}:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="," if file.suffix == ".csv" else "\t")
        try:
            return list(reader)
        except csv.Error as error:
            raise VocabularyError(f"{file}:{reader.line_num + 1}: is not a table ({error})") from error
    if file.suffix in {".json", ".jsonl"}:
        return _json_rows(file, text)
    lines = [line.strip() for line in io.StringIO(text, newline=None)]
    return [line for line in lines if line and not line.startswith("#")]


def _decoded(file: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise VocabularyError(f"{file}:{line}: byte {error.start} is not UTF-8; save the file as UTF-8") from error


def _json_rows(file: Path, text: str) -> list[Any]:  # as above
    try:
        loaded = (
            [json.loads(line) for line in text.split("\n") if line.strip()]
            if file.suffix == ".jsonl"
            else json.loads(text)
        )
    except json.JSONDecodeError as error:
        raise VocabularyError(f"{file}:{error.lineno}:{error.colno}: is not JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:
        raise VocabularyError(f"{file}: is not JSON that can be read ({error})") from error
    if isinstance(loaded, dict):
        lists = [value for value in loaded.values() if isinstance(value, list)]
        loaded = (
            lists[0] if len(lists) == 1 else loaded
        )  # {"3166-1": [...]}: one list under a name, maybe beside remarks
    if isinstance(loaded, dict):
        loaded = [{"value": key, **value} if isinstance(value, dict) else key for key, value in loaded.items()]
    if not isinstance(loaded, list) or len({isinstance(row, dict) for row in loaded}) > 1:
        raise VocabularyError(f"{file}: expected a JSON list of entries, or of objects with one column each")
    return loaded


def _column(
    file: Path, rows: list[dict[str, Any]], column: str | None
) -> tuple[list[Any], list[Any] | None]:  # as above
    names = list(dict.fromkeys(name for row in rows for name in row if name is not None))
    plain = [name for name in names if name != "weight"]
    chosen = column or ("value" if "value" in names else plain[0] if len(plain) == 1 else None)
    if chosen is None or chosen not in names:
        asked = f"column={column!r} is not there" if column else "say which column to take"
        raise VocabularyError(
            f"{file}: {asked}; its columns are {', '.join(names)}; write {file}#{plain[0] if plain else 'COLUMN'}"
        )
    kept = [row for row in rows if row.get(chosen) not in (None, "")]
    weights = [row["weight"] for row in kept] if "weight" in names and chosen != "weight" else None
    return [row[chosen] for row in kept], weights
