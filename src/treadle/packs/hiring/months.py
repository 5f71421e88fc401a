"""Months as facts and as they are written on résumés."""

from __future__ import annotations

import treadle as td

MONTHS = 720
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def month_names() -> td.Vocabulary:
    """Return the months from January 1970 on, as 1970-01 and as they are written on résumés."""
    months = [(f"{1970 + number // 12}", number % 12) for number in range(MONTHS)]
    forms = {
        "Mon YYYY": {f"{year}-{month + 1:02d}": f"{MONTH_NAMES[month][:3]} {year}" for year, month in months},
        "Month YYYY": {f"{year}-{month + 1:02d}": f"{MONTH_NAMES[month]} {year}" for year, month in months},
        "MM/YYYY": {f"{year}-{month + 1:02d}": f"{month + 1:02d}/{year}" for year, month in months},
        "YYYY-MM": {},
        "YYYY": {f"{year}-{month + 1:02d}": year for year, month in months},
        "Mon 'YY": {f"{year}-{month + 1:02d}": f"{MONTH_NAMES[month][:3]} '{year[2:]}" for year, month in months},
    }
    return td.vocabulary([f"{year}-{month + 1:02d}" for year, month in months], forms=forms)
