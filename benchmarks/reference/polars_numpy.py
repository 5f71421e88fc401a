"""Polars and NumPy by hand: whole columns at once, block by block, one NumPy generator a block.

Words become Polars string columns once; a block gathers from them by random index, joins text with `concat_str` and
leaves the JSON to Polars. One thread unless `--workers` says more.
"""

import os
import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

from measured import Pools, argument_parser, blocks, load_pools, log_level, report


def _given() -> Namespace:
    parser = argument_parser(__doc__ or "", ["w1", "w3", "w4"])
    parser.add_argument("--block", type=int, default=50_000, help="rows a block")
    return parser.parse_args()


GIVEN = _given()
os.environ["POLARS_MAX_THREADS"] = str(GIVEN.workers)  # Polars counts its threads once, when it is imported

import numpy as np  # noqa: E402 - stays beside the import that has to wait
import polars as pl  # noqa: E402 - has to wait for the thread setting
import pyarrow as pa  # type: ignore[import-untyped]  # noqa: E402 - pyarrow has no types; stays beside the import above

HEX_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)
LOG_BEGINS = np.datetime64("2025-03-01T00:00:00", "ms")
LOG_ROWS_PER_SECOND = 5
UUID_PARTS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))

Array = np.ndarray[Any, np.dtype[Any]]  # Any: NumPy shapes and the mixed index widths are not tracked here
BlockMaker = Callable[[np.random.Generator, range], pl.DataFrame]
"""Returns the rows with these numbers as a frame whose columns are the workload's fields."""


def texts(words: Sequence[object]) -> pl.Series:
    """Return `words` as a string column to gather from."""
    return pl.Series([str(word) for word in words], dtype=pl.String)


def gathered(words: pl.Series, index: Array) -> pl.Series:
    """Return the words at the given places, shape (n_rows,)."""
    return words.gather(pl.Series(index.astype(np.uint32, copy=False)))


def drawn(draw: np.random.Generator, words: pl.Series, count: int) -> pl.Series:
    """Return `count` uniform draws from `words`."""
    return gathered(words, draw.integers(0, len(words), count, dtype=np.uint32))


def fixed_width(characters: Array) -> pl.Series:
    """Return the rows of a matrix of ASCII bytes, shape (n_rows, width), as a string column."""
    count, width = characters.shape
    ends = np.arange(count + 1, dtype=np.int64) * width
    strings = pa.LargeStringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(characters))
    return cast("pl.Series", pl.from_arrow(strings))


def hexadecimal(numbers: Array) -> Array:
    """Return the two digits of each byte, shape (n_rows, 2 * width)."""
    return np.take(HEX_PAIRS, numbers).view(np.uint8)


def uuid4s(draw: np.random.Generator, count: int) -> pl.Series:
    """Return `count` random UUIDs of version 4 (RFC 9562, section 5.4)."""
    numbers = draw.integers(0, 256, (count, 16), dtype=np.uint8)
    numbers[:, 6] = numbers[:, 6] & 0x0F | 0x40
    numbers[:, 8] = numbers[:, 8] & 0x3F | 0x80
    digits = hexadecimal(numbers)
    characters = np.full((count, 36), ord("-"), np.uint8)
    for dashes, (begin, end) in enumerate(UUID_PARTS):
        characters[:, begin:end] = digits[:, begin - dashes : end - dashes]
    return fixed_width(characters)


def profiles(pools: Pools) -> BlockMaker:
    """Return the maker of W1: a person in ten fields."""
    first, last = texts(pools["first"]), texts(pools["last"])
    first_lower, last_lower = first.str.to_lowercase(), last.str.to_lowercase()
    plain = {key: texts(pools[key]) for key in ("job", "company", "city", "country", "domain")}
    dates = texts([date(2000, 1, 1) + timedelta(days) for days in range(9_497)])
    numbers = texts(range(1_000))

    def block(draw: np.random.Generator, rows: range) -> pl.DataFrame:
        count = len(rows)
        first_at = draw.integers(0, len(first), count, dtype=np.uint32)
        last_at = draw.integers(0, len(last), count, dtype=np.uint32)
        frame = pl.DataFrame(
            {
                "first": gathered(first, first_at),
                "last": gathered(last, last_at),
                "mail_first": gathered(first_lower, first_at),
                "mail_last": gathered(last_lower, last_at),
                "mail_number": drawn(draw, numbers, count),
                **{key: drawn(draw, words, count) for key, words in plain.items()},
                "date": drawn(draw, dates, count),
                "int": draw.integers(0, 100_000, count, dtype=np.uint32),
                "float": np.round(draw.random(count) * 10_000, 2),
                "uuid": uuid4s(draw, count),
            }
        )
        mail = pl.concat_str("mail_first", pl.lit("."), "mail_last", "mail_number", pl.lit("@"), "domain")
        return frame.select(
            pl.concat_str("first", pl.lit(" "), "last").alias("name"),
            mail.alias("email"),
            "job",
            "company",
            "city",
            "country",
            "date",
            "int",
            "float",
            "uuid",
        )

    return block


class TemplateTable(NamedTuple):
    """Every template of every intent as one row of numbers, so that a block of texts is a handful of gathers."""

    upper_edges: Array  # (n_templates,), where each template's share of [0, n_intents) ends
    intent: pl.Series  # (n_templates,)
    literals: list[pl.Series]  # n_slots + 1 columns of (n_templates,)
    slot_words: pl.Series  # all slots' words end to end, with one empty word last
    slot_begins: Array  # (n_templates, n_slots), places in slot_words
    slot_sizes: Array  # (n_templates, n_slots), 1 where a template has fewer slots


def template_table(pools: Pools) -> TemplateTable:
    """Return the intents' templates, each padded with empty words to the slots of the longest."""
    begins, words = {}, list[str]()
    for slot, slot_words in pools["slots"].items():
        begins[slot] = len(words)
        words += slot_words
    edges, names, pieces = list[float](), list[str](), list[list[str]]()
    for number, (intent, templates) in enumerate(pools["intents"].items()):
        shares = np.cumsum([weight for _, weight in templates]) / sum(weight for _, weight in templates)
        edges.extend(number + shares)
        names += [intent] * len(templates)
        pieces += [re.split(r"\{(\w+)\}", text) for text, _ in templates]
    width = max(len(piece) for piece in pieces) // 2
    slots = [piece[1::2] for piece in pieces]
    literals = [piece[0::2] + [""] * (width - len(piece) // 2) for piece in pieces]
    return TemplateTable(
        np.array(edges),
        texts(names),
        [texts(column) for column in zip(*literals, strict=True)],
        texts([*words, ""]),
        np.array([[begins[s] for s in row] + [len(words)] * (width - len(row)) for row in slots], np.uint32),
        np.array([[len(pools["slots"][s]) for s in row] + [1] * (width - len(row)) for row in slots], np.uint32),
    )


def intents(pools: Pools) -> BlockMaker:
    """Return the maker of W3: a sentence from a weighted template, with its intent and four more labels."""
    table = template_table(pools)
    labels = {key: texts(pools[key]) for key in ("audience", "complexity", "style")}
    slot_count = table.slot_begins.shape[1]
    order = [name for slot in range(slot_count) for name in (f"literal{slot}", f"slot{slot}")]

    def block(draw: np.random.Generator, rows: range) -> pl.DataFrame:
        count = len(rows)
        chosen = np.searchsorted(table.upper_edges[:-1], draw.random(count) * table.upper_edges[-1], side="right")
        within = (draw.random((count, slot_count)) * table.slot_sizes[chosen]).astype(np.uint32)
        places = table.slot_begins[chosen] + within
        frame = pl.DataFrame(
            {
                **{f"literal{number}": gathered(column, chosen) for number, column in enumerate(table.literals)},
                **{f"slot{number}": gathered(table.slot_words, places[:, number]) for number in range(slot_count)},
                **{key: drawn(draw, words, count) for key, words in labels.items()},
                "intent": gathered(table.intent, chosen),
                "confidence": draw.integers(500, 1000, count, dtype=np.uint32) / 1000,
            }
        )
        return frame.select(
            pl.concat_str(*order, f"literal{slot_count}").alias("text"),
            "intent",
            "audience",
            "complexity",
            "confidence",
            "style",
        )

    return block


def weighted(draw: np.random.Generator, weights: Sequence[int], count: int) -> Array:
    """Return `count` places drawn in proportion to `weights`."""
    totals = np.cumsum(weights)
    places: Array = np.searchsorted(totals[:-1], draw.random(count) * totals[-1], side="right")
    return places


def access_log(pools: Pools) -> BlockMaker:
    """Return the maker of W4: a request in fifteen fields and as one line of the combined log format."""
    plain = {key: texts(pools[key]) for key in ("path", "protocol", "ref", "ua", "host", "region")}
    methods, octets, sizes = texts(pools["method"]), texts(range(256)), texts(range(50_000))
    statuses, status_texts = np.array(pools["status"], np.uint16), texts(pools["status"])
    levels = texts([log_level(status) for status in pools["status"]])
    users = texts([f"user{number}" for number in range(5_000)])

    def block(draw: np.random.Generator, rows: range) -> pl.DataFrame:
        count = len(rows)
        status = weighted(draw, pools["status_w"], count)
        size = draw.integers(0, len(sizes), count, dtype=np.uint32)
        address = draw.integers(0, 256, (count, 4), dtype=np.uint8)
        address[:, 0] |= 1  # no address begins with zero
        frame = pl.DataFrame(
            {
                **log_times(rows),
                **{f"octet{place}": gathered(octets, address[:, place]) for place in range(4)},
                "user": drawn(draw, users, count),
                "method": gathered(methods, weighted(draw, pools["method_w"], count)),
                **{key: drawn(draw, words, count) for key, words in plain.items()},
                "status": statuses[status],
                "status_text": gathered(status_texts, status),
                "bytes": size,
                "size_text": gathered(sizes, size),
                "latency_ms": np.round(5 + draw.random(count) * draw.random(count) * 2000, 1),
                "request_id": fixed_width(hexadecimal(draw.integers(0, 256, (count, 8), dtype=np.uint8))),
                "level": gathered(levels, status),
            }
        )
        address_text = pl.concat_str([f"octet{place}" for place in range(4)], separator=".")
        return frame.with_columns(address_text.alias("ip")).select(
            "ts",
            "ip",
            "user",
            "method",
            "path",
            "protocol",
            "status",
            "bytes",
            "latency_ms",
            pl.col("ref").alias("referrer"),
            pl.col("ua").alias("user_agent"),
            "host",
            "region",
            "request_id",
            "level",
            combined_line().alias("raw"),
        )

    return block


def log_times(rows: range) -> dict[str, pl.Series]:
    """Return the ISO time and the log's own form of it for each row, formatted once a second."""
    second = np.arange(rows.start, rows.stop) // LOG_ROWS_PER_SECOND
    moments = pl.Series(LOG_BEGINS + np.arange(second[0], second[-1] + 1).astype("timedelta64[s]"))
    within = second - second[0]
    return {
        "ts": gathered(moments.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), within),
        "clock": gathered(moments.dt.strftime("%d/%b/%Y:%H:%M:%S"), within),
    }


def combined_line() -> pl.Expr:
    """Return the expression of a request in the combined log format."""
    quote, space = pl.lit('"'), pl.lit(" ")
    return pl.concat_str(
        "ip",
        pl.lit(" - "),
        "user",
        pl.lit(" ["),
        "clock",
        pl.lit(' +0000] "'),
        "method",
        space,
        "path",
        space,
        "protocol",
        pl.lit('" '),
        "status_text",
        space,
        "size_text",
        pl.lit(' "'),
        "ref",
        pl.lit('" "'),
        "ua",
        quote,
    )


MAKERS: dict[str, Callable[[Pools], BlockMaker]] = {"w1": profiles, "w3": intents, "w4": access_log}


def main() -> None:
    """Write the workload that the command line names and print its RESULT line."""
    make = MAKERS[GIVEN.workload](load_pools())

    def write_rows() -> None:
        with GIVEN.out.open("wb") as out:
            for rows in blocks(GIVEN.count, GIVEN.block):
                make(np.random.default_rng([GIVEN.seed, rows.start]), rows).write_ndjson(out)

    report(write_rows, GIVEN.count, GIVEN.out)


if __name__ == "__main__":
    main()
