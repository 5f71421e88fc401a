"""Customers of a shop: who they are, where they work and what they spend. The label is `status`.

The country decides names, city and form of company, so that a row agrees with itself. Companies are made up, and e-mail
goes to domains reserved for examples. Dates and sums stand only where there is something to date or to add up.
"""

import json
from pathlib import Path

import treadle as td

DATA = Path(__file__).parent / "data"
OF = json.loads((DATA / "countries.json").read_text(encoding="utf-8"))  # part of a row -> country -> entries

customers = td.Recipe(
    "customers",
    {
        "id": td.uuid(),
        "customer": td.integer(10_000_000, 99_999_999, unique=True, doc="The customer's number; no two are the same."),
        "country": td.choice(OF["share"]),
        **{part: td.choice(OF[part], by="country") for part in ("first", "last", "city", "form")},
        "name": td.text("{first} {last}"),
        "trade": td.choice(["Software", "Logistics", "Foods", "Energy", "Health", "Design", "Media", "Textiles"]),
        "brand": td.choice(["Larkfield", "Quillmont", "Tidewell", "Brackenhall", "Osterly", "Fennimore", "Halvane"]),
        "company": td.text("{brand} {trade} {form}"),
        "job": td.choice(td.read_vocabulary(DATA / "jobs.txt")),
        **{f"{part}_plain": td.derive(OF["plain"][part], part, entity=part) for part in ("first", "last")},
        "email": td.text(["{first_plain}.{last_plain}@{brand|lower}.example.com", "{first_plain}{digits}@example.org"]),
        "digits": td.integer(2, 999),
        "joined": td.date("2018-01-01", "2022-12-31"),
        "orders": td.quantiles([0, 0, 1, 1, 2, 3, 5, 9, 60], doc="Half of all customers have at most two."),
        "basket": td.quantiles(["4.90", "18.50", "32.75", "61.20", "890.00"], places=2),
        "spent": td.derive(lambda orders, basket: orders * basket, "orders", "basket", places=2, when="orders > 0"),
        "last_order": td.date("2023-01-01", "2024-09-30", when="orders > 0"),
        "status": td.quota({"active": 88, "closed": 12}),
        "closed_on": td.date("2024-10-01", "2024-12-31", when="status = closed"),
    },
    columns="id customer name email job company city country joined orders spent last_order status closed_on".split(),
    labels=["status"],
)
