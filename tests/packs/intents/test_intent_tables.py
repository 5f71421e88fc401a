"""Pasted tables whose cells fit their columns, and stubs of functions that fit themselves."""

from __future__ import annotations

import ast
import re

import treadle as td
from treadle.packs.intents.domains import NUMERIC, domains
from treadle.packs.intents.recipe import intents

NUMBER = re.compile(r"-?[\d.]+|NA")


def test_numeric_columns_are_columns_and_there_are_four_of_them():
    for domain in domains():
        numeric = domain.lists[NUMERIC]
        assert len(numeric) >= 4
        assert len(set(numeric)) == len(numeric)
        assert "name" not in " ".join(numeric)


def test_cells_of_numeric_columns_are_numbers():
    """Of tables with commas and a head line every cell below a numeric column is a number, and no row has a cell too many."""
    numeric = {name for domain in domains() for name in domain.lists[NUMERIC]}
    seen = 0
    fields = ["text", "paste"]
    recipe = intents().without_faults()
    for row in td.generate(recipe, count=100_000, truth=False, columns=fields):
        lines = row["text"].splitlines()
        heads = [
            number for number, line in enumerate(lines) if len(numeric & set(line.split(","))) > 1 and " " not in line
        ]
        if row["paste"] != "table" or not heads:
            continue
        names = lines[heads[0]].split(",")
        for line in lines[heads[0] + 1 :]:
            cells = line.split(",")
            if len(cells) != len(names):
                break
            seen += 1
            assert all(NUMBER.fullmatch(cell) for name, cell in zip(names, cells, strict=True) if name in numeric), line
    assert seen > 20


def test_the_examples_of_stubs_are_true():
    """What a docstring of the plain stubs says of a call is what a function of that name and meaning returns."""
    known = {
        "count_vowels": lambda text: sum(letter in "aeiouAEIOU" for letter in text),
        "is_palindrome": lambda text: text == text[::-1],
        "reverse_words": lambda text: " ".join(text.split()[::-1]),
        "second_largest": lambda numbers: sorted(numbers)[-2],
        "digit_sum": lambda n: sum(map(int, str(n))),
        "to_binary": lambda n: f"{n:b}",
        "rotate": lambda items, k: items[-k % len(items) :] + items[: -k % len(items)],
        "is_anagram": lambda one, other: sorted(one) == sorted(other),
        "running_total": lambda numbers: [sum(numbers[: place + 1]) for place in range(len(numbers))],
        "leap_year": lambda year: year % 4 == 0 and (year % 100 != 0 or year % 400 == 0),
    }
    found = set()
    for row in td.generate(intents().without_faults(), count=200_000, truth=False, columns=["text", "intent"]):
        if row["intent"] != "code_generation":
            continue
        for name, given, told in re.findall(r">>> (\w+)\((.*)\)\n    (.*)\n", row["text"]):
            if name in known:
                found.add(name)
                assert known[name](*ast.literal_eval(f"[{given}]")) == ast.literal_eval(told), row["text"]
    assert len(found) >= 4
