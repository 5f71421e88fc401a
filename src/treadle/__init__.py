"""Treadle: synthetic labelled text data whose truth is known by construction."""

from treadle.columns import Lists
from treadle.fields import (by, chance, check, choice, clock, cumulative, date, decimal, derive, each, hexadecimal, integer, merge, pick, quantiles, quota, read_rules, rules, sample, serial, text, uuid)
from treadle.notation import escape
from treadle.recipe import Recipe
