"""Numbers as people write them, as lists that rules draw from."""

from __future__ import annotations

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPELLED = dict(enumerate(_WORDS, start=1))


def _both(first: int, last: int) -> list[str]:
    """Return numbers in digits, and in words as well up to twelve."""
    return [*(str(n) for n in range(first, last + 1)), *(_SPELLED[n] for n in range(first, min(last, 12) + 1))]


def _ordinal(n: int) -> str:
    return f"{n}{'th' if n in {11, 12, 13} else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _dates() -> list[str]:
    days = [(month, day) for month in range(12) for day in range(1, 29)]
    return [
        *(f"{_MONTHS[month]} {day}" for month, day in days),
        *(f"{day} {_MONTHS[month]} {2019 + (day * 7 + month) % 9}" for month, day in days),
        *(f"{2019 + (day + month) % 9}-{month + 1:02d}-{day:02d}" for month, day in days),
        *(f"{_MONTHS[month][:3]} {_ordinal(day)}" for month, day in days),
    ]


def _durations() -> list[str]:
    spans = {"minutes": (10, 15, 20, 25, 30, 40, 45, 50, 90), "hours": range(2, 13), "days": range(2, 15)}
    spans |= {"weeks": range(2, 13), "months": range(2, 19), "years": range(2, 21)}
    made = [f"{n} {unit}" for unit, numbers in spans.items() for n in numbers]
    made += [f"{_SPELLED[n]} {unit}" for unit in spans for n in range(2, 7)]
    return [
        *made,
        "an hour",
        "half an hour",
        "a weekend",
        "a fortnight",
        "a semester",
        "a quarter",
        "a month and a half",
        "a day",
    ]


def _lengths() -> list[str]:
    made = [
        f"{n} words" for n in (25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 180, 200, 250, 300, 350, 400, 500, 600, 750)
    ]
    made += [f"{n} {unit}" for unit in ("sentences", "lines", "paragraphs") for n in (*range(2, 9), *_WORDS[1:6])]
    return [
        *made,
        *(f"{n} bullet points" for n in range(3, 9)),
        "one sentence",
        "a single paragraph",
        "half a page",
        "one page",
    ]


def _sequences() -> list[str]:
    """Return numbers that follow a rule: equal steps, equal factors, squares, sums of two, and two steps in turn."""
    places = range(5)
    made = [[first + step * n for n in places] for first in range(1, 25) for step in range(2, 16)]
    made += [[first - step * n for n in places] for first in range(60, 121, 3) for step in range(2, 13)]
    made += [[first * factor**n for n in places] for first in range(1, 10) for factor in range(2, 5)]
    made += [[(first + n) ** 2 + more for n in places] for first in range(1, 8) for more in range(-1, 10)]
    made += [[first + n * (n + 1) // 2 * step for n in places] for first in range(1, 20) for step in range(1, 6)]
    made += [_turns(first, one, other) for first in range(1, 12) for one in range(1, 8) for other in range(1, 8)]
    made += [_sums(first, second) for first in range(1, 9) for second in range(1, 12)]
    return list(dict.fromkeys(", ".join(map(str, each)) for each in made))


def _turns(first: int, one: int, other: int) -> list[int]:
    return [first, first + one, first + one + other, first + 2 * one + other, first + 2 * (one + other)]


def _sums(first: int, second: int) -> list[int]:
    third = first + second
    return [first, second, third, second + third, second + 2 * third]


NUMBERS: dict[str, list[str]] = {
    "few": _both(2, 5),
    "count": _both(2, 12),
    "tiny": [str(n) for n in range(2, 6)],
    "small": [str(n) for n in range(2, 13)],
    "tens": [str(n) for n in range(13, 100)],
    "hundreds": [str(n) for n in range(100, 1000)],
    "thousands": [
        *(f"{n:,}" for n in range(1_050, 100_000, 130)),
        *(str(n) for n in range(1_003, 30_000, 97)),
        *(f"{n}k" for n in range(2, 99)),
    ],
    "ordinal": [_ordinal(n) for n in range(1, 13)],
    "digit": [str(n) for n in range(10)],
    "number": [str(n) for n in range(2, 1000)],
    "percent": [*(f"{n}%" for n in range(1, 99)), *(f"{n // 10}.{n % 10}%" for n in range(11, 300) if n % 10)],
    "decimal": [
        *(f"{n // 10}.{n % 10}" for n in range(1, 200)),
        *(f"{n // 100}.{n % 100:02d}" for n in range(105, 9900, 37)),
    ],
    "fraction": [f"{a}/{b}" for b in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12) for a in range(1, b)],
    "price": [
        *(f"${n // 100}.{n % 100:02d}" for n in range(149, 9000, 53)),
        *(f"${n:,}" for n in range(20, 3000, 15)),
        *(f"\u20ac{n}" for n in range(5, 900, 7)),
        *(f"\u00a3{n // 100}.{n % 100:02d}" for n in range(99, 6000, 71)),
        *(f"{n} dollars" for n in range(3, 400, 5)),
        *(f"{n} euros" for n in range(4, 400, 9)),
    ],
    "year": [str(n) for n in range(1950, 2031)],
    "clock": [
        *(
            f"{hour}:{minute:02d} {half}"
            for hour in range(1, 13)
            for minute in (0, 5, 10, 15, 20, 30, 40, 45, 50)
            for half in ("am", "pm")
        ),
        *(f"{hour:02d}:{minute:02d}" for hour in range(6, 24) for minute in (0, 10, 15, 25, 30, 35, 45, 55)),
        *(f"{hour}{half}" for hour in range(1, 13) for half in ("am", "pm")),
        "noon",
    ],
    "date": _dates(),
    "weekday": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "month": list(_MONTHS),
    "duration": _durations(),
    "words": _lengths(),
    "size": [f"{n} {unit}" for unit in ("MB", "GB", "TB") for n in (*range(1, 17), 24, 32, 48, 64, 120, 250, 500)],
    "distance": [
        *(f"{n} km" for n in range(2, 160, 3)),
        *(f"{n} miles" for n in range(2, 120, 3)),
        *(f"{n} m" for n in range(5, 900, 15)),
        *(f"{n} cm" for n in range(3, 200, 4)),
        *(f"{n} feet" for n in range(4, 90, 3)),
    ],
    "hex2": [f"{n:02x}" for n in range(256)],
    "sequence": _sequences(),
    "letter": list("ABCDEFGHJKLMNPRSTUVWXYZ"),
    "two_digits": [f"{n:02d}" for n in range(100)],
}
"""Lists by the slot that draws from them."""
