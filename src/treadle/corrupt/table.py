"""The table of operators, in the order of their passes: whole texts and sections first, then lines and words, characters last.

An operator that reads marks comes before those that would damage them.
"""

from __future__ import annotations

from treadle.corrupt import characters as c
from treadle.corrupt import insertions as i
from treadle.corrupt import lines as ln
from treadle.corrupt import marked as m
from treadle.corrupt import sections as s
from treadle.corrupt import words as w
from treadle.corrupt.operators import FAMILIES, Family, Operator

__all__ = ["FAMILIES", "TABLE", "names_of", "operator", "passes_of"]

_LETTER = """Dear Ms. Harlow,

Experience
Baker, Oakhollow Mills, May 2019 – June 2023
- Managed the organization of 12 night shifts
- Developed "daily" bread plans with the team

Education
Certificate in baking & pastry, 2017"""
"""The text on which `treadle operators` shows what an operator does."""
_SHORT = "Managed the organization's bakery in Zürich, and developed recipes."

TABLE: tuple[Operator, ...] = (
    # Dates, companies, skills, contact details
    Operator("swapped_dates", "human-error", "pieces", "The two dates of a period in the wrong order.",
             m.swapped_dates, needs=("date",), example=_LETTER),
    Operator("mixed_dates", "structural", "pieces", "Some dates written in another way than the rest.",
             m.mixed_dates, rate=(0.2, 0.9), needs=("date",), example=_LETTER),
    Operator("missing_dates", "missing", "pieces", "Dates left out.",
             m.missing_dates, rate=(0.1, 1.0), needs=("date",), example=_LETTER),
    Operator("missing_contact", "missing", "pieces", "Telephone, e-mail or address left out.",
             m.missing_contact, rate=(0.3, 1.0), needs=("contact",), example="Mail: baker@example.com"),
    Operator("wrong_company", "human-error", "pieces", "Another company's name, as in a letter written for somebody else.",
             m.wrong_company, needs=("company",), lists=("companies",), example=_LETTER),
    Operator("claimed_without_evidence", "skill-match", "pieces", "A skill that is asked for listed, with nothing to show for it.",
             m.claimed_without_evidence, effect="up", needs=("skill",), values=("claimed",), example=_LETTER),
    Operator("keyword_stuffing", "skill-match", "text", "The words that are asked for, in a heap at the end.",
             m.keyword_stuffing, effect="up", values=("keywords",), example=_LETTER),
    # Sections
    Operator("dropped_section", "structural", "sections", "A section left out.",
             s.dropped_section, effect="down", needs=("heading",), example=_LETTER),
    Operator("reordered_sections", "structural", "sections", "Sections in another order.",
             s.reordered_sections, needs=("heading",), example=_LETTER + "\n\nLanguages\nFrench"),
    Operator("interleaved_columns", "structural", "sections", "Two sections read line by line across.",
             s.interleaved_columns, needs=("heading",), example=_LETTER),
    Operator("merged_sections", "structural", "sections", "A section run on to the one before, without its heading.",
             s.merged_sections, needs=("heading",), example=_LETTER),
    Operator("lost_header", "structural", "sections", "The heading of a section lost.",
             s.lost_header, needs=("heading",), example=_LETTER),
    # Lines put in
    Operator("padding", "domain-specific", "text", "A sentence that says nothing.",
             i.padding, always=True, example=_LETTER),
    Operator("buzzwords", "domain-specific", "text", "A line of fashionable words.",
             i.buzzwords, example=_LETTER),
    Operator("mixed_careers", "domain-specific", "text", "A line from somebody else's trade.",
             i.mixed_careers, lists=("careers",), example=_LETTER),
    Operator("homonyms", "domain-specific", "text", "A line in which a word that is asked for means something else.",
             i.homonyms, effect="up", example=_LETTER),
    Operator("copied_block", "human-error", "text", "A block left over from another letter.",
             i.copied_block, example=_LETTER),
    Operator("placeholder", "missing", "text", "A gap of a template left unfilled.",
             i.placeholder, example=_LETTER),
    Operator("repeated_line", "human-error", "lines", "A line left in twice.",
             ln.repeated_line, example=_LETTER),
    Operator("unfinished_sentence", "human-error", "lines", "A line that breaks off.",
             ln.unfinished_sentence, example=_LETTER),
    # Lines
    Operator("mixed_bullets", "structural", "lines", "Lines of a list that begin with other marks than the rest.",
             ln.mixed_bullets, rate=(0.2, 0.8), example=_LETTER),
    Operator("ragged_indents", "structural", "lines", "Lines set further in than the others.",
             ln.ragged_indents, rate=(0.1, 0.6), example=_LETTER),
    Operator("hard_wraps", "structural", "lines", "Lines broken in the middle.",
             ln.hard_wraps, rate=(0.02, 0.1), example=_LETTER),
    Operator("lost_line_ends", "structural", "lines", "Lines run together.",
             ln.lost_line_ends, rate=(0.1, 0.8), example=_LETTER),
    Operator("lost_blank_lines", "structural", "lines", "Empty lines between paragraphs left out.",
             ln.lost_blank_lines, rate=(0.2, 1.0), example=_LETTER),
    Operator("trailing_spaces", "human-error", "lines", "Spaces and tabs at the ends of lines.",
             ln.trailing_spaces, rate=(0.1, 0.6), example=_LETTER),
    Operator("doubled_punctuation", "human-error", "characters", "Marks typed twice, or with a space before them.",
             ln.doubled_punctuation, rate=(0.05, 0.4), example=_SHORT),
    # Markup
    Operator("html_residue", "missing", "words", "Tags of a web page left in.",
             i.html_residue, rate=(0.01, 0.1), always=True, example=_SHORT),
    Operator("markdown_residue", "missing", "words", "Marks of Markdown left in.",
             i.markdown_residue, rate=(0.01, 0.1), example=_SHORT),
    Operator("latex_residue", "missing", "words", "Commands of LaTeX left in.",
             i.latex_residue, rate=(0.01, 0.1), example=_SHORT),
    Operator("html_entities", "missing", "characters", "Characters written as a web page's source has them.",
             i.html_entities, rate=(0.3, 1.0), example=_LETTER),
    Operator("latex_escapes", "missing", "characters", "Characters written as LaTeX's source has them.",
             i.latex_escapes, rate=(0.3, 1.0), example=_LETTER),
    # Words
    Operator("alias", "textual", "words", "A thing called by another of its names, or by an abbreviation of it.",
             w.alias, rate=(0.2, 0.8), lists=("aliases",), example=_SHORT),
    Operator("synonym", "textual", "words", "Another word for the same.",
             w.synonym, rate=(0.1, 0.6), example=_SHORT),
    Operator("abbreviation", "textual", "words", "Words shortened as in notes.",
             w.abbreviation, rate=(0.2, 0.9), example=_SHORT),
    Operator("spelling_variant", "textual", "words", "British for American spelling, or the other way round.",
             w.spelling_variant, rate=(0.3, 1.0), example=_SHORT),
    Operator("misspelling", "textual", "words", "Words misspelt as people misspell them.",
             w.misspelling, rate=(0.02, 0.3), example=_SHORT),
    Operator("repeated_word", "human-error", "words", "A word written twice.",
             w.repeated_word, rate=(0.002, 0.02), example=_SHORT),
    Operator("changed_case", "human-error", "words", "Words in capitals, in small letters, or with their case turned.",
             w.changed_case, rate=(0.01, 0.15), always=True, example=_SHORT),
    Operator("split_word", "structural", "words", "Words broken in two by a space.",
             w.split_word, rate=(0.005, 0.06), example=_SHORT),
    Operator("hyphenated_word", "structural", "words", "Words that keep the hyphen and line end of a page.",
             w.hyphenated_word, rate=(0.005, 0.06), example=_SHORT),
    Operator("glued_words", "structural", "words", "The space between two words lost.",
             w.glued_words, rate=(0.01, 0.12), always=True, example=_SHORT),
    Operator("space_runs", "structural", "words", "Three spaces or more in the place of one.",
             w.space_runs, rate=(0.01, 0.12), example=_SHORT),
    # Characters
    Operator("ocr_confusion", "textual", "characters", "Characters taken for others that look alike, as when print is read.",
             c.ocr_confusion, rate=(0.003, 0.05), example=_SHORT),
    Operator("transposed_letters", "textual", "characters", "Two letters typed in the wrong order.",
             c.transposed_letters, rate=(0.005, 0.06), example=_SHORT),
    Operator("dropped_letter", "textual", "characters", "A letter left out.",
             c.dropped_letter, rate=(0.005, 0.06), example=_SHORT),
    Operator("doubled_letter", "textual", "characters", "A letter typed twice.",
             c.doubled_letter, rate=(0.005, 0.06), example=_SHORT),
    Operator("keyboard_typo", "textual", "characters", "A key hit beside the right one, on the keyboard of the language.",
             c.keyboard_typo, rate=(0.005, 0.08), always=True, example=_SHORT),
    Operator("homoglyph", "textual", "characters", "A character of another script that looks the same.",
             c.homoglyph, rate=(0.005, 0.06), example=_SHORT),
    Operator("zero_width", "textual", "characters", "Characters that do not show.",
             c.zero_width, rate=(0.005, 0.06), always=True, example=_SHORT),
    Operator("lost_accents", "textual", "characters", "Letters without their accents.",
             c.lost_accents, rate=(0.3, 1.0), example=_SHORT),
    Operator("mojibake", "textual", "characters", "Text written in one encoding and read in another.",
             c.mojibake, rate=(0.2, 1.0), example=_SHORT),
    Operator("null_field", "missing", "text", "A whole text left out.",
             i.null_field, effect="down", nulls=True, example=_SHORT),
)  # fmt: skip
"""Every operator. A new one is a function and a row."""


def names_of() -> list[str]:
    """Return the names of all operators, in order."""
    return [each.name for each in TABLE]


def operator(name: str) -> Operator:
    """Return an operator by name."""
    return TABLE[names_of().index(name)]


def passes_of(family: Family) -> list[tuple[int, Operator]]:
    """Return the operators of a family, each with the number of its pass."""
    return [(number, each) for number, each in enumerate(TABLE) if each.family == family]
