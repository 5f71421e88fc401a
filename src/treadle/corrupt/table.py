"""The table of operators, in the order of their passes: whole texts and sections first, then lines and words, characters last.

An operator that reads marks comes before those that would damage them. Those on facts stand at the end, as they have no pass.
"""

from __future__ import annotations

from treadle.corrupt import characters as c
from treadle.corrupt import cues as q
from treadle.corrupt import insertions as i
from treadle.corrupt import lines as ln
from treadle.corrupt import marked as m
from treadle.corrupt import sections as s
from treadle.corrupt import words as w
from treadle.corrupt.operators import FAMILIES, About, Operator

_PERSON: tuple[About, ...] = ("person",)
"""Of operators that put in what somebody says of himself."""

__all__ = ["BY_NAME", "FAMILIES", "TABLE", "names_of"]

TABLE: tuple[Operator, ...] = (
    # Records
    Operator("exact_duplicate", "missing", "records", "An earlier record once more.", weight=0.25),
    Operator("near_duplicate", "missing", "records", "An earlier record once more, but for a slip here and there.", weight=0.25),
    # Dates, companies, skills, contact details
    Operator("swapped_dates", "human-error", "pieces", "The two dates of a period in the wrong order.",
             m.swapped_dates, needs=("date",)),
    Operator("mixed_dates", "structural", "pieces", "Some dates written in another way than the rest.",
             m.mixed_dates, rate=(0.2, 0.9), needs=("date",)),
    Operator("missing_dates", "missing", "pieces", "Dates left out.",
             m.missing_dates, rate=(0.1, 1.0), needs=("date",)),
    Operator("missing_contact", "missing", "pieces", "Telephone, e-mail or address left out.",
             m.missing_contact, rate=(0.3, 1.0), needs=("contact",)),
    Operator("icon_labels", "structural", "pieces", "Icons of a template before telephone and address.",
             m.icon_labels, rate=(0.5, 1.0), needs=("contact",)),
    Operator("wrong_company", "human-error", "pieces", "Another company's name, as in a letter written for somebody else.",
             m.wrong_company, needs=("company",), lists=("companies",)),
    Operator("claimed_without_evidence", "skill-match", "pieces", "A skill that is asked for listed, with nothing to show for it.",
             m.claimed_without_evidence, effect="up", needs=("skill",), values=("claimed",), about=_PERSON),
    Operator("keyword_stuffing", "skill-match", "text", "The words that are asked for, in a heap at the end.",
             m.keyword_stuffing, effect="up", values=("keywords",), always=True, about=_PERSON),
    # Cues of who somebody is: the score and the label stay
    Operator("swapped_name", "fairness", "pieces", "Another name, and an address that agrees with it.",
             q.swapped_name, needs=("person", "given_name", "family_name", "email"), together=True,
             uses=("given_native", "family_native", "link"), about=_PERSON),
    Operator("swapped_institution", "fairness", "pieces", "Another place of study.",
             q.swapped_institution, needs=("institution",), together=True, about=_PERSON),
    Operator("swapped_place", "fairness", "pieces", "Another place to live.",
             q.swapped_place, needs=("place",), about=_PERSON),
    Operator("gap_reason", "fairness", "text", "Why somebody did not work for a while.",
             q.gap_reason, always=True, about=_PERSON),
    Operator("society", "fairness", "text", "A society that somebody belongs to, which may tell a gender.",
             q.society, about=_PERSON),
    # Sections
    Operator("dropped_section", "structural", "sections", "A section left out.",
             s.dropped_section, effect="down", uses=("heading",)),
    Operator("reordered_sections", "structural", "sections", "Sections in another order.",
             s.reordered_sections, uses=("heading",)),
    Operator("interleaved_columns", "structural", "sections", "Two sections read line by line across.",
             s.interleaved_columns, uses=("heading",)),
    Operator("merged_sections", "structural", "sections", "A section run on to the one before, without its heading.",
             s.merged_sections, uses=("heading",)),
    Operator("lost_header", "structural", "sections", "The heading of a section lost.",
             s.lost_header, needs=("heading",)),
    Operator("renamed_header", "structural", "sections", "A heading that another section may have too.",
             s.renamed_header, needs=("heading",)),
    # Lines put in
    Operator("padding", "domain-specific", "text", "A sentence that says nothing.",
             i.padding, voiced=True, always=True),
    Operator("buzzwords", "domain-specific", "text", "A line of fashionable words.",
             i.buzzwords, voiced=True),
    Operator("mixed_careers", "domain-specific", "text", "A line from somebody else's trade.",
             i.mixed_careers, lists=("careers",), about=_PERSON),
    Operator("homonyms", "domain-specific", "text", "A line in which a word that is asked for means something else.",
             i.homonyms, effect="up", about=_PERSON),
    Operator("copied_block", "human-error", "text", "A block left over from another letter.",
             i.copied_block, voiced=True),
    Operator("placeholder", "missing", "text", "A gap of a template left unfilled.",
             i.placeholder, voiced=True),
    Operator("repeated_line", "human-error", "lines", "A line left in twice.",
             ln.repeated_line, always=True),
    Operator("unfinished_sentence", "human-error", "lines", "A line that breaks off.",
             ln.unfinished_sentence),
    # Lines
    Operator("mixed_bullets", "structural", "lines", "Lines of a list that begin with other marks than the rest.",
             ln.mixed_bullets, rate=(0.2, 0.8)),
    Operator("ragged_indents", "structural", "lines", "Lines set further in than the others.",
             ln.ragged_indents, rate=(0.1, 0.6)),
    Operator("hard_wraps", "structural", "lines", "Lines broken in the middle.",
             ln.hard_wraps, rate=(0.02, 0.1)),
    Operator("lost_line_ends", "structural", "lines", "Lines run together.",
             ln.lost_line_ends, rate=(0.1, 0.8)),
    Operator("lost_blank_lines", "structural", "lines", "Empty lines between paragraphs left out.",
             ln.lost_blank_lines, rate=(0.2, 1.0)),
    Operator("trailing_spaces", "human-error", "lines", "Spaces and tabs at the ends of lines.",
             ln.trailing_spaces, rate=(0.1, 0.6)),
    Operator("doubled_punctuation", "human-error", "characters", "Marks typed twice, or with a space before them.",
             ln.doubled_punctuation, rate=(0.05, 0.4)),
    # Markup
    Operator("html_residue", "missing", "words", "Tags of a web page left in.",
             i.html_residue, rate=(0.01, 0.1), always=True),
    Operator("markdown_residue", "missing", "words", "Marks of Markdown left in.",
             i.markdown_residue, rate=(0.01, 0.1)),
    Operator("latex_residue", "missing", "words", "Commands of LaTeX left in.",
             i.latex_residue, rate=(0.01, 0.1)),
    Operator("html_entities", "missing", "characters", "Characters written as a web page's source has them.",
             i.html_entities, rate=(0.3, 1.0)),
    Operator("latex_escapes", "missing", "characters", "Characters written as LaTeX's source has them.",
             i.latex_escapes, rate=(0.3, 1.0)),
    # Words
    Operator("alias", "textual", "words", "A thing called by another of its names, or by an abbreviation of it.",
             w.alias, rate=(0.2, 0.8), lists=("aliases",), uses=("skill",)),
    Operator("synonym", "textual", "words", "Another word for the same.",
             w.synonym, rate=(0.1, 0.6), spares=("skill", "company", "title", "institution")),
    Operator("abbreviation", "textual", "words", "Words shortened as in notes.",
             w.abbreviation, rate=(0.2, 0.9)),
    Operator("spelling_variant", "textual", "words", "British for American spelling, or the other way round.",
             w.spelling_variant, rate=(0.3, 1.0)),
    Operator("misspelling", "textual", "words", "Words misspelt as people misspell them.",
             w.misspelling, rate=(0.02, 0.3)),
    Operator("repeated_word", "human-error", "words", "A word written twice.",
             w.repeated_word, rate=(0.002, 0.02)),
    Operator("changed_case", "human-error", "words", "Words in capitals, in small letters, or with their case turned.",
             w.changed_case, rate=(0.01, 0.15), always=True),
    Operator("split_word", "structural", "words", "Words broken in two by a space.",
             w.split_word, rate=(0.005, 0.06), always=True),
    Operator("hyphenated_word", "structural", "words", "Words that keep the hyphen and line end of a page.",
             w.hyphenated_word, rate=(0.005, 0.06)),
    Operator("glued_words", "structural", "words", "The space between two words lost.",
             w.glued_words, rate=(0.01, 0.12), always=True),
    Operator("space_runs", "structural", "words", "Three spaces or more in the place of one.",
             w.space_runs, rate=(0.01, 0.12)),
    # Characters
    Operator("ocr_confusion", "textual", "characters", "Characters taken for others that look alike, as when print is read.",
             c.ocr_confusion, rate=(0.01, 0.12)),
    Operator("transposed_letters", "textual", "characters", "Two letters typed in the wrong order.",
             c.transposed_letters, rate=(0.005, 0.06)),
    Operator("dropped_letter", "textual", "characters", "A letter left out.",
             c.dropped_letter, rate=(0.005, 0.06)),
    Operator("doubled_letter", "textual", "characters", "A letter typed twice.",
             c.doubled_letter, rate=(0.005, 0.06)),
    Operator("keyboard_typo", "textual", "characters", "A key hit beside the right one, on the keyboard of the language.",
             c.keyboard_typo, rate=(0.005, 0.08), always=True),
    Operator("homoglyph", "textual", "characters", "A character of another script that looks the same.",
             c.homoglyph, rate=(0.005, 0.06)),
    Operator("zero_width", "textual", "characters", "Characters that do not show.",
             c.zero_width, rate=(0.005, 0.06), always=True),
    Operator("lost_accents", "textual", "characters", "Letters without their accents.",
             c.lost_accents, rate=(0.3, 1.0)),
    Operator("mojibake", "textual", "characters", "Text written in one encoding and read in another.",
             c.mojibake, rate=(0.2, 1.0)),
    Operator("null_field", "missing", "text", "A whole text left out.",
             i.null_field, effect="down", nulls=True),
    # Facts: the recipe that owns them puts these in before anything is written
    Operator("partial_overlap", "skill-match", "facts", "A skill that is asked for missing.",
             effect="by score", words=("holds bread plans", "holds none")),
    Operator("sibling_skills", "skill-match", "facts", "A skill that is asked for covered by a comparable one alone.",
             effect="by score", words=("bread plans", "pastry plans")),
    Operator("domain_mismatch", "skill-match", "facts", "Somebody of another trade, with its skills.",
             effect="by score", words=("a baker", "a bookkeeper")),
    Operator("seniority_gap", "skill-match", "facts", "A level two or more from the one that is asked for.",
             effect="by score", words=("senior", "entry")),
    Operator("outdated_skills", "experience", "facts", "A skill past its day in the place of what is used now.",
             effect="by score", words=("TypeScript", "CoffeeScript")),
    Operator("legacy_tools", "experience", "facts", "A tool in the place of its successor.",
             effect="by score", words=("Apache Spark", "Hadoop MapReduce")),
    Operator("inflated_years", "experience", "facts", "More years stated, and scored, than the jobs add up to.",
             effect="by score", words=("5 years", "9 years")),
    Operator("overlapping_jobs", "experience", "facts", "Two jobs at once for some months.",
             effect="by score", words=("1 month between two jobs", "3 months in two jobs at once")),
    Operator("career_gap", "experience", "facts", "A year and a half to four years between two jobs.",
             effect="by score", words=("2 months between two jobs", "27 months between two jobs")),
    Operator("level_jump", "experience", "facts", "An entry-level job right before a senior one.",
             effect="by score", words=("mid before senior", "entry before senior")),
)  # fmt: skip
"""Every operator. A new one is a function and a row."""


BY_NAME = {each.name: each for each in TABLE}


def names_of() -> list[str]:
    """Return the names of all operators, in order."""
    return list(BY_NAME)
