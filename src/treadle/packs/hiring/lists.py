"""A user's own lists in the place of the pack's: skills, roles, companies, names."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import treadle as td
from treadle.packs.hiring.people import mail_form
from treadle.packs.hiring.taxonomy import KINDS, LEVELS, Role, Skill, TechSkillsTaxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LISTS = {
    "skills": "skills to use alone (with --jobs: beside the taxonomy's); columns skill, kind, category, aliases (a|b), roles (a|b)",
    "roles": "roles to use alone; columns weight, and for roles of your own skills (a|b) and like (a role)",
    "companies": "employers in the place of invented ones",
    "names": "people's names: columns given, family and gender (f, m), or a column name",
}
"""The lists of their own that a user can bring with `--vocab NAME=FILE`."""
LARGEST = 64 << 20
"""Bytes of a list at most."""
FEWEST = {"skills": 8, "companies": 30, "names": 2}
"""Entries that a list must have, each role of the skills; companies are divided among three splits."""
FEWEST_REQUIRED, FEWEST_PREFERRED = 5, 2
"""Skills that a role must require, and prefer, at each level."""
WIDEST = 26
NEW = (3, 2)
"""How much a role requires and prefers a skill that the taxonomy does not know."""
KEPT = frozenset({"weight", "kind", "category", "aliases", "roles", "skills", "like"})
"""Columns that count beside the one that a user names."""
DECIDED = {
    "skills": ("skill", "name", "value"),
    "companies": ("company", "name", "value"),
    "roles": ("role", "name", "value"),
}
"""The columns that the entries of a table are looked for in."""


@dataclass(frozen=True)
class OwnList:
    """A list as it was read: its rows by column (`value` for a plain list), and what the manifest says of its file."""

    name: str
    path: str
    rows: list[dict[str, str]]
    intake: td.Intake

    def entries(self) -> list[str]:
        """Return the entries of its main column, each once; raises `UsageError` where it has none."""
        column = self.column()
        return list(dict.fromkeys(row[column] for row in self.rows if row[column]))

    def column(self) -> str:
        """Return the main column."""
        columns = list(self.rows[0])
        found = next((each for each in DECIDED[self.name] if each in columns), columns[0] if len(columns) == 1 else "")
        if not found:
            raise self.wrong(
                f"no column {DECIDED[self.name][0]!r}: its columns are {', '.join(columns)}; name one with FILE#COLUMN"
            )
        return found

    def wrong(self, told: str) -> td.UsageError:
        """Word what is wrong with the list."""
        return td.UsageError(f"{self.name}={self.path!r}: {told}")


def read_list(name: str, given: str) -> OwnList:
    """Read a list: plain lines, or a table (.csv .tsv .jsonl .json); `FILE#COLUMN` names its main column."""
    path, _, column = (
        (given, "", "") if Path(given).is_file() else given.rpartition("#") if "#" in given else (given, "", "")
    )
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise td.UsageError(
                f"{name}={given!r}: holds {file.stat().st_size:,} bytes: expected a list of at most {LARGEST:,}"
            )
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise td.UsageError(f"{name}={given!r}: cannot be read ({error.strerror}); expected a list") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise td.UsageError(f"{name}={given!r}: line {line} is not UTF-8; save the file as UTF-8") from error
    try:
        rows = [_plain(row) for row in _rows(file, text)]
    except (ValueError, csv.Error, RecursionError) as error:
        raise td.UsageError(f"{name}={given!r}: cannot be read as {file.suffix[1:] or 'text'} ({error})") from error
    rows = [row for row in rows if any(row.values())]
    if not rows:
        raise td.UsageError(f"{name}={given!r}: the list is empty: expected at least one entry")
    if column and column not in rows[0]:
        raise td.UsageError(f"{name}={given!r}: no column {column!r}: its columns are {', '.join(rows[0])}")
    if column:
        rows = [
            {
                "value": row[column],
                **{key: cell for key, cell in row.items() if key in KEPT},
            }
            for row in rows
        ]
    intake = td.Intake(name, file.name, hashlib.sha256(data).hexdigest(), {"read": len(rows)})
    return OwnList(name, given, rows, intake)


def _rows(file: Path, text: str) -> Iterable[Mapping[str, Any]]:  # JSON values
    suffix = file.suffix.lower()
    if suffix in {".csv", ".tsv"}:
        lines = [line for line in io.StringIO(text, newline="") if not line.startswith("#")]
        return list(csv.DictReader(lines, delimiter="," if suffix == ".csv" else "\t"))
    if suffix in {".json", ".jsonl"}:
        found = (
            json.loads(text) if suffix == ".json" else [json.loads(line) for line in text.split("\n") if line.strip()]
        )
        if not isinstance(found, list):
            raise ValueError("expected a JSON list")
        return [each if isinstance(each, dict) else {"value": each} for each in found]
    if suffix == ".parquet":
        raise ValueError("expected .txt, .csv, .tsv, .json or .jsonl")
    return [{"value": line} for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def _plain(row: Mapping[str, Any]) -> dict[str, str]:  # JSON values
    cells = {
        str(key).strip(): "|".join(map(str, cell)) if isinstance(cell, list) else str(cell or "")
        for key, cell in row.items()
        if key is not None
    }
    return {key: " ".join(cell.split()) for key, cell in cells.items()}


def companies_of(own: OwnList) -> tuple[str, ...]:
    """Return a user's employers; raises `UsageError` for fewer than can be divided among the splits."""
    found = own.entries()
    if len(found) < FEWEST["companies"]:
        raise own.wrong(
            f"holds {len(found)} companies: expected at least {FEWEST['companies']}, since they are divided among three splits"
        )
    return tuple(found)


def names_of(own: OwnList) -> tuple[tuple[str, str, str], ...]:
    """Return a user's names as (part, name, gender), `-` for either; raises `UsageError` for those that cannot be used."""
    columns = list(own.rows[0])
    parts: list[tuple[str, str, str]] = []
    for row in own.rows:
        gender = row.get("gender", "").lower()[:1]
        gender = gender if gender in {"f", "m"} else "-"
        if {"given", "family"} <= set(columns):
            given, family = row["given"], row["family"]
        else:
            whole = next(
                (row[each] for each in ("name", "value") if each in row), row[columns[0]] if len(columns) == 1 else ""
            )
            if not whole:
                raise own.wrong(f"no columns 'given' and 'family', nor 'name': its columns are {', '.join(columns)}")
            given, _, family = whole.rpartition(" ")
        if not (given and family):
            raise own.wrong(f"name {f'{given} {family}'.strip()!r}: expected a given name and a family name")
        for name in (given, family):
            if not mail_form(name):
                raise own.wrong(f"name {name!r}: has no Latin letters to make an e-mail address of; write it in these")
        parts += [("given", given, gender), ("family", family, "-")]
    found = tuple(dict.fromkeys(parts))
    for gender in ("f", "m"):
        if sum(part == "given" and each in {gender, "-"} for part, _, each in found) < FEWEST["names"]:
            raise own.wrong(
                f"fewer than {FEWEST['names']} given names for gender {gender}: leave the column gender out, or add some"
            )
    return found


def roles_of(own: OwnList, taxonomy: TechSkillsTaxonomy) -> dict[str, float]:
    """Return the shares of a user's roles, all of which the taxonomy knows: see `own_roles.with_own_roles`."""
    lower = {name.lower(): name for name in taxonomy.roles}
    column, weights = own.column(), dict[str, float]()
    for row in own.rows:
        name = lower[row[column].lower()]
        try:
            weights[name] = weights.get(name, 0.0) + float(row.get("weight") or 1)
        except ValueError as error:
            raise own.wrong(f"weight={row['weight']!r}: expected a number") from error
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise own.wrong("weights: expected none below 0, and one above it")
    return {name: weight / total for name, weight in weights.items()}


def taxonomy_of(own: OwnList, taxonomy: TechSkillsTaxonomy) -> tuple[TechSkillsTaxonomy, list[str]]:
    """Return a taxonomy some of whose roles know a user's skills alone, and the names of these roles.

    Skills that the taxonomy knows stay as they are, by whatever alias they are listed; a new one goes to the roles that its column
    `roles` names, or to every role that is left. Raises `UsageError` where no role is left with enough skills.
    """
    listed, wanted, new = _sorted(own, taxonomy)
    narrowed = {role.name: _narrowed(role, listed, wanted) for role in taxonomy.roles.values()}
    left = [name for name, role in narrowed.items() if _enough(role)]
    if not left:
        best = max(narrowed.values(), key=lambda role: len(role.skills))
        raise own.wrong(
            f"no role is left: a role needs {FEWEST['skills']} of its skills, {FEWEST_REQUIRED} of them required at each level; "
            f"the nearest, {best.name!r}, has {len(best.skills)}: add skills, or a column roles"
        )
    roles = [
        replace(narrowed[name], near=tuple(each for each in role.near if each in left)) if name in left else role
        for name, role in taxonomy.roles.items()
    ]
    return extended(own, taxonomy, new, roles), left


def with_new_skills(own: OwnList, taxonomy: TechSkillsTaxonomy) -> TechSkillsTaxonomy:
    """Return a taxonomy that knows a user's skills beside its own."""
    return extended(own, taxonomy, _sorted(own, taxonomy)[2], list(taxonomy.roles.values()))


def extended(
    own: OwnList, taxonomy: TechSkillsTaxonomy, new: Sequence[Skill], roles: Sequence[Role]
) -> TechSkillsTaxonomy:
    """Return a taxonomy with more skills, and other roles; raises `UsageError` where an alias is another skill's."""
    before = set(taxonomy.problems())
    made = TechSkillsTaxonomy([*taxonomy.skills.values(), *new], roles)
    problems = [each for each in made.problems() if each not in before]
    if problems:
        raise own.wrong(problems[0])
    return made


def _sorted(own: OwnList, taxonomy: TechSkillsTaxonomy) -> tuple[set[str], dict[str, list[str]], list[Skill]]:
    """Return the names of all skills listed, the roles named for each that is new, and the new ones."""
    column, by_lower = own.column(), {alias.lower(): name for alias, name in taxonomy.by_alias.items()}
    listed: set[str] = set()
    wanted: dict[str, list[str]] = {}
    new: list[Skill] = []
    for row in own.rows:
        name = taxonomy.by_alias.get(row[column]) or by_lower.get(row[column].lower()) or row[column]
        if not name or name in listed:
            continue
        listed.add(name)
        if name not in taxonomy.skills:
            aliases = tuple(each.strip() for each in row.get("aliases", "").split("|") if each.strip())
            taken = next((each for each in aliases if each in taxonomy.by_alias), "")
            if taken:
                raise own.wrong(
                    f"alias {taken!r} of {name!r} is already that of {taxonomy.by_alias[taken]!r}: leave it out"
                )
            new.append(_new(own, row, name, aliases))
            wanted[name] = [each.strip() for each in row.get("roles", "").split("|") if each.strip()]
            stray = [each for each in wanted[name] if each not in taxonomy.roles]
            if stray:
                raise own.wrong(f"role {stray[0]!r} is none of the taxonomy: {_nearest(stray[0], taxonomy.roles)}")
    return listed, wanted, new


def _new(own: OwnList, row: Mapping[str, str], name: str, aliases: tuple[str, ...]) -> Skill:
    kind = row.get("kind", "") or "tool"
    if kind not in KINDS:
        raise own.wrong(f"kind={kind!r} of {name!r}: expected one of {', '.join(KINDS)}")
    return Skill(name, row.get("category", "") or "tool", kind, aliases)


def _narrowed(role: Role, kept: set[str], wanted: Mapping[str, Sequence[str]]) -> Role:
    """Return a role with those of its skills that are kept, and the new ones that are for it."""
    places = [place for place, name in enumerate(role.skills) if name in kept]
    own = [
        name for name, roles in wanted.items() if role.name in roles or (not roles and len(places) >= FEWEST_REQUIRED)
    ]
    places = places[: max(0, WIDEST - len(own))]
    own = own[: WIDEST - len(places)]
    return replace(
        role,
        skills=(*(role.skills[place] for place in places), *own),
        required=(*(role.required[place] for place in places), *((NEW[0],) * len(LEVELS) for _ in own)),
        preferred=(*(role.preferred[place] for place in places), *((NEW[1],) * len(LEVELS) for _ in own)),
    )


def _enough(role: Role) -> bool:
    levels = range(len(LEVELS))
    hard = len(role.skills) >= FEWEST["skills"]
    return hard and all(
        sum(weights[level] > 0 for weights in role.required) >= FEWEST_REQUIRED
        and sum(weights[level] > 0 for weights in role.preferred) >= FEWEST_PREFERRED
        for level in levels
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 3)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else "treadle describe hiring lists those there are"
