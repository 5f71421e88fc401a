"""W2, W3 and W4 for libraries that draw one value at a time: the rows written once, the draws left to the library."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

from measured import CLOSING_LINE, Pools, log_level

LOG_BEGINS = datetime(2025, 3, 1)  # noqa: DTZ001 - the log's clock is UTC and is printed without a zone
LOG_ROWS_PER_SECOND = 5

T = TypeVar("T")
Row = dict[str, Any]  # Any: the values of a row are those of JSON


class Pick(Protocol):
    """Chooses among words."""

    def __call__(self, words: Sequence[T], /) -> T:
        """Draw one of `words`."""


class Sample(Protocol):
    """Chooses several words at once."""

    def __call__(self, words: Sequence[T], count: int, /) -> list[T]:
        """Draw `count` different ones of `words`."""


class PickWeighted(Protocol):
    """Chooses among weighted words."""

    def __call__(self, weights: OrderedDict[T, Any], /) -> T:  # Any: a mapping's values are invariant
        """Draw one of the keys in proportion to its value; an OrderedDict because Faker takes nothing else."""


@dataclass(frozen=True)
class Draws:
    """What a library offers, as functions that each draw one value."""

    pick: Pick
    pick_weighted: PickWeighted
    sample: Sample
    whole: Callable[[int, int], int]
    """Returns a whole number, both ends included."""
    fraction: Callable[[], float]
    """Returns a number in [0, 1)."""
    name: Callable[[], str]
    email: Callable[[], str]
    phone: Callable[[], str]
    company: Callable[[], str]
    city: Callable[[], str]
    ip: Callable[[], str]
    hexadecimal: Callable[[int], str]
    """Returns so many hexadecimal digits."""


def resumes(draws: Draws, pools: Pools) -> Iterator[Row]:
    """Yield W2 without end: a résumé, a job, the skills the job requires, their match and its label."""
    weight = dict(zip(pools["skills"], pools["skill_w"], strict=True))
    for number in count():
        industry, skills = draws.pick(pools["industry"]), draws.sample(pools["skills"], draws.whole(8, 14))
        required = _required_skills(draws, pools, skills)
        title = draws.pick(pools["title"])
        score = round(sum(weight[s] for s in required if s in set(skills)) / sum(weight[s] for s in required), 4)
        yield {
            "id": number,
            "resume": _resume(draws, pools, industry, skills),
            "job_title": title,
            "job": _job(draws, pools, industry, title, required),
            "required": required,
            "score": score,
            "label": int(score >= 0.5),
        }


def _resume(draws: Draws, pools: Pools, industry: str, skills: list[str]) -> str:
    pick, whole = draws.pick, draws.whole
    title = pick(pools["title"])
    summary = pick(pools["summary"]).format(
        title=title, years=whole(2, 24), industry=industry, s1=skills[0], s2=skills[1]
    )
    lines, year = [], 2025
    for _ in range(whole(2, 4)):
        ended, year = year, year - whole(1, 4)
        lines.append(f"{pick(pools['title'])}, {draws.company()} ({year}-{ended})")
        lines += [f"- {_bullet(draws, pools, skills)}" for _ in range(whole(3, 4))]
    experience = "\n".join(lines)
    education = f"{pick(pools['degree'])}, {pick(pools['school'])} ({year - 4}-{year})"
    return (
        f"{draws.name()}\n{title} | {draws.city()} | {draws.email()} | {draws.phone()}\n\nSUMMARY\n{summary}\n\n"
        f"EXPERIENCE\n{experience}\n\nEDUCATION\n{education}\n\n"
        f"SKILLS\n{', '.join(skills)}"
    )


def _bullet(draws: Draws, pools: Pools, skills: list[str]) -> str:
    pick = draws.pick
    return pick(pools["bullet"]).format(
        verb=pick(pools["verb"]),
        thing=pick(pools["thing"]),
        skill=pick(skills),
        pct=draws.whole(5, 89),
        team=pick(pools["team"]),
    )


def _required_skills(draws: Draws, pools: Pools, skills: list[str]) -> list[str]:
    wanted = draws.whole(5, 8)
    required = draws.sample(skills, draws.whole(0, wanted))
    seen = {*skills, *required}
    while len(required) < wanted:
        skill = draws.pick(pools["skills"])
        if skill not in seen:
            seen.add(skill)
            required.append(skill)
    return required


def _job(draws: Draws, pools: Pools, industry: str, title: str, required: list[str]) -> str:
    pick, company = draws.pick, draws.company()
    about = pick(pools["about"]).format(
        company=company, industry=industry, city=draws.city(), title=title, team=pick(pools["team"])
    )
    duties = [
        duty.format(thing=pick(pools["thing"]), team=pick(pools["team"]), skill=pick(required))
        for duty in draws.sample(pools["resp"], 3)
    ]
    skill_lines, duty_lines = "\n* ".join(required), "\n* ".join(duties)
    return (
        f"{title} - {company}\n\n{about}\n\nRequired skills:\n* {skill_lines}\n\n"
        f"Responsibilities:\n* {duty_lines}\n\n{CLOSING_LINE}"
    )


def intents(draws: Draws, pools: Pools) -> Iterator[Row]:
    """Yield W3 without end: a sentence from a weighted template, with its intent and four more labels."""
    pick, fraction, slot_words = draws.pick, draws.fraction, pools["slots"]
    known = [(name, OrderedDict(texts)) for name, texts in pools["intents"].items()]
    slots = {text: re.findall(r"\{(\w+)\}", text) for _, texts in known for text in texts}
    while True:
        name, texts = pick(known)
        text = draws.pick_weighted(texts)
        yield {
            "text": text.format_map({slot: pick(slot_words[slot]) for slot in slots[text]}),
            "intent": name,
            "audience": pick(pools["audience"]),
            "complexity": pick(pools["complexity"]),
            "confidence": round(0.5 + fraction() / 2, 3),
            "style": pick(pools["style"]),
        }


def access_log(draws: Draws, pools: Pools) -> Iterator[Row]:
    """Yield W4 without end: a request in fifteen fields and as one line of the combined log format."""
    pick, whole, fraction = draws.pick, draws.whole, draws.fraction
    methods = OrderedDict(zip(pools["method"], pools["method_w"], strict=True))
    statuses = OrderedDict(zip(pools["status"], pools["status_w"], strict=True))
    for number in count():
        moment = LOG_BEGINS + timedelta(seconds=number // LOG_ROWS_PER_SECOND)
        ip, user, size = draws.ip(), f"user{whole(0, 4999)}", whole(0, 50_000)
        method, status = draws.pick_weighted(methods), draws.pick_weighted(statuses)
        path, protocol = pick(pools["path"]), pick(pools["protocol"])
        referrer, agent = pick(pools["ref"]), pick(pools["ua"])
        yield {
            "ts": moment.isoformat() + "Z",
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
            "host": pick(pools["host"]),
            "region": pick(pools["region"]),
            "request_id": draws.hexadecimal(16),
            "level": log_level(status),
            "raw": f'{ip} - {user} [{moment:%d/%b/%Y:%H:%M:%S} +0000] "{method} {path} {protocol}" {status} {size} '
            f'"{referrer}" "{agent}"',
        }


SHARED_WORKLOADS: dict[str, Callable[[Draws, Pools], Iterator[Row]]] = {"w2": resumes, "w3": intents, "w4": access_log}
