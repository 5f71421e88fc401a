"""Steps: what each kind of field does when a batch is drawn. `TABLE` names the compiler of every field class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle import declarations
from treadle.steps import children, derived, draws, lists, objects, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from treadle.columns import FieldType
    from treadle.compiling import Compiling, Run

    Compile = Callable[[Compiling, str, Any], tuple[FieldType, Run]]  # Any: each takes its own field class

TABLE: dict[type[declarations.Field], Compile] = {
    declarations.Choice: draws.choice,
    declarations.Quota: draws.quota,
    declarations.Integer: draws.integer,
    declarations.Quantiles: draws.quantiles,
    declarations.Date: draws.date,
    declarations.Clock: draws.clock,
    declarations.Chance: draws.chance,
    declarations.Hexadecimal: draws.hexadecimal,
    declarations.Serial: draws.serial,
    declarations.Member: draws.member,
    declarations.Refer: derived.refer,
    declarations.Sample: lists.sample,
    declarations.Pick: lists.pick,
    declarations.Merge: lists.merge,
    declarations.Derive: derived.derive,
    declarations.Lookup: derived.lookup,
    declarations.Cumulative: derived.cumulative,
    declarations.Length: derived.length,
    declarations.Text: texts.text,
    declarations.Each: children.each,
    declarations.Nested: objects.nested,
}
