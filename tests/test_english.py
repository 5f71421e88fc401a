"""Case, plurals and articles come out as a careful writer has them, and the same on every Python."""

# ruff: noqa: RUF001 - letters of many scripts are meant
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle import english

LATER = frozenset(
    [
        *(0x019B, 0x0264, 0xA7D3, 0xA7D5),  # small letters whose capitals came later
        *(*range(0xA7CB, 0xA7D0), 0xA7D2, 0xA7D4, *range(0xA7DA, 0xA7DD)),
        *(*range(0x10D50, 0x10D86), *range(0x16EA0, 0x16ED4)),
    ],
)
"""Code points whose case is newer than the shipped maps of Unicode 14."""

CASES = [
    ("plain Ascii 42", "plain ascii 42", "PLAIN ASCII 42"),
    ("ÉCOLE Ångström", "école ångström", "ÉCOLE ÅNGSTRÖM"),
    ("ı", "ı", "I"),
    ("İ", "i̇", "İ"),
    ("Straße", "straße", "STRASSE"),
    ("ẞ", "ß", "ẞ"),
    ("ﬁn", "ﬁn", "FIN"),
    ("ǅ", "ǆ", "Ǆ"),
    ("Αθήνα", "αθήνα", "ΑΘΉΝΑ"),
    ("ΟΔΟΣ", "οδοσ", "ΟΔΟΣ"),
    ("\u0390", "\u0390", "\u0399\u0308\u0301"),
    ("Ёлка Їжак", "ёлка їжак", "ЁЛКА ЇЖАК"),
    ("Երևան", "երևան", "ԵՐԵՒԱՆ"),
    ("𐐀𐐨", "𐐨𐐨", "𐐀𐐀"),
    ("東京 שלום ٣", "東京 שלום ٣", "東京 שלום ٣"),
    ("", "", ""),
]

TITLES = [
    ("o'neil's", "O'neil's"),
    ("o’neil’s well-known book", "O’neil’s Well-Known Book"),
    ("two  spaces\tand\nlines", "Two  Spaces\tAnd\nLines"),
    ("the API of macOS", "The API Of MacOS"),
    ("“quoted” (bracketed)", "“Quoted” (Bracketed)"),
    ("'tis the 3rd", "'Tis The 3rd"),
    ("nineteen–twenty", "Nineteen–Twenty"),
    ("ßa ǆ ﬁn", "Ssa ǅ Fin"),
    ("ялта ереван երևան", "Ялта Ереван Երևան"),
    ("a - b", "A - B"),
    ("", ""),
]

CAPITALISED = [
    ("hello World", "Hello World"),
    (' ("straße', ' ("Straße'),
    ("«élan»", "«Élan»"),
    ("éa", "Éa"),
    ("ǆ", "ǅ"),
    ("3 cats", "3 cats"),
    ("ωmega", "Ωmega"),
    ('"', '"'),
    ("", ""),
]

PLURALS = """
child children; bus buses; city cities; day days; analysis analyses; wife wives; roof roofs; photo photos
hero heroes; mother-in-law mothers-in-law; sheep sheep; series series; quiz quizzes; index indexes; API APIs
status statuses; datum data; person people; software software; equipment equipment; information information
feedback feedback; box boxes; church churches; wish wishes; class classes; stomach stomachs; match matches
key keys; soliloquy soliloquies; boy boys; potato potatoes; zero zeros; studio studios; leaf leaves
bookshelf bookshelves; chief chiefs; proof proofs; man men; woman women; salesperson salespeople; human humans
grandchild grandchildren; foot feet; mouse mice; mongoose mongooses; goose geese; criterion criteria
phenomenon phenomena; crisis crises; basis bases; iris irises; axis axes; matrix matrices; vertex vertices
virus viruses; stimulus stimuli; campus campuses; lens lenses; gas gases; album albums; medium media
curriculum curricula; aircraft aircraft; jellyfish jellyfish; malware malware; headquarters headquarters
statistics statistics; chassis chassis; runner-up runners-up; passer-by passers-by
editor-in-chief editors-in-chief; man-of-war men-of-war; check-in check-ins; work-in-progress works-in-progress
know-how know-how; step-child step-children; café cafés; x x's; A As; PhD PhDs; OS OSes; SaaS SaaSes
CHILD CHILDREN; STATUS STATUSES; COMPANY COMPANIES; Child Children; Person People; Category Categories
iPhone iPhones; 1990 1990s; HTTPS HTTPSes; "child" "children"; metadata metadata; tech techs; cheese cheeses
hoof hooves
"""

PHRASES = [
    ("proof of concept", "proofs of concept"),
    ("Proof Of Concept", "Proofs Of Concept"),
    ("request for proposal", "requests for proposal"),
    ("piece of software", "pieces of software"),
    ("person with access to data", "people with access to data"),
    ("letter from a friend", "letters from a friend"),
    ("child at risk", "children at risk"),
    ("user story", "user stories"),
    ("software engineer", "software engineers"),
    ("REST API", "REST APIs"),
    ("user (admin)", "users (admin)"),
    ("Attorney General", "Attorneys General"),
    ("deputy attorney general", "deputy attorneys general"),
    ("in stock item", "in stock items"),
    ("a Roman", "a Romans"),
    ("", ""),
    (" ?", " ?"),
]

AN = """
hour hours honest honour honorary heir heirloom apple umbrella usher utter update uninstall unimportant unidentified
urn onerous Euler e-mail X-ray F.B.I. SQL MVP FBI HTML MSc MBA LLMs HTTPS NDA R&D S3 x86 mp3 html npm sqlite nth MoU
SoC NAACP 8 11 18 80 85 89 8th 80% 800 812 8,000 11,000 18,500 11th 1100 1811 18-year-old 8.5 $8 11:30 80486 École
Øresund Ωmega “hour” [hour](x) <b>hour</b> **apple** _item_ `id` &quot;hour @user O'Neil yttrium Yvonne nginx URGENT
UNDER iPhone
"""

A = """
university user unit unique unidirectional unisex European one one-off once ukulele eulogy ewe useful usual utility
Utah Uganda URL UX UK UI url uuid utf8 U-turn U.S. NoSQL NATO NASA LASER RAM ROMs SIM LAN MAC FIFO REST SOAP SAML
NAS SaaS SKU NULL MySQL BSc PhD house horse hotel historic banana year yellow NaN LaTeX Mr St. hmm T-shirt Q&A
L'Oréal SHA256 unanimous Ukrainian 1 7 10 12 100 110 118 1,100 1,800 2018 0.8 080 -8 $100 “house” <i>user</i>
**one** 東京 Москва 😀 .env
"""


@pytest.mark.parametrize(("text", "small", "capitals"), CASES)
def test_case_maps_cover_latin_greek_cyrillic_and_armenian(text: str, small: str, capitals: str) -> None:
    """Full maps are used, whatever the context or language."""
    assert (english.lower(text), english.upper(text)) == (small, capitals)


@pytest.mark.parametrize(("text", "expected"), TITLES)
def test_title_raises_the_first_letter_of_each_word_only(text: str, expected: str) -> None:
    """Spaces, hyphens and dashes begin words; apostrophes do not."""
    assert english.title(text) == expected


@pytest.mark.parametrize(("text", "expected"), CAPITALISED)
def test_capitalise_raises_the_first_letter_only(text: str, expected: str) -> None:
    """Leading spaces, quotes and brackets are passed over."""
    assert english.capitalise(text) == expected


@pytest.mark.parametrize("pair", [pair.strip() for line in PLURALS.strip().split("\n") for pair in line.split(";")])
def test_nouns_take_their_plural(pair: str) -> None:
    """Regular and irregular nouns, acronyms and compounds keep the case they have."""
    noun, expected = pair.split(" ")
    assert english.plural(noun) == expected


@pytest.mark.parametrize(("phrase", "expected"), PHRASES)
def test_the_head_of_a_phrase_takes_the_plural(phrase: str, expected: str) -> None:
    """The head stands before a preposition or bracket, else last."""
    assert english.plural(phrase) == expected


@pytest.mark.parametrize("following", AN.split())
def test_an_stands_before_the_sound_of_a_vowel(following: str) -> None:
    """Words, letter names and numbers are judged by their sound."""
    assert english.article(following) == "an"


@pytest.mark.parametrize("following", [*A.split(), "", " ", "- user", '"'])
def test_a_stands_before_everything_else(following: str) -> None:
    """A consonant's sound, an unknown script, a sign or nothing takes `a`."""
    assert english.article(following) == "a"


def test_only_the_beginning_decides_the_article() -> None:
    """What follows the first word has no say."""
    texts = ("hour of a user", "user of an hour", "# Hour\nuser")
    assert [english.article(text) for text in texts] == ["an", "a", "an"]


@pytest.mark.parametrize("name", ["lower", "upper", "title"])
def test_maps_agree_with_python_for_every_character_both_know(name: str) -> None:
    """Each character assigned in Unicode 14 has the case Python gives it alone."""
    old = [chr(code) for code in range(0x110000) if code not in LATER]
    known = [each for each in old if unicodedata.category(each) not in ("Cn", "Cs")]
    ours = english.capitalise if name == "title" else getattr(english, name)
    assert [(each, ours(each)) for each in known if ours(each) != getattr(str, name)(each)] == []


KNOWN = st.characters(exclude_categories=("Cs", "Cn"), exclude_characters=[chr(code) for code in LATER])
CASELESS = st.characters(categories=("Lo", "Nd", "No", "P", "Sm", "Sc", "Z", "Cc"))


@given(st.text())
def test_lower_and_upper_are_idempotent(text: str) -> None:
    """A second pass changes nothing."""
    small, capitals = english.lower(text), english.upper(text)
    assert (english.lower(small), english.upper(capitals)) == (small, capitals)


@given(st.text(CASELESS))
def test_characters_without_case_are_left_alone(text: str) -> None:
    """Digits, signs, spaces and letters of one case come back as they are."""
    assert {each(text) for each in (english.lower, english.upper, english.title, english.capitalise)} == {text}


@given(st.text(KNOWN))
def test_strings_have_the_case_python_gives_them(text: str) -> None:
    """Only a capital sigma is lowered otherwise, since its place in the word is ignored."""
    assert english.upper(text) == text.upper()
    assert english.lower(text) == text.lower().replace("ς", "σ") or "ς" in text


@given(st.text())
def test_a_leading_quote_does_not_change_the_article(text: str) -> None:
    """Quotes are not spoken."""
    assert english.article(f"“{text}") == english.article(text)


@given(st.text(st.characters(codec="ascii")), st.sampled_from([" of ", " for ", " ("]), st.text())
def test_what_follows_the_head_keeps_its_text(noun: str, separator: str, rest: str) -> None:
    """A phrase ends after its plural as it did before."""
    phrase = f"x{noun}{separator}{rest}"
    assert english.plural(phrase).endswith(separator + rest)
