"""The data of the corruption operators has the columns, sizes and properties that the operators rely on."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

import treadle
import treadle as td

HERE = Path(treadle.__file__).parent / "corrupt" / "data"

COLUMNS = {
    "abbreviations": (("phrase", "abbreviation"), 250),
    "bullets": (("mark", "kind", "weight"), 40),
    "buzzwords": (("phrase", "place"), 200),
    "copy_paste": (("kind", "about", "block"), 80),
    "date_forms": (("name", "pattern", "kind", "locale"), 30),
    "entities": (("character", "named", "numeric", "latex"), 250),
    "fairness_names": (("set", "name", "gender", "culture", "frequency_band"), 320),
    "gap_reasons": (("set", "reason", "sentence"), 72),
    "genders": (("kind", "use", "woman", "man", "neutral"), 50),
    "homoglyphs": (("character", "lookalikes"), 90),
    "homonyms": (("word", "sentence"), 10),
    "icons": (("icon", "label"), 100),
    "institutions_tiers": (("set", "tier", "institution"), 90),
    "keyboards": (("layout", "key", "neighbours"), 600),
    "layouts": (("layout", "script", "languages"), 12),
    "markup": (("kind", "opening", "closing", "place"), 120),
    "misspellings": (("word", "misspelling", "weight"), 2500),
    "misspellings_de": (("word", "misspelling", "weight"), 100),
    "misspellings_es": (("word", "misspelling", "weight"), 100),
    "misspellings_fr": (("word", "misspelling", "weight"), 100),
    "misspellings_ru": (("word", "misspelling", "weight"), 100),
    "mojibake": (("encoded_as", "read_as", "weight"), 40),
    "neighbourhoods": (("set", "cue", "place"), 60),
    "ocr": (("read", "taken_for", "weight", "script"), 250),
    "padding_sentences": (("sentence",), 150),
    "post_padding_sentences": (("sentence",), 100),
    "section_headers": (("section", "heading"), 156),
    "shifted": (("layout", "key", "shifted"), 600),
    "spelling_variants": (("british", "american"), 250),
    "synonyms": (("phrase", "synonym", "part_of_speech", "both_ways"), 900),
    "zero_width": (("code_point", "name", "care", "weight"), 15),
}
MISSPELLINGS = [name for name in COLUMNS if name.startswith("misspellings")]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that no file holds itself: those that do not show are given by their code points."""


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file: remarks, a header line, cells between tabs without quoting."""
    lines = (HERE / f"{name}.tsv").read_text(encoding="utf-8").split("\n")
    begin = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    columns = lines[begin].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[begin + 1 :] if line]


def groups(name: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of a file by its column `set`."""
    found = defaultdict(list)
    for row in rows(name):
        found[row["set"]].append(row)
    return found


def spread(texts: list[str]) -> int:
    """Return by how many characters the longest text surpasses the shortest."""
    lengths = [len(text) for text in texts]
    return max(lengths) - min(lengths)


def letters_of(text: str, *scripts: str) -> bool:
    """Return whether all letters of a text are of the scripts named."""
    return all(unicodedata.name(each).split()[0] in scripts for each in text if each.isalpha())


def test_the_folder_holds_what_is_listed():
    assert sorted(path.stem for path in HERE.glob("*.tsv")) == sorted(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_file_is_a_clean_table(name):
    """NFC, the right columns, enough rows, no cell empty, no row twice, nothing that does not show or ends in a blank."""
    data = (HERE / f"{name}.tsv").read_bytes()
    text = data.decode("utf-8")
    columns, least = COLUMNS[name]
    assert unicodedata.is_normalized("NFC", text)
    assert text.endswith("\n")
    assert not CONTROL.search(text)
    assert name == "markup" or not re.search(r"[ ](?:\t|$)|\t[ ]", text, re.MULTILINE)
    assert tuple(rows(name)[0]) == columns
    assert len(rows(name)) >= least
    assert all(value for row in rows(name) for column, value in row.items() if (name, column) != ("markup", "closing"))
    assert max(Counter(tuple(row.values()) for row in rows(name)).values()) == 1


@pytest.mark.parametrize(
    "name",
    [
        "abbreviations", "buzzwords", "fairness_names", "gap_reasons", "genders", "institutions_tiers", "layouts",
        "misspellings", "mojibake", "neighbourhoods", "padding_sentences", "post_padding_sentences", "section_headers",
        "spelling_variants", "synonyms", "zero_width",
    ],
)  # fmt: skip
def test_english_is_written_with_plain_characters(name):
    """Nothing but ASCII, and the é of résumé and café."""
    cells = "".join(value for row in rows(name) for value in row.values())
    assert {each for each in cells if not each.isascii()} <= {"é"}


@pytest.mark.parametrize("name", [name for name, (columns, _) in COLUMNS.items() if "weight" in columns])
def test_weights_are_positive_integers(name):
    assert all(re.fullmatch(r"[1-9][0-9]*", row["weight"]) for row in rows(name))


def test_the_table_of_sources_agrees_with_the_files():
    """PROVENANCE.md has a row for each file, which says what the file's own first line says."""
    pattern = r"^\| `([^`]+)\.tsv` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$"
    told = re.findall(pattern, (HERE / "PROVENANCE.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, *_ in told] == sorted(COLUMNS)
    for name, what, source, licence in told:
        first = (HERE / f"{name}.tsv").read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"# {what}. Source: {source}. Licence: {licence}"


def test_neighbours_of_a_key_are_mutual():
    """Whichever key touches another is touched by it; none touches itself; a layout has its whole alphabet."""
    near = {(row["layout"], row["key"]): row["neighbours"] for row in rows("keyboards")}
    assert len(near) == len(rows("keyboards"))
    for (layout, key), around in near.items():
        assert len(key) == 1
        assert key not in around
        assert len(set(around)) == len(around) <= 8
        assert all(each.isalnum() and each == each.lower() for each in key + around)
        assert all(key in near[layout, other] for other in around)
    alphabets = {"latin": "aeinorst", "cyrillic": "аеинорст", "greek": "αειορστ", "hebrew": "אבגדה", "arabic": "ابتثج"}
    for row in rows("layouts"):
        keys = {key for layout, key in near if layout == row["layout"]}
        assert keys > set(alphabets[row["script"]])


def test_layouts_are_the_same_in_all_files():
    named = [row["layout"] for row in rows("layouts")]
    assert {row["layout"] for row in rows("keyboards")} == set(named)
    assert {row["layout"] for row in rows("shifted")} == set(named)
    assert len(named) == len(set(named)) >= 12
    tags = [tag for row in rows("layouts") for tag in row["languages"].split(" ")]
    assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag) for tag in tags)


def test_some_keys_are_where_they_are():
    near = {(row["layout"], row["key"]): set(row["neighbours"]) for row in rows("keyboards")}
    assert near["us", "g"] == set("tyfhvb")
    assert near["us", "a"] == set("qwsz")
    assert near["de", "z"] == set("67tugh")
    assert near["fr", "a"] >= set("zq")
    assert near["ru", "п"] >= set("ар")  # noqa: RUF001 - Russian
    assert near["dvorak", "e"] >= set("ou")
    assert near["sv", "å"] == set("pöä")


def test_shift_gives_another_character():
    """One key gives one character with Shift; a letter gives its capital where its script has capitals."""
    seen = Counter((row["layout"], row["key"]) for row in rows("shifted"))
    assert max(seen.values()) == 1
    script = {row["layout"]: row["script"] for row in rows("layouts")}
    for row in rows("shifted"):
        assert len(row["key"]) == len(row["shifted"]) == 1
        assert row["key"] != row["shifted"]
        capitals = script[row["layout"]] in {"cyrillic", "greek"} and (row["layout"], row["key"]) != ("bg", "ь")
        if capitals and row["key"].isalpha() and row["shifted"].isalpha():
            assert row["shifted"] == row["key"].upper()
    given = {(row["layout"], row["key"]): row["shifted"] for row in rows("shifted")}
    assert (given["us", "2"], given["uk", "2"], given["de", "2"], given["fr", "é"]) == ("@", '"', '"', "2")


def test_ocr_confusions_are_of_their_script():
    """A pair stands once, and never says that something is read as itself; each script has enough."""
    pairs = Counter((row["read"], row["taken_for"]) for row in rows("ocr"))
    assert max(pairs.values()) == 1
    assert all(read != taken for read, taken in pairs)
    count = Counter(row["script"] for row in rows("ocr"))
    assert set(count) == {"latin", "digits", "cyrillic", "greek", "cjk"}
    assert min(count.values()) >= 40
    assert all(row["read"][0].isdigit() or row["read"] in "½¼²³°" for row in rows("ocr") if row["script"] == "digits")
    assert all(
        letters_of(row["read"] + row["taken_for"], "LATIN", "FULLWIDTH", "FEMININE", "MICRO")
        for row in rows("ocr")
        if row["script"] in {"latin", "digits"}
    )
    assert {("rn", "m"), ("m", "rn"), ("l", "1"), ("cl", "d"), ("vv", "w"), ("日", "曰"), ("土", "士")} <= set(pairs)


def test_lookalikes_are_single_characters_that_last():
    """Each is one code point that NFC keeps, and differs from what it resembles."""
    for row in rows("homoglyphs"):
        alike = row["lookalikes"].split(" ")
        assert len(set(alike)) == len(alike)
        assert row["character"] not in alike
        assert all(len(each) == 1 for each in (row["character"], *alike))
    table = {row["character"]: row["lookalikes"].split(" ") for row in rows("homoglyphs")}
    assert len(table) == len(rows("homoglyphs"))
    alike = "асеорхуАВСЕНКМОРТХ"  # noqa: RUF001 - they are meant to be ambiguous
    for latin, cyrillic in zip("aceopxyABCEHKMOPTX", alike, strict=True):
        assert cyrillic in table[latin]
        assert latin in table[cyrillic]


def test_characters_that_do_not_show_have_no_width():
    """They are format characters, fillers, joiners or selectors, named once each."""
    points = [row["code_point"] for row in rows("zero_width")]
    assert len(set(points)) == len(points)
    for row in rows("zero_width"):
        assert re.fullmatch(r"U\+[0-9A-F]{4}", row["code_point"])
        character = chr(int(row["code_point"].removeprefix("U+"), base=16))
        assert unicodedata.category(character) in {"Cf", "Mn", "Lo"}
        assert row["care"] in {"none", "joining", "direction", "attached"}


def test_encodings_exist_and_spoil_text():
    """Python has every codec; each pair damages text that its first encoding can write."""
    text = "Résumé “ñ” Größe € Привет żółć šťž ğış ā שלום مرحبا καλή 日本語 한국어 简历 ไทย"
    for row in rows("mojibake"):
        raw = text.encode(row["encoded_as"], "ignore")
        steps = row["read_as"].split(">")
        result = raw.decode(steps[0], "replace")
        for writes, reads in zip(steps[1::2], steps[2::2], strict=True):
            result = result.encode(writes, "ignore").decode(reads, "replace")
        assert result != raw.decode(row["encoded_as"]), row


def test_entities_mean_their_character():
    for row in rows("entities"):
        assert len(row["character"]) == 1
        assert html.unescape(row["named"]) == row["character"] == html.unescape(row["numeric"])
        assert row["latex"].isascii()
    assert len({row["character"] for row in rows("entities")}) == len(rows("entities"))


@pytest.mark.parametrize("name", MISSPELLINGS)
def test_a_misspelling_is_no_correct_word_of_the_list(name):
    """It differs from its word and is nowhere what is right; letters are of the language's script alone."""
    words = {row["word"] for row in rows(name)}
    script = "CYRILLIC" if name.endswith("_ru") else "LATIN"
    for row in rows(name):
        assert row["misspelling"] != row["word"]
        assert row["misspelling"] not in words
        assert letters_of(row["word"] + row["misspelling"], script)
        assert re.fullmatch(r"[^\W\d_]+(?:[-' ][^\W\d_]+|' [^\W\d_]+)*", row["word"])
    pairs = Counter((row["word"], row["misspelling"]) for row in rows(name))
    assert max(pairs.values()) == 1


def test_english_misspellings_are_plain_letters():
    allowed = re.compile(r"[A-Za-z]+(?:[-' ][A-Za-z]+)*")
    assert all(allowed.fullmatch(row["misspelling"]) for row in rows("misspellings"))
    assert len({row["word"] for row in rows("misspellings")}) >= 1000


def test_synonyms_stand_once():
    """A pair stands in one direction only; the second column tells whether it may be turned round."""
    pairs = {(row["phrase"], row["synonym"]) for row in rows("synonyms")}
    assert len(pairs) == len(rows("synonyms"))
    assert not {(b, a) for a, b in pairs} & pairs
    assert {row["both_ways"] for row in rows("synonyms")} == {"yes", "no"}
    assert {row["part_of_speech"] for row in rows("synonyms")} == {
        "verb", "verb-s", "verb-ed", "verb-ing", "noun", "noun-plural", "adjective", "adverb", "preposition",
        "conjunction", "phrase",
    }  # fmt: skip
    assert all(row["phrase"] != row["synonym"] for row in rows("synonyms"))
    assert ("led", "headed") in pairs
    assert ("responsible for", "in charge of") in pairs


def test_abbreviations_are_shorter_and_stand_once():
    phrases = [row["phrase"] for row in rows("abbreviations")]
    assert len(set(phrases)) == len(phrases)
    assert all(len(row["abbreviation"]) < len(row["phrase"]) for row in rows("abbreviations"))


def test_no_synonym_or_abbreviation_names_a_skill():
    """Other names of skills are those of the taxonomy, so that what a text claims stays known."""
    skills = {
        name.lower()
        for path in (HERE.parents[1] / "packs" / "hiring" / "data" / "skills").glob("*.tsv")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
        for name in (line.split("\t")[0], *line.split("\t")[3].split("|"))
    }
    assert len(skills) > 2000
    written = {row[column] for row in rows("synonyms") for column in ("phrase", "synonym")}
    written |= {row["phrase"] for row in rows("abbreviations")}
    assert not {each for each in written if each.lower().removeprefix("to ") in skills}


def test_spelling_variants_differ():
    for side in ("british", "american"):
        assert len({row[side] for row in rows("spelling_variants")}) == len(rows("spelling_variants"))
    assert all(row["british"] != row["american"] for row in rows("spelling_variants"))
    assert all(re.fullmatch("[a-z]+", row["british"] + row["american"]) for row in rows("spelling_variants"))


def test_padding_is_of_whole_sentences():
    kinds = {"adjective", "noun", "verb-ing", "bullet", "sentence"}
    assert {row["place"] for row in rows("buzzwords")} == kinds
    assert all(row["phrase"].endswith(".") == (row["place"] == "sentence") for row in rows("buzzwords"))
    for name in ("padding_sentences", "post_padding_sentences"):
        assert all(re.fullmatch(r"[A-Z].*[.?!]", row["sentence"]) for row in rows(name))
    assert not {row["sentence"] for row in rows("padding_sentences")} & {
        row["sentence"] for row in rows("post_padding_sentences")
    }


def test_left_over_blocks_have_the_slots_of_a_letter():
    """Every kind has enough; a line break is the only thing that a backslash writes."""
    kinds = Counter(row["kind"] for row in rows("copy_paste"))
    assert set(kinds) == {"letter", "placeholder", "footer", "note", "residue"}
    assert min(kinds.values()) >= 15
    for about in ("person", "post"):
        fitting = Counter(row["kind"] for row in rows("copy_paste") if row["about"] in {about, "any"})
        assert set(fitting) == set(kinds)
        assert min(fitting.values()) >= 7
    assert {row["about"] for row in rows("copy_paste")} == {"person", "post", "any"}
    slots = Counter(slot for row in rows("copy_paste") for slot in re.findall(r"(?<![{$])\{(\w+)\}", row["block"]))
    assert set(slots) == {"company", "role", "person"}
    assert min(slots.values()) >= 8
    assert not any("\\" in row["block"].replace("\\n", "") for row in rows("copy_paste"))


def test_mark_up_has_its_kinds_and_places():
    assert {row["kind"] for row in rows("markup")} == {"html", "markdown", "latex"}
    assert {row["place"] for row in rows("markup")} == {"word", "line", "block", "standalone"}
    assert all(not row["closing"] for row in rows("markup") if row["place"] == "standalone")
    assert all(row["closing"] for row in rows("markup") if row["place"] in {"word", "block"})
    assert not any("\\n" in row["opening"] for row in rows("markup") if row["place"] in {"word", "line"})


def test_icons_and_bullets_are_marks():
    assert len({row["icon"] for row in rows("icons")}) == len(rows("icons"))
    assert len({row["mark"] for row in rows("bullets")}) == len(rows("bullets"))
    assert all(len(row["icon"]) <= 5 for row in rows("icons"))
    assert not any(each.isalnum() and each != "ⓛ" for row in rows("icons") for each in row["icon"])
    assert {row["kind"] for row in rows("bullets")} == {"common", "broken", "numbered"}


def test_forms_of_dates_use_known_directives():
    known = re.compile(r"%(?:[BbmYy]|-m|\^[Bb]|\((?:season|quarter|half|part|lower)\)|\((?:from|to) ([^()]*)\))")
    assert len({row["pattern"] for row in rows("date_forms")}) == len(rows("date_forms"))
    for row in rows("date_forms"):
        left = known.sub("", known.sub(lambda found: found[1] or "", row["pattern"]))
        assert "%" not in left, row
        ends = {"%(from" in row["pattern"], "%(to" in row["pattern"]}
        assert (ends == {True}) == (row["kind"] == "range")
        assert re.fullmatch(r"any|[a-z]{2}(-[A-Z]{2})?", row["locale"])


def test_sections_have_enough_headings():
    count = Counter(row["section"] for row in rows("section_headers"))
    assert set(count) == {
        "experience", "education", "skills", "summary", "projects", "certifications", "contact", "languages",
        "interests", "requirements", "responsibilities", "benefits", "about",
    }  # fmt: skip
    assert min(count.values()) >= 12


def test_matched_cues_of_gender_have_one_length():
    kinds = Counter(row["kind"] for row in rows("genders"))
    assert set(kinds) == {"pronoun", "honorific", "noun", "matched"}
    uses = {row["use"] for row in rows("genders")}
    assert {"subject", "object", "possessive", "reflexive"} <= uses
    for row in rows("genders"):
        assert row["woman"] != row["man"]
        if row["kind"] == "matched":
            assert spread([row["woman"], row["man"], row["neutral"]]) <= 1, row


@pytest.mark.parametrize(
    ("name", "cue", "text", "sets", "members"),
    [
        ("gap_reasons", "reason", "sentence", 12, 6),
        ("institutions_tiers", "tier", "institution", 15, 6),
        ("neighbourhoods", "cue", "place", 15, 4),
    ],
)
def test_sets_match_in_length_and_differ_in_their_cue(name, cue, text, sets, members):
    found = groups(name)
    assert len(found) >= sets
    for each in found.values():
        assert len(each) >= members
        assert len({row[cue] for row in each}) == len(each)
        assert spread([row[text] for row in each]) <= 1
    assert len({row[text] for row in rows(name)}) == len(rows(name))


def test_sentences_of_gaps_have_both_ends():
    assert all(
        row["sentence"].count("{from}") == row["sentence"].count("{to}") == 1
        and not set("{}") & set(row["sentence"].replace("{from}", "").replace("{to}", ""))
        for row in rows("gap_reasons")
    )


def test_names_of_a_set_match():
    """One length but for a character, one band of frequency, both genders of four cultures or more, in equal numbers."""
    found = groups("fairness_names")
    assert len(found) >= 40
    for each in found.values():
        assert len(each) >= 8
        assert spread([row["name"] for row in each]) <= 1
        assert len({row["frequency_band"] for row in each}) == 1
        cells = Counter((row["culture"], row["gender"]) for row in each)
        cultures = {culture for culture, _ in cells}
        assert len(cultures) >= 4
        assert all(cells[culture, gender] == 1 for culture in cultures for gender in ("woman", "man"))
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+ [A-Z][a-z]+", row["name"]) for row in rows("fairness_names"))
    assert {row["frequency_band"] for row in rows("fairness_names")} <= set("12345")
    assert len({row["name"] for row in rows("fairness_names")}) == len(rows("fairness_names"))


def test_no_institution_is_one_of_the_real_ones():
    real = (HERE.parents[1] / "packs" / "hiring" / "data" / "institutions.tsv").read_text(encoding="utf-8")
    known = {line.split("\t")[1] for line in real.splitlines() if line.count("\t") == 3}
    assert len(known) > 100
    assert not known & {row["institution"] for row in rows("institutions_tiers")}


def test_lists_can_be_had_by_name():
    """All columns of one; a wrong name is told."""
    assert td.fault_list("neighbourhoods") == rows("neighbourhoods")
    with pytest.raises(td.UsageError, match="did you mean 'neighbourhoods'"):
        td.fault_list("neighborhoods")
