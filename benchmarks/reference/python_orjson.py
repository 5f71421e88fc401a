"""Plain Python with orjson, tuned as an engineer who needs the rows would tune it.

Words are drawn many at a time with `random.choices`, templates are compiled once, names are local, and the C heap is
kept between blocks. A block of 1,000 rows has its own seed, so rows change when the block size does; `--row-seed` (W3)
seeds every row by its number instead, which is what it costs to keep each row the same however the work is cut.
"""

import ctypes
import multiprocessing
import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import accumulate, chain
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from measured import CLOSING_LINE, Pools, argument_parser, blocks, load_pools, log_level, report, write_all
from orjson import OPT_APPEND_NEWLINE, dumps

BLOCK_ROWS = 1_000
DRAWS_AT_ONCE = 256
DATES = [(date(2000, 1, 1) + timedelta(days)).isoformat() for days in range(9_497)]
LOG_BEGINS = datetime(2025, 3, 1)  # noqa: DTZ001 - the log's clock is UTC and is printed without a zone
LOG_ROWS_PER_SECOND = 5
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

T = TypeVar("T")
BlockWriter = Callable[[Random, range], bytes]
"""Returns the JSON lines of the rows with these numbers, drawn from a generator seeded for them."""


class Template(NamedTuple):
    """A text with `%s` in place of its slots, and what picks their values out of a fixed order of names."""

    form: str
    pick: Callable[[tuple[object, ...]], object]


def compiled(templates: Sequence[str], names: Sequence[str]) -> list[Template]:
    """Return `templates` ready to be filled by `form % pick(values)`, the values standing in the order of `names`."""
    return [
        Template(_percent_form(template), itemgetter(*(names.index(slot) for slot in _slots(template))))
        for template in templates
    ]


def _slots(template: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", template)


def _percent_form(template: str) -> str:
    return re.sub(r"\{\w+\}", "%s", template.replace("%", "%%"))


def endless(draw: Random, words: Sequence[T]) -> Iterator[T]:
    """Return uniform draws from `words` without end: one call of `choices` serves many."""
    return chain.from_iterable(iter(partial(draw.choices, words, k=DRAWS_AT_ONCE), None))


def together(draw: Random, *columns: Sequence[Any]) -> Iterator[tuple[Any, ...]]:  # Any: one type a column
    """Return tuples without end that hold a uniform draw from each column."""
    return zip(*[endless(draw, column) for column in columns], strict=False)


def profiles(pools: Pools) -> BlockWriter:
    """Return the writer of W1: a person in ten fields."""
    words = [pools[key] for key in ("first", "last", "job", "company", "city", "country", "domain")] + [DATES]

    def block(draw: Random, rows: range) -> bytes:
        fraction, bits, count = draw.random, draw.getrandbits, len(rows)
        columns = [draw.choices(column, k=count) for column in words]
        return b"".join(
            [
                dumps(
                    {
                        "name": f"{first} {last}",
                        "email": f"{first}.{last}{int(fraction() * 1000)}@{domain}".lower(),
                        "job": job,
                        "company": company,
                        "city": city,
                        "country": country,
                        "date": day,
                        "int": int(fraction() * 100_000),
                        "float": round(fraction() * 10_000, 2),
                        "uuid": _uuid4(bits(128)),
                    },
                    option=OPT_APPEND_NEWLINE,
                )
                for first, last, job, company, city, country, domain, day in zip(*columns, strict=True)
            ]
        )

    return block


def _uuid4(bits: int) -> str:
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[bits & 3]}{digits[17:20]}-{digits[20:]}"


def resumes(pools: Pools) -> BlockWriter:
    """Return the writer of W2: a résumé, a job, the skills the job requires, their match and its label."""
    weight = dict(zip(pools["skills"], pools["skill_w"], strict=True))

    def block(draw: Random, rows: range) -> bytes:
        resume, job = _resume_source(pools, draw), _job_source(pools, draw)
        lines = []
        for number in rows:
            industry, skills, resume_text = resume()
            title, required, job_text = job(industry, skills)
            held = set(skills)
            score = round(sum([weight[s] for s in required if s in held]) / sum([weight[s] for s in required]), 4)
            row = {
                "id": number,
                "resume": resume_text,
                "job_title": title,
                "job": job_text,
                "required": required,
                "score": score,
                "label": int(score >= 0.5),
            }
            lines.append(dumps(row, option=OPT_APPEND_NEWLINE))
        return b"".join(lines)

    return block


def _resume_source(pools: Pools, draw: Random) -> Callable[[], tuple[str, list[str], str]]:
    """Return a function that draws one résumé: its industry, its skills and its text."""
    fraction, sample, skill_pool, posts = draw.random, draw.sample, pools["skills"], _post_source(pools, draw)
    people = together(draw, *(pools[key] for key in ("first", "last", "title", "city", "domain", "industry")))
    schooling = together(draw, pools["degree"], pools["school"])
    summaries = endless(draw, compiled(pools["summary"], ("title", "years", "industry", "s1", "s2")))

    def resume() -> tuple[str, list[str], str]:
        first, last, title, city, domain, industry = next(people)
        skills = sample(skill_pool, 8 + int(fraction() * 7))
        form, pick = next(summaries)
        summary = form % pick((title, 2 + int(fraction() * 23), industry, skills[0], skills[1]))
        experience, year = posts(skills)
        degree, school = next(schooling)
        return (
            industry,
            skills,
            (
                f"{first} {last}\n{title} | {city} | {first.lower()}.{last.lower()}@{domain}"
                f" | +1-555-{1000 + int(fraction() * 9000)}\n\nSUMMARY\n{summary}\n\nEXPERIENCE\n{experience}\n\n"
                f"EDUCATION\n{degree}, {school} ({year - 4}-{year})\n\nSKILLS\n{', '.join(skills)}"
            ),
        )

    return resume


def _post_source(pools: Pools, draw: Random) -> Callable[[list[str]], tuple[str, int]]:
    """Return a function that draws the posts a person with these skills held, and the year the first one began."""
    fraction = draw.random
    employers = together(draw, pools["title"], pools["company"], range(1, 5))
    bullets = compiled(pools["bullet"], ("verb", "thing", "skill", "pct", "team"))
    deeds = together(draw, bullets, pools["verb"], pools["thing"], range(5, 90), pools["team"])

    def posts(skills: list[str]) -> tuple[str, int]:
        lines, ended, known = [], 2025, len(skills)
        for _ in range(2 + int(fraction() * 3)):
            title, company, years = next(employers)
            began = ended - years
            lines.append(f"{title}, {company} ({began}-{ended})")
            ended = began
            for _ in range(3 + int(fraction() * 2)):
                (form, pick), verb, thing, percent, team = next(deeds)
                lines.append("- " + form % pick((verb, thing, skills[int(fraction() * known)], percent, team)))
        return "\n".join(lines), ended

    return posts


def _job_source(pools: Pools, draw: Random) -> Callable[[str, list[str]], tuple[str, list[str], str]]:
    """Return a function that draws a job for a résumé's industry and skills: its title, required skills and text."""
    fraction, sample = draw.random, draw.sample
    firms = together(draw, *(pools[key] for key in ("company", "title", "city", "team")))
    about = endless(draw, compiled(pools["about"], ("company", "industry", "city", "title", "team")))
    duties = compiled(pools["resp"], ("thing", "team", "skill"))
    things, teams, other_skills = (endless(draw, pools[key]) for key in ("thing", "team", "skills"))

    def job(industry: str, skills: list[str]) -> tuple[str, list[str], str]:
        wanted = 5 + int(fraction() * 4)
        required = sample(skills, int(fraction() * wanted + 0.5))
        seen = {*skills, *required}
        while len(required) < wanted:
            skill = next(other_skills)
            if skill not in seen:
                seen.add(skill)
                required.append(skill)
        company, title, city, team = next(firms)
        form, pick = next(about)
        duty_lines = "\n* ".join(
            [
                form % pick((next(things), next(teams), required[int(fraction() * wanted)]))
                for form, pick in sample(duties, 3)
            ]
        )
        return (
            title,
            required,
            (
                f"{title} - {company}\n\n{form % pick((company, industry, city, title, team))}\n\nRequired skills:\n* "
                + "\n* ".join(required)
                + f"\n\nResponsibilities:\n* {duty_lines}\n\n{CLOSING_LINE}"
            ),
        )

    return job


class Intent(NamedTuple):
    """An intent with its templates, the slot words each one needs, and the running total of their weights."""

    name: str
    templates: list[tuple[str, list[list[str]]]]
    totals: list[int]


def _intents(pools: Pools) -> list[Intent]:
    return [
        Intent(
            name,
            [(_percent_form(text), [pools["slots"][slot] for slot in _slots(text)]) for text, _ in templates],
            list(accumulate(weight for _, weight in templates)),
        )
        for name, templates in pools["intents"].items()
    ]


def intents(pools: Pools) -> BlockWriter:
    """Return the writer of W3: a sentence from a weighted template, with its intent and four more labels."""
    known = _intents(pools)
    labels = [pools[key] for key in ("audience", "complexity", "style")]

    def block(draw: Random, rows: range) -> bytes:
        fraction, count = draw.random, len(rows)
        chosen = draw.choices(known, k=count)
        columns = [draw.choices(column, k=count) for column in labels]
        lines = []
        for (name, templates, totals), audience, complexity, style in zip(chosen, *columns, strict=True):
            form, slots = templates[bisect(totals, fraction() * totals[-1])]
            row = {
                "text": form % tuple([words[int(fraction() * len(words))] for words in slots]),
                "intent": name,
                "audience": audience,
                "complexity": complexity,
                "confidence": round(0.5 + fraction() / 2, 3),
                "style": style,
            }
            lines.append(dumps(row, option=OPT_APPEND_NEWLINE))
        return b"".join(lines)

    return block


def row_seeded_intents(pools: Pools, seed: int) -> BlockWriter:
    """Return the writer of W3 that seeds every row by its number: a row is the same in any block."""
    known = _intents(pools)
    audiences, complexities, styles = (pools[key] for key in ("audience", "complexity", "style"))

    def block(draw: Random, rows: range) -> bytes:
        fraction, reseed, lines = draw.random, draw.seed, []
        for number in rows:
            reseed(seed << 40 | number)
            name, templates, totals = known[int(fraction() * len(known))]
            form, slots = templates[bisect(totals, fraction() * totals[-1])]
            row = {
                "text": form % tuple([words[int(fraction() * len(words))] for words in slots]),
                "intent": name,
                "audience": audiences[int(fraction() * len(audiences))],
                "complexity": complexities[int(fraction() * len(complexities))],
                "confidence": round(0.5 + fraction() / 2, 3),
                "style": styles[int(fraction() * len(styles))],
            }
            lines.append(dumps(row, option=OPT_APPEND_NEWLINE))
        return b"".join(lines)

    return block


def access_log(pools: Pools) -> BlockWriter:
    """Return the writer of W4: a request in fifteen fields and as one line of the combined log format."""
    words = [pools[key] for key in ("path", "ua", "ref", "host", "region", "protocol")]
    levels = {status: log_level(status) for status in pools["status"]}

    def block(draw: Random, rows: range) -> bytes:
        fraction, bits, count, lines = draw.random, draw.getrandbits, len(rows), []
        methods = draw.choices(pools["method"], pools["method_w"], k=count)
        statuses = draw.choices(pools["status"], pools["status_w"], k=count)
        columns = [draw.choices(column, k=count) for column in words]
        for (iso, clock), method, status, path, agent, referrer, host, region, protocol in zip(
            _moments(rows), methods, statuses, *columns, strict=True
        ):
            octets = bits(32)
            ip = f"{octets >> 24 or 1}.{octets >> 16 & 255}.{octets >> 8 & 255}.{octets & 255}"
            user, size = f"user{int(fraction() * 5000)}", int(fraction() * 50_000)
            row = {
                "ts": iso,
                "ip": ip,
                "user": user,
                "method": method,
                "path": path,
                "protocol": protocol,
                "status": status,
                "bytes": size,
                "latency_ms": round(5 + fraction() * fraction() * 2000, 1),
                "referrer": referrer,
                "user_agent": agent,
                "host": host,
                "region": region,
                "request_id": f"{bits(64):016x}",
                "level": levels[status],
                "raw": f'{ip} - {user} [{clock}] "{method} {path} {protocol}" {status} {size} "{referrer}" "{agent}"',
            }
            lines.append(dumps(row, option=OPT_APPEND_NEWLINE))
        return b"".join(lines)

    return block


def _moments(rows: range) -> Iterator[tuple[str, str]]:
    """Yield the ISO time and the log's own form of it for each row; rows of one second share them."""
    begin, second, moment = LOG_BEGINS, -1, ("", "")
    for number in rows:
        if number // LOG_ROWS_PER_SECOND != second:
            second = number // LOG_ROWS_PER_SECOND
            iso = (begin + timedelta(seconds=second)).isoformat()
            clock = f"{iso[8:10]}/{MONTHS[int(iso[5:7]) - 1]}/{iso[:4]}:{iso[11:]} +0000"
            moment = (iso + "Z", clock)
        yield moment


WRITERS: dict[str, Callable[[Pools], BlockWriter]] = {"w1": profiles, "w2": resumes, "w3": intents, "w4": access_log}


@cache
def _writer(workload: str, row_seed: int | None) -> BlockWriter:
    """Return the workload's writer, made once in each process; `row_seed` is None where blocks are seeded."""
    pools = load_pools()
    return WRITERS[workload](pools) if row_seed is None else row_seeded_intents(pools, row_seed)


def _block(workload: str, seed: int, row_seed: int | None, rows: range) -> bytes:
    return _writer(workload, row_seed)(Random(f"{workload}/{seed}/{rows.start}"), rows)


def keep_heap() -> None:
    """Stop glibc from giving the top of the heap back after every block only to fault it in again for the next."""
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)  # Any: a foreign function has no signature
    if mallopt is None:  # no glibc, no such setting
        return
    trim_threshold, mmap_threshold = -1, -3
    for setting in (trim_threshold, mmap_threshold):
        mallopt(setting, 1 << 28)


def write_rows(path: Path, work: list[range], block: Callable[[range], bytes], workers: int) -> None:
    """Write the blocks in order, made by `workers` processes."""
    if workers == 1:
        write_all(path, map(block, work))
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        write_all(path, pool.imap(block, work, chunksize=4))
        pool.close()
        pool.join()  # a child's CPU seconds count only once it has ended


def main() -> None:
    """Write the workload that the command line names and print its RESULT line."""
    parser = argument_parser(__doc__, list(WRITERS))
    parser.add_argument("--row-seed", action="store_true", help="one seed a row (W3)")
    given = parser.parse_args()
    if given.row_seed and given.workload != "w3":
        parser.error(f"--row-seed: expected workload w3, workload={given.workload}")
    keep_heap()
    row_seed = given.seed if given.row_seed else None
    _writer(given.workload, row_seed)
    block = partial(_block, given.workload, given.seed, row_seed)
    work = blocks(given.count, BLOCK_ROWS)
    report(lambda: write_rows(given.out, work, block, given.workers), given.count, given.out)


if __name__ == "__main__":
    main()
