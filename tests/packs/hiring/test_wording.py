"""How the texts read: no slips of grammar or layout, nothing said twice, and hardly a sentence that many texts share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

import treadle as td
from treadle.packs.hiring.data import grammars, table, tables
from treadle.packs.hiring.recipe import hiring, recipe
from treadle.packs.hiring.settings import Settings

COUNT, SOME = 2_000, 500
TEXTS = ("resume_text", "job_skill_text")
LEAST_VARIED = {"resume_text": 0.35, "job_skill_text": 0.30}
"""Different word pairs over all word pairs, words being what stands between blanks."""
LONG_SENTENCE, LONGEST_TITLE = 5, 7
"""Words."""
SLIPS = {
    name: re.compile(pattern, re.MULTILINE)
    for name, pattern in {
        "a before a vowel": r"\b[Aa] (?:[aei][a-z]+|o(?!ne\b|ne-|nce)[a-z]+|u(?!ni|s[aeu]|ti|k)[a-z]+)\b",
        "an before a consonant": r"\b[Aa]n (?!der )(?:[bcdfgjkpqtvwyz][a-z]+|uni|use|one\b)",
        "a number of years": r"\b(?:0|1) years\b|\b1 (?:weeks|months|days|hours)\b",
        "two stops": r"[,;:.!?] ?[,;]|\.\.|\?\.|!\.",
        "a blank before a stop": r"\w [,;.!?](?:\s|$)",
        "a blank at an end": r"[ \t]$",
        "three line ends": r"\n\n\n",
        "a line end at the end": r"\n\Z",
        "a small letter after a stop": r"[a-z]{3}\. [a-z]+(?![a-z]*[-@.])\b",
        "a time twice": r"\b(?:a|per|each|every) (?:week|month|year) (?:a|per|each|every) (?:week|month|year)\b",
        "two articles": r"\b(?:the|an?) (?:the|an?)\b",
        "an empty bracket": r"\(\s*\)",
        "markup of templates": r"[{}\\]",
        "every in plural": r"\beach (?:[2-9]|two|three|four|five|six|seven|eight|nine) (?:weeks|months|years)\b",
        "work with its skill": r"\bpractice practice\b|\bwork work\b|\bskills skills\b",
    }.items()
}
"""What no text may hold; what `ALLOWED` finds counts as a word."""
ALLOWED = re.compile(
    r"\bB\.(?:A|S|Sc|Ed|Com|Eng|Tech)\. |\b[AM]\.[A-Z][a-z]*\. |[A-Z][a-z]*\.(?=,)|p\.m\."
    r"|\bAdministration|Cortex-A\b|\w+'an\b|\w*\.(?:NET|io|js)\b"
)


@pytest.fixture(scope="module")
def texts():
    """Return texts of each side."""
    rows = td.generate(recipe, count=COUNT, columns=TEXTS, truth=False).to_arrow()
    return {name: rows[name].to_pylist() for name in TEXTS}


@pytest.fixture(scope="module")
def plain(texts):
    """Return some texts of each side with a word in the place of what `ALLOWED` finds."""
    return {side: ALLOWED.sub("It", "\0".join(texts[side][:SOME])).split("\0") for side in TEXTS}


@pytest.mark.parametrize("side", TEXTS)
@pytest.mark.parametrize("slip", SLIPS)
def test_texts_are_free_of(plain, side, slip):
    found = [match.group() for text in plain[side] for match in SLIPS[slip].finditer(text)]
    assert not found, Counter(found).most_common(5)


@pytest.mark.parametrize("side", TEXTS)
def test_no_section_is_empty(texts, side):
    """Behind a heading, which stands alone in its line after an empty one, comes a line."""
    for text in texts[side]:
        parts = text.split("\n\n")
        assert all(part.strip() for part in parts), text
        assert not re.search(r"^(?:#+|--+|==|\*\*) ?[^\n]+\Z", parts[-1]), text


@pytest.mark.parametrize("side", TEXTS)
def test_no_text_says_a_sentence_twice(texts, side):
    for text in texts[side]:
        said = Counter(sentence for sentence in sentences(text) if len(sentence.split()) > LONGEST_TITLE)
        assert not said or max(said.values()) == 1, said.most_common(2)


@pytest.mark.parametrize("side", TEXTS)
def test_hardly_a_sentence_is_shared(texts, side):
    """None of five words or more stands in more than a hundredth of the texts."""
    held = Counter(
        sentence
        for text in texts[side]
        for sentence in {each for each in sentences(text) if len(each.split()) >= LONG_SENTENCE}
    )
    assert held.most_common(1)[0][1] <= len(texts[side]) / 100, held.most_common(3)


@pytest.mark.parametrize("side", TEXTS)
def test_texts_are_varied(texts, side):
    pairs = Counter(pair for text in texts[side] for pair in pairwise(text.lower().split()))
    assert len(pairs) / pairs.total() >= LEAST_VARIED[side]


@pytest.mark.parametrize("side", ["resume", "job"])
def test_headings_are_short_and_families_many(side):
    """No heading is as long as a sentence; there are sixty families and eight layouts at least."""
    for row in table(f"headings_{side}.tsv"):
        for heading in row.values():
            assert len(re.findall(r"\w[\w']*", heading)) < LONG_SENTENCE, heading
    families = table(f"families_{side}.tsv")
    assert len(families) >= 60
    assert len({row["layout"] for row in families}) >= 8


MARKED = re.compile(r"^(?:(\d+)|([IVX]+)|([A-L]))\. [A-Z][^.\n]*$", re.MULTILINE)
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@pytest.mark.parametrize("side", TEXTS)
def test_sections_are_counted_without_gaps(side):
    """Where headings are counted, they run from one to the last, whatever sections a text has."""
    family = {"resume_text": "resume_family", "job_skill_text": "job_family"}[side]
    prefix = {"resume_text": "resume", "job_skill_text": "job"}[side]
    counted = {row["style"]: row["number"] for row in table(f"headings_{prefix}.tsv") if row["number"]}
    style_of = {row["family"]: row["headings"] for row in table(f"families_{prefix}.tsv")}
    full = replace(recipe, columns=(family, side))
    seen = set()
    for row in td.generate(full, count=COUNT, truth=False):
        mark = counted.get(style_of[row[family]])
        if mark:
            found = [next(filter(None, match.groups())) for match in MARKED.finditer(row[side])]
            wanted = {"1.": [str(n) for n in range(1, 13)], "I.": list(ROMAN), "A.": list("ABCDEFGHIJKL")}[mark]
            assert found == wanted[: len(found)], row[side]
            assert len(found) >= 3
            seen.add(mark)
    assert seen == set(counted.values())


@pytest.mark.parametrize("side", ["resume", "job"])
def test_no_heading_is_for_executives_alone(side):
    headings = [heading for row in table(f"headings_{side}.tsv") for heading in row.values()]
    assert not [heading for heading in headings if re.search(r"\b(?:Executive|Leadership|Board)\b", heading)]


def test_nothing_stands_between_wide_gaps(texts):
    """No three blanks in a row: they are hard to read as a separator."""
    for side in TEXTS:
        assert not [text for text in texts[side] if "   " in text]


def test_degrees_are_named_as_where_people_live():
    """No Higher National Diploma in the United States, and no Associate of Science elsewhere."""
    style = {row["country"]: row["style"] for row in table("degree_styles.tsv")}
    abroad = {
        "british": re.compile(r"\bHND\b|Higher National|Foundation Degree"),
        "american": re.compile(r"\bA\.?A?\.?S\.? |Associate of (?:Arts|Science|Applied)"),
    }
    full = replace(recipe, columns=("home", "education"))
    seen = Counter()
    for row in td.generate(full, count=COUNT, truth=False):
        for named, pattern in abroad.items():
            if pattern.search(row["education"]):
                seen[named] += 1
                assert style.get(row["home"]) == named, row
    assert set(seen) == set(abroad)


def test_nobody_answers_emergency_calls_from_home():
    full = td.generate(
        hiring(Settings(roles={"emergency dispatcher": 0.5, "registered nurse": 0.5})),
        count=SOME,
        columns=TEXTS,
        truth=False,
    )
    away = re.compile(
        r"\bhybrid\b|\bremote (?:role|job|position|team|within)|\bremotely\b|days from home", re.IGNORECASE
    )
    assert not [row["job_skill_text"] for row in full if away.search(row["job_skill_text"])]


def test_duties_name_no_town():
    """Towns stand where people and employers are, never before the thing that was worked on."""
    rules = [row["rest"] for row in tables("duties")]
    assert not [rest for rest in rules if re.search(r"\{(?:\w+_)?(?:town|place|site|city)\b", rest)]
    phrases = [path.read_text("utf-8") for path in grammars() if path.stem not in {"job", "resume", "shared"}]
    assert not [text for text in phrases if re.search(r"\{(?:\w+_)?(?:town|place|site|city)\b", text)]


def sentences(text: str) -> list[str]:
    """Return the lines and sentences of a text without their marks."""
    return [part.strip(" -*•#=\u2013") for part in re.split(r"\n|(?<=[.!?])\s", text)]
