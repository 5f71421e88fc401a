"""Mimesis with its provider methods called directly, without the `Field` look-up by name (about twice as fast).

Persons, companies and places are Mimesis's own; titles, skills, templates and paths come from the shared vocabularies.
"""

from collections.abc import Iterator
from itertools import islice

from measured import argument_parser, load_pools, report, write_all
from mimesis import Generic, Locale
from one_by_one import SHARED_WORKLOADS, Draws, Row
from orjson import OPT_APPEND_NEWLINE, dumps


def profiles(library: Generic) -> Iterator[Row]:
    """Yield W1 without end: a person in ten fields."""
    person, address, numeric = library.person, library.address, library.numeric
    name, email, job, company = person.full_name, person.email, person.occupation, library.finance.company
    city, country, day, uuid = address.city, address.country, library.datetime.date, library.cryptographic.uuid
    whole, decimal = numeric.integer_number, numeric.float_number
    while True:
        yield {
            "name": name(),
            "email": email(),
            "job": job(),
            "company": company(),
            "city": city(),
            "country": country(),
            "date": day(),
            "int": whole(0, 99_999),
            "float": decimal(0.0, 10_000.0, 2),
            "uuid": uuid(),
        }


def draws_of(library: Generic) -> Draws:
    """Return what the shared workloads draw, as Mimesis offers it."""
    person, random = library.person, library.random
    return Draws(
        pick=random.choice,
        pick_weighted=random.weighted_choice,
        sample=random.sample,
        whole=random.randint,
        fraction=random.random,
        name=person.full_name,
        email=person.email,
        phone=lambda: person.phone_number(mask="+1-555-####"),
        company=library.finance.company,
        city=library.address.city,
        ip=library.internet.ip_v4,
        hexadecimal=lambda digits: f"{random.getrandbits(4 * digits):0{digits}x}",
    )


def main() -> None:
    """Write the workload that the command line names and print its RESULT line."""
    parser = argument_parser(__doc__, ["w1", *SHARED_WORKLOADS])
    given = parser.parse_args()
    if given.workers != 1:
        parser.error(f"--workers: expected 1, for Mimesis draws in one process, workers={given.workers}")
    library, pools = Generic(Locale.EN, seed=given.seed), load_pools()
    shared = SHARED_WORKLOADS.get(given.workload)
    rows = profiles(library) if shared is None else shared(draws_of(library), pools)
    lines = (dumps(row, option=OPT_APPEND_NEWLINE) for row in islice(rows, given.count))
    report(lambda: write_all(given.out, lines), given.count, given.out)


if __name__ == "__main__":
    main()
