"""Steps: what each kind of field does when a batch is drawn. `TABLE` names the compiler of every field class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle import fields
from treadle.steps import children, derived, draws, lists, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from treadle.columns import FieldType
    from treadle.plan import Compiling, Run

    Compile = Callable[[Compiling, str, Any], tuple[FieldType, Run]]  # Any: each takes its own field class

TABLE: dict[type[fields.Field], Compile] = {
    fields.Choice: draws.choice,
    fields.Quota: draws.quota,
    fields.Integer: draws.integer,
    fields.Quantiles: draws.quantiles,
    fields.Date: draws.date,
    fields.Clock: draws.clock,
    fields.Chance: draws.chance,
    fields.Hexadecimal: draws.hexadecimal,
    fields.Serial: draws.serial,
    fields.Sample: lists.sample,
    fields.Pick: lists.pick,
    fields.Merge: lists.merge,
    fields.Derive: derived.derive,
    fields.Lookup: derived.lookup,
    fields.Cumulative: derived.cumulative,
    fields.Text: texts.text,
    fields.Each: children.each,
}
