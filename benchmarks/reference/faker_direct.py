"""Faker's generator called directly, not through its proxy, and with unweighted names (its fastest setting).

Persons, companies and places are Faker's own; titles, skills, templates and paths come from the shared vocabularies.
"""

from collections.abc import Iterator
from itertools import islice

from faker import Faker
from measured import argument_parser, load_pools, report, write_all
from one_by_one import SHARED_WORKLOADS, Draws, Row
from orjson import OPT_APPEND_NEWLINE, dumps


def profiles(library: Faker) -> Iterator[Row]:
    """Yield W1 without end: a person in ten fields."""
    name, email, job, company, city = library.name, library.email, library.job, library.company, library.city
    country, day, whole, decimal = library.country, library.date, library.random_int, library.pyfloat
    uuid = library.uuid4
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
            "float": decimal(right_digits=2, min_value=0, max_value=10_000),
            "uuid": uuid(),
        }


def draws_of(library: Faker) -> Draws:
    """Return what the shared workloads draw, as Faker offers it."""
    random_sample, random_elements = library.random_sample, library.random_elements
    return Draws(
        pick=library.random_element,
        # without the argument, a generator of unweighted names takes no notice of these weights either
        pick_weighted=lambda weights: random_elements(weights, length=1, use_weighting=True)[0],
        sample=lambda words, count: list(random_sample(words, length=count)),
        whole=library.random_int,
        fraction=library.random.random,
        name=library.name,
        email=library.email,
        phone=lambda: library.numerify("+1-555-####"),
        company=library.company,
        city=library.city,
        ip=library.ipv4,
        hexadecimal=lambda digits: library.hexify("^" * digits),
    )


def main() -> None:
    """Write the workload that the command line names and print its RESULT line."""
    parser = argument_parser(__doc__, ["w1", *SHARED_WORKLOADS])
    given = parser.parse_args()
    if given.workers != 1:
        parser.error(f"--workers: expected 1, for Faker draws in one process, workers={given.workers}")
    Faker.seed(given.seed)
    library, pools = Faker("en_US", use_weighting=False)["en_US"], load_pools()
    shared = SHARED_WORKLOADS.get(given.workload)
    rows = profiles(library) if shared is None else shared(draws_of(library), pools)
    lines = (dumps(row, option=OPT_APPEND_NEWLINE) for row in islice(rows, given.count))
    report(lambda: write_all(given.out, lines), given.count, given.out)


if __name__ == "__main__":
    main()
