"""Pictures of a dataset: four charts as PNG and SVG, and one page that holds them all and loads nothing."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle import UsageError
from treadle.packs.hiring.settings import GRADES
from treadle.packs.hiring.statistics import BINS
from treadle.packs.hiring.taxonomy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from treadle.packs.hiring.matching import Weights
    from treadle.packs.hiring.statistics import Statistics

Chart = Any
"""A chart of altair or a part of one: the package is optional, so that its types cannot be named here."""
PAGE = "index.html"
NO_MATCH, MATCH = "no match", "match"
_COLOURS = {NO_MATCH: "#d55e00", MATCH: "#0072b2"}
_GRADE_COLOURS = ("#d55e00", "#9ecae1", "#0072b2")
_TEXT = "#333333"
_SKILLS = 20
"""Skills shown."""
_WIDTH = 560
_SCALE = 2
"""Dots of a PNG for each of the SVG's."""
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "figure{margin:2rem 0}img{max-width:100%;height:auto}pre{background:#f6f6f6;padding:1rem;overflow-x:auto;font-size:13px}"
)


def plot(found: Statistics, weights: Weights, folder: str | PathLike[str]) -> Path:
    """Draw a dataset's statistics into a folder, and return the path of the page.

    Raises `UsageError` where the optional dependencies are not installed, or the folder cannot be written.
    """
    target = Path(folder)
    drawn = {name: chart(found, weights) for name, (_, chart) in CHARTS.items()}
    pictures = {name: _rendered(chart) for name, chart in drawn.items()}
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, (svg, png) in pictures.items():
            (target / f"{name}.svg").write_text(svg, encoding="utf-8")
            (target / f"{name}.png").write_bytes(png)
        page = target / PAGE
        page.write_text(_page(found, {name: svg for name, (svg, _) in pictures.items()}), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"folder={str(folder)!r}: cannot be written ({error.strerror})") from error
    return page


def _altair() -> Any:  # noqa: ANN401  # a module
    try:
        import altair  # noqa: ICN001, PLC0415  # an optional dependency, and slow to import
        import vl_convert  # noqa: F401, PLC0415  # as above
    except ImportError as error:
        raise UsageError("drawing needs an optional dependency: run  pip install 'treadle[charts]'") from error
    return altair


def _rendered(chart: Chart) -> tuple[str, bytes]:
    """Return a chart as SVG and as PNG."""
    import vl_convert  # noqa: PLC0415  # an optional dependency

    styled = chart.configure(
        font="sans-serif",
        background="white",
        padding={"left": 12, "right": 24, "top": 12, "bottom": 12},
        view={"stroke": None},
        axis={"labelColor": _TEXT, "titleColor": _TEXT, "labelFontSize": 12, "titleFontSize": 12, "labelLimit": 240},
        legend={"labelFontSize": 12, "orient": "top", "title": None, "symbolType": "square", "labelColor": _TEXT},
        title={"fontSize": 15, "anchor": "start", "offset": 12, "subtitleColor": "#666666", "subtitleFontSize": 12},
    )
    spec = styled.to_dict()
    return vl_convert.vegalite_to_svg(spec), vl_convert.vegalite_to_png(spec, scale=_SCALE)


def _score(found: Statistics, weights: Weights) -> Chart:
    """Draw how scores are spread, by label, with the thresholds."""
    alt = _altair()
    rows = [
        {"from": bar / BINS, "to": (bar + 1) / BINS, "pairs": count, "label": (NO_MATCH, MATCH)[label]}
        for label, bars in found.histogram.items()
        for bar, count in enumerate(bars)
        if count
    ]
    highest = max((sum(both) for both in zip(*found.histogram.values(), strict=True)), default=0)
    ticks = alt.Axis(tickCount=min(8, max(highest, 1)), format=",d")
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("from:Q", bin="binned", title="score", axis=alt.Axis(format=".1f"), scale=alt.Scale(domain=[0, 1])),
            x2="to:Q",
            y=alt.Y("pairs:Q", title="pairs", axis=ticks),
            color=_label_colour(alt),
        )
    )
    marks = [
        {"at": points / 10_000, "what": what}
        for points, what in ((weights.partial, "partial"), (weights.match, "match"), (weights.strong, "strong"))
    ]
    lines = alt.Chart(alt.Data(values=marks)).mark_rule(strokeDash=[4, 3], color="#555555").encode(x="at:Q")
    names = (
        alt.Chart(alt.Data(values=marks)).mark_text(y=-8, color="#555555", fontSize=11).encode(x="at:Q", text="what:N")
    )
    return alt.layer(bars, lines, names).properties(
        width=_WIDTH,
        height=280,
        title=alt.TitleParams(
            "Scores", subtitle=f"{found.rows:,} pairs; each line is where a grade, or the label, begins"
        ),
    )


def _label_colour(alt: Any) -> Any:  # noqa: ANN401  # the module altair
    return alt.Color("label:N", scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())))


def _labels(found: Statistics, weights: Weights) -> Chart:  # noqa: ARG001  # each chart gets the same
    """Draw the share of either label: of all pairs, and of each split."""
    counted = found.crossed["split", "match_label"]
    parts = {"all": {label: found.counts["match_label"].get(label, 0) for label in (0, 1)}}
    parts |= {
        str(split): {label: counted.get((split, label), 0) for label in (0, 1)} for split in found.counts["split"]
    }
    rows = [
        {"part": f"{part} ({sum(labels.values()):,})", "label": name, **_stretch(list(labels.values()), place)}
        for part, labels in parts.items()
        for place, name in enumerate(_COLOURS)
    ]
    return _stacked(
        rows, "Label balance", "pairs of all, and of each split", _label_colour(_altair()), ["white", "white"]
    )


def _levels(found: Statistics, weights: Weights) -> Chart:  # noqa: ARG001  # each chart gets the same
    """Draw the share of each grade by the level of the post."""
    alt = _altair()
    counted = found.crossed["level", "match_grade"]
    rows = []
    for level in (each for each in LEVELS if each in found.counts["level"]):
        numbers = [counted.get((level, grade), 0) for grade in GRADES]
        rows += [
            {"part": f"{level} ({sum(numbers):,})", "label": grade, **_stretch(numbers, place)}
            for place, grade in enumerate(GRADES)
        ]
    colour = alt.Color("label:N", sort=list(GRADES), scale=alt.Scale(domain=list(GRADES), range=list(_GRADE_COLOURS)))
    return _stacked(
        rows, "Level by match", "grades of the pairs, by the level of the post", colour, ["white", _TEXT, "white"]
    )


def _stretch(numbers: list[int], place: int) -> dict[str, float | str]:
    """Return where a part of a stacked bar begins, ends and has its text, as shares."""
    total = max(sum(numbers), 1)
    begin, share = sum(numbers[:place]) / total, numbers[place] / total
    text = f"{share:.0%}" if share >= 0.04 else ""  # no room below
    return {"begin": begin, "end": begin + share, "middle": begin + share / 2, "text": text, "place": place}


def _stacked(rows: list[dict[str, Any]], title: str, subtitle: str, colour: Chart, inks: list[str]) -> Chart:
    """Draw bars of shares, one row a part."""
    alt = _altair()
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("part:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False))
    )
    bars = base.mark_bar(size=26).encode(
        x=alt.X("begin:Q", title="share of pairs", axis=axis, scale=alt.Scale(domain=[0, 1])), x2="end:Q", color=colour
    )
    ink = alt.Color("place:O", legend=None, scale=alt.Scale(domain=list(range(len(inks))), range=inks))
    texts = base.mark_text(fontSize=12).encode(x="middle:Q", text="text:N", color=ink)
    return (
        alt.layer(bars, texts)
        .resolve_scale(color="independent")
        .properties(width=_WIDTH, height=alt.Step(38), title=alt.TitleParams(title, subtitle=subtitle))
    )


def _skills(found: Statistics, weights: Weights) -> Chart:  # noqa: ARG001  # each chart gets the same
    """Draw the commonest skills: the share of posts that ask for each, and of candidates who have it."""
    alt = _altair()
    sides = {"required by posts": "required", "held by candidates": "skills"}
    both = {
        str(name): sum(found.share(column, name) for column in sides.values())
        for column in sides.values()
        for name in found.counts[column]
    }
    top = sorted(both, key=lambda name: (-both[name], name))[:_SKILLS]
    rows = [
        {"skill": name, "share": found.share(column, name), "side": side}
        for name in top
        for side, column in sides.items()
    ]
    colour = alt.Color("side:N", sort=list(sides), scale=alt.Scale(domain=list(sides), range=["#e69f00", "#0072b2"]))
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("skill:N", sort=top, title=None, axis=alt.Axis(ticks=False, domain=False)),
            yOffset=alt.YOffset("side:N", sort=list(sides)),
            x=alt.X("share:Q", title="share of pairs", axis=alt.Axis(format="%", tickCount=6)),
            color=colour,
        )
        .properties(
            width=_WIDTH,
            height=alt.Step(26, **{"for": "position"}),
            title=alt.TitleParams(
                "Skill frequencies", subtitle=f"the {len(top)} commonest of {len(both):,} skills in the dataset"
            ),
        )
    )


CHARTS: dict[str, tuple[str, Callable[[Statistics, Weights], Any]]] = {  # Any: charts of several classes
    "score_histogram": ("How scores are spread", _score),
    "label_balance": ("How the labels are balanced", _labels),
    "level_by_match": ("How grades depend on the level of the post", _levels),
    "skill_frequencies": ("Which skills are commonest", _skills),
}
"""The charts by the names of their files, with what each shows."""


def _page(found: Statistics, pictures: dict[str, str]) -> str:
    """Return a page with the pictures in it, and the statistics as text."""
    figures = "\n".join(
        f'<figure><img alt="{escape(CHARTS[name][0])}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"></figure>'
        for name, svg in pictures.items()
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{found.rows:,} résumé-job pairs</title>\n<style>{_STYLE}</style>\n"
        f"<h1>{found.rows:,} résumé-job pairs</h1>\n{figures}\n<h2>Counts</h2>\n<pre>{escape(str(found))}</pre>\n</html>\n"
    )
