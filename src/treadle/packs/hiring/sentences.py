"""Sentences that bullets are made of: a verb in the tense of the text, and what follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from treadle.packs.hiring.data import table, tables
from treadle.packs.hiring.taxonomy import KINDS, TechSkillsTaxonomy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

BULLETS = {
    "tiny": (2, 1, 0, 0, 0, 0),
    "short": (3, 2, 1, 1, 0, 0),
    "medium": (5, 4, 2, 2, 1, 1),
    "long": (8, 6, 5, 3, 2, 2),
    "full": (13, 11, 9, 8, 6, 5),
}
"""Bullets of each job, latest first, by a résumé's length."""
TENSES = ("past", "gerund", "base")
"""Forms of a bullet's verb, columns of `verbs.tsv`."""
MOST_EVIDENCE = 47
"""Sentences of one kind of skill that are used: a prime, so that any stride through them meets each once."""


@dataclass(frozen=True)
class Sentences:
    """Every bullet: its verb and what follows, and where those of a role, and of a kind of skill, stand in the list."""

    verbs: tuple[str, ...]
    rests: tuple[str, ...]
    duty_first: Ints
    duty_count: Ints
    duty_count_junior: Ints
    evidence_first: Ints
    evidence_count: Ints

    @classmethod
    def of(cls, taxonomy: TechSkillsTaxonomy) -> Sentences:
        """Read duties, those of juniors before the others' in each role, and the evidence of skills."""
        rows = tables("duties")
        duties = [row for row in rows if "role" in row]
        evidence = [row for row in rows if "kind" in row]
        verbs: list[str] = []
        rests: list[str] = []
        first, count, junior = [], [], []
        for role in taxonomy.roles:
            own = sorted((row for row in duties if row["role"] == role), key=lambda row: bool(row.get("level")))
            first.append(len(rests))
            count.append(len(own))
            junior.append(sum(not row.get("level") for row in own))
            verbs += [row["verb"] for row in own]
            rests += [row["rest"] for row in own]
        starts, counts = [], []
        for kind in KINDS:
            for sector in ("tech", "service"):
                own = [row for row in evidence if row["kind"] == kind and row["sector"] in {sector, "any"}]
                starts.append(len(rests))
                counts.append(min(len(own), MOST_EVIDENCE))
                verbs += [row["verb"] for row in own]
                rests += [row["rest"] for row in own]
        arrays = [np.array(each, np.int64) for each in (first, count, junior, starts, counts)]
        return cls(tuple(verbs), tuple(rests), *arrays)

    def templates(self, *, duties: bool = False) -> dict[str, str]:
        """Return what follows the verb, by the sentence's number as text: of all, or of duties alone."""
        last = int(self.evidence_first[0]) if duties else len(self.rests)
        return {str(number): rest for number, rest in enumerate(self.rests[:last])}

    def verb_table(self) -> tuple[list[str], Ints]:
        """Return all verb forms with a capital, and the place of each sentence's, shape (n_sentences, n_tenses)."""
        forms = {row["base"]: row for row in table("verbs.tsv")}
        rows = [[forms[verb][tense][:1].upper() + forms[verb][tense][1:] for tense in TENSES] for verb in self.verbs]
        listed = list(dict.fromkeys(form for row in rows for form in row))
        place = {form: number for number, form in enumerate(listed)}
        return listed, np.array([[place[form] for form in row] for row in rows], np.int64)


def marked(line: str) -> dict[str, str]:
    """Return a line of a list behind each kind of mark; `prose` runs lines together."""
    marks = {"hyphen": "\n- ", "bullet": "\n• ", "asterisk": "\n* ", "dash": "\n\u2013 ", "none": "\n"}
    stop = "{if stops = yes}.{/if}"
    return {name: f"{mark}{line}{stop}" for name, mark in marks.items()} | {
        "prose": f"{{if place = 0}}\n{{else}} {{/if}}{line}."
    }
