"""The ports of this machine at which tests serve something themselves; `conftest.py` lets no other connection be made."""

from __future__ import annotations

SERVED: set[int] = set()
