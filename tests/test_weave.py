"""Woven texts say what their facts say, and every span cuts its surface out of the text, in code points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle as td
from hostile import HARD, nfc, recipe_of, texts
from treadle import english
from treadle.errors import RecipeError

CASES = {"upper": english.upper, "lower": english.lower, "title": english.title, "plural": english.plural}
RECORDS = 5


def rows_of(fields, count=RECORDS, **options):
    """Return the records of a recipe made of these fields."""
    return list(td.generate(td.Recipe("woven", fields, **options), count=count))


def spans_of(row, field="line"):
    """Return the spans of a text field as tuples, in a fixed order."""
    return sorted(
        (span["start"], span["end"], span["type"], span["value"], span["fact"])
        for span in row["spans"]
        if span["field"] == field
    )


class Written:
    """A text as it is put together by hand, with the spans of its parts."""

    def __init__(self):
        self.text, self.spans = "", []

    def add(self, surface, *, of=None, value=None, fact=None):
        """Put a surface behind what is there; with `of` it is a span of that type."""
        if of is not None:
            begin = len(self.text)
            self.spans.append((begin, begin + len(surface), of, surface if value is None else value, fact))
        self.text += surface

    def nest(self, other):
        """Put another text behind what is there, its spans moved along."""
        begin = len(self.text)
        self.text += other.text
        self.spans += [(begin + start, begin + end, *rest) for start, end, *rest in other.spans]

    def join(self, others, between, last):
        """Put several texts behind what is there."""
        for number, other in enumerate(others):
            self.text += "" if not number else last if number == len(others) - 1 else between
            self.nest(other)


def shown(surface, **span):
    """Return a text of one surface."""
    made = Written()
    made.add(surface, **span)
    return made


def inner_of(row):
    """Put the field `inner` together by hand: `<{word}:{n}>`."""
    made = Written()
    made.add("<")
    made.add(row["word"], of="word", fact="word")
    made.add(":")
    made.add(str(row["n"]), of="n", fact="n")
    made.add(">")
    return made


def kid_of(kid):
    """Put a child's `line` together by hand: `{w}={k}`."""
    made = Written()
    made.add(kid["w"], of="w", fact="kids.w")
    made.add("=")
    made.add(str(kid["k"]), of="k", fact="kids.k")
    return made


literals = texts.map(lambda text: (td.escape(text), lambda made, _: made.add(text)))
facts = st.sampled_from(["word", "n", "day", "key"]).map(
    lambda name: ("{" + name + "}", lambda made, row: made.add(str(row[name]), of=name, fact=name))
)
booleans = st.just(("{flag}", lambda made, row: made.add("true" if row["flag"] else "false", of="flag", fact="flag")))
typed = st.just(("{word:PLACE}", lambda made, row: made.add(row["word"], of="PLACE", fact="word")))
cased = st.lists(st.sampled_from(sorted(CASES)), min_size=1, max_size=3)


def in_cases(names):
    """Return a slot with modifiers; the canonical value stays what the fact is."""

    def write(made, row):
        surface = row["word"]
        for name in names:
            surface = CASES[name](surface)
        made.add(surface, of="word", value=row["word"], fact="word")

    return "{word|" + "|".join(names) + "}", write


def absent(made, row):
    """Write a fact that may be absent, and then leaves neither text nor span."""
    if row["perhaps"] is not None:
        made.add(row["perhaps"], of="perhaps", fact="perhaps")


def articled(made, row):
    """Write an article, which belongs to no span, and its noun."""
    made.add(english.article(row["noun"]) + " ")
    made.add(row["noun"], of="noun", fact="noun")


def ruled(made, row):
    """Write a rule: its span holds everything that it wrote, and the spans within it."""
    within = Written()
    within.add("r ")
    within.add(row["word"], of="word", fact="word")
    made.add(within.text, of="RULE")
    made.spans += [
        (len(made.text) - len(within.text) + a, len(made.text) - len(within.text) + b, *rest)
        for a, b, *rest in within.spans
    ]


def listed(slot, between, last, of="many"):
    """Return a list slot: each item is a span, the separators are none."""
    return slot, lambda made, row: made.join([shown(item, of=of, fact="many") for item in row["many"]], between, last)


def nested(made, row):
    """Write a text shown in a text: it is a span itself, and brings its own along."""
    inner = inner_of(row)
    made.spans.append((len(made.text), len(made.text) + len(inner.text), "inner", inner.text, "inner"))
    made.nest(inner)


parts = st.one_of(
    literals,
    facts,
    booleans,
    typed,
    cased.map(in_cases),
    st.just(("{perhaps}", absent)),
    st.just(("{noun|a}", articled)),
    st.just(
        (
            "{noun|cap}",
            lambda made, row: made.add(english.capitalise(row["noun"]), of="noun", value=row["noun"], fact="noun"),
        )
    ),
    st.just(listed("{many}", ", ", " and ")),
    st.just(listed('{many:TAG|join("; ")}', "; ", "; ", "TAG")),
    st.just(listed('{many|join(", ", " {or} ")}', ", ", " {or} ")),
    st.just(("{inner}", nested)),
    st.just(("{kids.line}", lambda made, row: made.join([kid_of(kid) for kid in row["kids"]], ", ", " and "))),
    st.just(
        (
            '{kids.w:W|join("/")}',
            lambda made, row: made.join([shown(kid["w"], of="W", fact="kids.w") for kid in row["kids"]], "/", "/"),
        )
    ),
    st.just(("{ruled:RULE}", ruled)),
    st.just(
        (
            "{if flag}{word}{elif n < 5}few{else}{noun}{/if}",
            lambda made, row: (
                made.add(row["word"], of="word", fact="word")
                if row["flag"]
                else made.add("few")
                if row["n"] < 5
                else made.add(row["noun"], of="noun", fact="noun")
            ),
        )
    ),
)


@settings(max_examples=150)
@given(st.lists(parts, max_size=7), st.lists(texts, min_size=1, max_size=4, unique_by=nfc))
def test_text_and_spans_are_what_the_facts_say(written, words):
    """Whatever a template is made of, its text is its parts run together and its spans are theirs."""
    rows = rows_of(
        {
            "word": td.choice(words),
            "n": td.integer(-3, 1_000_000),
            "day": td.date("2024-02-28", "2024-03-01"),
            "key": td.uuid(),
            "flag": td.chance("0.5"),
            "noun": td.choice(["apple", "house", "hour", "X-ray"]),
            "perhaps": td.choice(words, when="flag"),
            "many": td.sample(words, (0, len(words))),
            "inner": td.text("<{word}:{n}>"),
            "kids": td.each((0, 3), {"w": td.choice(words), "k": td.integer(0, 9), "line": td.text("{w}={k}")}),
            "line": td.text("".join(source for source, _ in written)),
        },
        rules={"ruled": "r {word}"},
    )
    for row in rows:
        made = Written()
        for _, write in written:
            write(made, row)
        assert row["line"] == made.text
        assert spans_of(row) == sorted(made.spans, key=lambda span: (*span[:4], span[4] or ""))


@settings(max_examples=60)
@given(st.lists(texts, min_size=1, max_size=5, unique_by=nfc), texts)
def test_every_span_lies_in_its_text(words, literal):
    """Spans are in order, within their text, and an unmodified one's surface is its value."""
    for row in td.generate(recipe_of(words, literal), count=8):
        for span in row["spans"]:
            text = row[span["field"]]
            assert text is not None
            assert 0 <= span["start"] <= span["end"] <= len(text)
            assert text[span["start"] : span["end"]] == span["value"]
        order = [(list(row).index(span["field"]), span["start"], -span["end"]) for span in row["spans"]]
        assert order == sorted(order)


def test_an_absent_text_has_no_spans():
    """Where a text is absent, so are the spans it would have had; where a text shows it, nothing is shown."""
    rows = rows_of(
        {
            "flag": td.chance("0.5"),
            "word": td.choice(["x"]),
            "inner": td.text("<{word}>", when="flag"),
            "line": td.text("a{inner}b"),
            "kids": td.each(
                2, {"f": td.chance("0.5"), "t": td.text("<{word}>", when="f"), "w": td.choice(["y"], when="f")}
            ),
            "all": td.text("{kids.t} {kids.w}"),
        },
        40,
    )
    assert {row["inner"] for row in rows} == {None, "<x>"}
    for row in rows:
        assert spans_of(row, "inner") == ([(1, 2, "word", "x", "word")] if row["flag"] else [])
        assert row["line"] == ("a<x>b" if row["flag"] else "ab")
        assert len(spans_of(row)) == (2 if row["flag"] else 0)
        assert len(spans_of(row, "all")) == 2 * sum(kid["f"] for kid in row["kids"])
        for span in row["spans"]:
            assert row[span["field"]][span["start"] : span["end"]] == span["value"]


def test_a_drawn_entry_is_its_span():
    """A vocabulary's slot is drawn where it stands, each time anew, and its span's value is the entry without modifiers."""
    rows = rows_of(
        {"line": td.text("{tool|upper} or {tool}{tool:T|plural}")}, 200, vocabularies={"tool": ["axe", "saw"]}
    )
    for row in rows:
        spans = spans_of(row)
        assert [span[2] for span in spans] == ["tool", "tool", "T"]
        surfaces = [row["line"][start:end] for start, end, *_ in spans]
        for (_, _, _, value, fact), surface, modify in zip(
            spans, surfaces, (str.upper, str, "{}s".format), strict=True
        ):
            assert surface == modify(value)
            assert fact is None
    assert len({row["line"] for row in rows}) == 8


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{n|a}", {"an 8", "a 9", "an 11", "a 12"}),
        ("[{0%}x]{w|cap|a}!", {"An apple!", "A house!"}),
        ("{w|a|cap}", {"An apple", "A house"}),
        ("{w|upper|a}", {"an APPLE", "a HOUSE"}),
        ("{w|plural|title}", {"Apples", "Houses"}),
        ("{r|upper}", {"RULE OF APPLE", "RULE OF HOUSE"}),
        ("{r|title}", {"Rule Of Apple", "Rule Of House"}),
        ("{r|cap}", {"Rule of apple", "Rule of house"}),
        ("{r|a}", {"a rule of apple", "a rule of house"}),
        ("{n} {w|plural(n)}", {f"{n} {w}s" for n in (8, 9, 11, 12) for w in ("apple", "house")}),
        ("{one} {w|plural(one)}", {"1 apple", "1 house"}),
    ],
)
def test_modifiers(template, expected):
    """Articles look at what follows, capitals at the first character, plurals at the noun or the number."""
    rows = rows_of(
        {
            "n": td.derive({"a": 8, "b": 9, "c": 11, "d": 12}, "code"),
            "code": td.choice(["a", "b", "c", "d"]),
            "one": td.integer(1, 1),
            "w": td.choice(["apple", "house"]),
            "line": td.text(template),
        },
        200,
        rules={"r": "rule of {w}"},
    )
    assert {row["line"] for row in rows} == expected


SKILLS = td.vocabulary(
    ["JavaScript", "machine learning", "SQL"],
    forms={"short": {"JavaScript": "JS", "machine learning": "ML"}, "nought": {"SQL": ""}},
)
FORMS = {
    "{one|as(short)}": {"JS", "ML", "SQL"},
    '{one|as("short")}': {"JS", "ML", "SQL"},
    "{one|as(nought)}": {"JavaScript", "machine learning", ""},
    "{one|as(short)|lower}": {"js", "ml", "sql"},
    "{one|lower|as(short)}": {"js", "ml", "sql"},
    "{one|as(short)|a}": {"a JS", "an ML", "an SQL"},
    "{one|as(short)|plural}": {"JSes", "MLs", "SQLs"},
    "{r|lower}": {"with js", "with ml", "with sql"},
    "{skill|as(short)}": {"JS", "ML", "SQL"},
    "{skill|lower|as(short)}": {"js", "ml", "sql"},
    "{skill|as(short)|a}": {"a JS", "an ML", "an SQL"},
    '{many|as(short)|join("/")}': {"JS/ML/SQL"},
    '{many|as(short)|lower|join("/")}': {"js/ml/sql"},
    '{made|as(short)|join("/")}': {"JS/ML/SQL"},
    '{kids.own|as(short)|join("/")}': {"JS/JS", "ML/ML", "SQL/SQL"},
    '{over.item|as(short)|join("/")}': {"JS/ML/SQL"},
    "{picked|as(short)}": {"JS", "ML", "SQL"},
    "{grouped|as(short)}": {"JS", "ML", "SQL", "Go"},
    "{status|as(word)}": {"OK", "404"},
    "[{0%}x]{gone|as(short)}": {"", "JS", "ML", "SQL"},
}


@pytest.mark.parametrize("template", FORMS)
def test_entries_are_written_in_another_form(template):
    """`|as` writes a form in place of the entry, before any other modifier, and its span keeps the entry itself."""
    canonical = {"JS": "JavaScript", "ML": "machine learning", "OK": "200"}
    canonical |= {short.lower(): entry for short, entry in canonical.items()} | {"sql": "SQL", "": "SQL"}
    rows = rows_of(
        {
            "one": td.choice(SKILLS),
            "gone": td.choice(SKILLS, when="one != SQL"),
            "status": td.choice(td.vocabulary([200, 404], forms={"word": {200: "OK"}})),
            "many": td.derive(
                lambda one: (np.tile(np.arange(3), len(one)), 0 * one + 3), "one", values=SKILLS, many=True
            ),
            "made": td.merge("many", "nothing", shuffle=False),
            "nothing": td.sample(SKILLS, 0),
            "picked": td.pick("many"),
            "grouped": td.choice({"JavaScript": SKILLS, "machine learning": SKILLS, "SQL": ["Go", "SQL"]}, by="one"),
            "kids": td.each(2, {"own": td.derive(lambda one: one, "one", values=SKILLS)}),
            "over": td.each(over="many"),
            "line": td.text(template),
        },
        200,
        vocabularies={"skill": SKILLS},
        rules={"r": "with {one|as(short)}"},
    )
    assert {row["line"] for row in rows} == FORMS[template]
    for row in rows:
        spans = spans_of(row)
        assert bool(spans) == ("gone" not in template or row["gone"] is not None)
        for start, end, _, value, fact in spans:
            surface = row["line"][start:end]
            if "plural" in template:
                surface = surface.removesuffix("es" if surface == "JSes" else "s")
            assert value == canonical.get(surface, surface)
            assert fact in {None, "one", "status", "many", "made", "picked", "grouped", "gone", "kids.own", "over.item"}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{one|as(shrt)}", "unknown form of the vocabulary 'shrt': did you mean 'short'?"),
        ("{one|as}", "unknown form of the vocabulary '': expected one of nought, short"),
        ("{one|as(short, nought)}", "unknown form of the vocabulary 'short, nought'"),
        ("{one|as(short)|as(nought)}", "|as takes the name of one form"),
        ("{skill|as(long)}", "unknown form of the vocabulary 'long': expected one of nought, short"),
        ("{many|as(long)}", "unknown form of the vocabulary 'long'"),
        ("{kids.own|as(long)}", "unknown form of the vocabulary 'long'"),
        ("{plain|as(short)}", "unknown form of the vocabulary 'short': there is none"),
        ("{n|as(short)}", "modifier |as needs a choice or a list, and this is a number"),
        ("{kids.n|as(short)}", "modifier |as needs a choice or a list, and this is a number"),
        ("{inner|as(short)}", "modifier |as needs a choice or a list, and this is a text"),
        ("{made|as(short)}", "modifier |as needs a choice or a list, and this is a moment"),
        ("{r|as(short)}", "modifier |as needs a field or a vocabulary, and 'r' is a rule"),
    ],
)
def test_forms_that_are_not_there_are_refused(template, message):
    """A form is one of those of the entries' vocabulary; what has no entries has none."""
    with pytest.raises(RecipeError) as caught:
        rows_of(
            {
                "one": td.choice(SKILLS),
                "plain": td.choice(["JavaScript"]),
                "n": td.integer(1, 2),
                "many": td.sample(SKILLS, 2),
                "made": td.derive(lambda n: n, "n", date="%Y"),
                "inner": td.text("x"),
                "kids": td.each(2, {"own": td.choice(SKILLS), "n": td.serial()}),
                "line": td.text(template),
            },
            vocabularies={"skill": SKILLS},
            rules={"r": "x"},
        )
    (problem,) = caught.value.problems
    assert problem.where.endswith("field 'line':1:1")
    assert message in problem.message


@pytest.mark.parametrize("n", [1, 8, 11, 18, 80, 100, 800, 8_000, 11_000, 18_999, 80_000, 1_000_000, 8_123_456, -8])
def test_articles_before_numbers(n):
    """A number's article is that of the number as it is spoken."""
    row = rows_of({"n": td.integer(n, n), "line": td.text("{n|a}")}, 1)[0]
    assert row["line"] == f"{english.article(str(n))} {n}"


GAPS = ["{gone}", "[{0%}x]", "(|)", "{nothing}", "{if flag}x{/if}"]
WORDS = ["{word}", "{fact}", "apple", "{named}", "[{100%}apple]", "(apple|apple)", "{if flag}x{else}apple{/if}"]


@given(
    st.sampled_from(["{gone|%s}", "{nothing|%s}"]),
    st.lists(st.sampled_from(GAPS), max_size=3),
    st.lists(st.sampled_from(GAPS), max_size=3),
    st.sampled_from(WORDS),
)
def test_marks_look_past_all_that_is_empty(mark, inside, behind, word):
    """An article or a capital is that of the first word behind its mark, whatever rules end and begin between them."""
    fields = {
        "flag": td.derive(lambda number: number < 0, "number", boolean=True),
        "number": td.serial(),
        "gone": td.choice(["pear"], when="flag"),
        "fact": td.choice(["apple"]),
        **{
            kind: td.text(
                "{outer}" + "".join(behind) + word,
                rules={
                    "outer": "{inner}",
                    "inner": [mark % kind + "".join(inside), mark % kind],
                    "nothing": ["", ""],
                    "named": ["{word}", "apple"],
                },
            )
            for kind in ("a", "cap")
        },
    }
    for row in rows_of(fields, vocabularies={"word": ["apple"]}):
        assert (row["a"], row["cap"]) == ("an apple", "Apple")


def test_texts_without_slots_or_without_spans():
    """A text of literals alone has no spans, and without truth there is no column of them."""
    recipe = td.Recipe("plain", {"line": td.text("({*3}a|b)c")})
    assert all(row["spans"] == [] for row in td.generate(recipe, count=20))
    assert all(set(row) == {"line"} for row in td.generate(recipe, count=20, truth=False))
    assert {row["line"] for row in td.generate(recipe, count=50)} == {"ac", "bc"}


@pytest.mark.parametrize("literal", HARD)
def test_escaped_text_is_plain_text(literal):
    """`escape` takes the meaning from every character that has one."""
    assert rows_of({"line": td.text(td.escape(literal))}, 1)[0]["line"] == literal
    assert rows_of({"line": td.text([td.escape(literal), ("no", 0)]), "x": td.serial()}, 1)[0]["line"] == literal


def test_spans_do_not_depend_on_their_neighbours():
    """A record made alone has the spans that it has among others."""
    dataset = td.generate(recipe_of([text for text in HARD if text], "|"), count=30)
    assert [dataset.record(number) for number in range(30)] == list(dataset)


def test_texts_run_together_in_order():
    """Rows of very different lengths keep to themselves."""
    rows = rows_of(
        {
            "n": td.integer(0, 3),
            "kids": td.each(count="n", fields={"t": td.text("k")}),
            "line": td.text('{n}{kids.t|join("")}'),
        },
        50,
    )
    assert all(row["line"] == str(row["n"]) + "k" * row["n"] for row in rows)
    assert any(a["n"] != b["n"] for a, b in pairwise(rows))
