"""Pictures of causes: shares that add up, months, what moved them, what mending one would save.

Colours say where a cause lies: demand, supply, the own operation, on purpose, or unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import polars as pl

from dashboard import charts, formats
from dashboard.texts import N_, Texts, _

GROUPS = Texts(
    {
        "demand": "Demand",
        "supply": "Supply",
        "operation": "Own operation",
        "planned": "Planned",
        "unknown": "Unknown",
    }
)
GROUP_COLOURS = {
    N_("Demand"): charts.BLUE,
    N_("Supply"): charts.VERMILLION,
    N_("Own operation"): charts.PURPLE,
    N_("Planned"): charts.GREEN,
    N_("Unknown"): charts.GREY,
}
ALL = N_("All causes")
"""The bar that the others add up to, and the one that is their change."""

LABEL_LIMIT = 190
_ROOM = 0.62
"""Part of the width up to which a bar leaves room for its figures at its right."""


def colours(frame: pl.DataFrame) -> dict[str, str]:
    """The colours a frame with a `cause_group` needs a legend for."""
    found = {GROUPS.english[group] for group in frame["cause_group"].unique()}
    return {name: colour for name, colour in GROUP_COLOURS.items() if name in found}


def _group() -> pl.Expr:
    return pl.col("cause_group").replace_strict(GROUPS).alias("group")


def _colour() -> alt.Color:
    return alt.Color("group:N", scale=charts._scale(GROUP_COLOURS), legend=None)


def _names(order: Sequence[str], limit: int = LABEL_LIMIT) -> alt.Y:
    axis = alt.Axis(labelLimit=limit, ticks=False, domain=False)
    return alt.Y("title:N", sort=list(order), title=None, axis=axis)


def _finished(chart: Any) -> charts.Layered:
    finished: charts.Layered = chart.properties(padding=charts.PADDING)
    return finished


def waterfall(
    frame: pl.DataFrame, unit: str, currency: str | None, chosen: str | None
) -> charts.Layered:
    """The causes in the frame's order, each bar beginning where the one before ends: the last ends
    at the whole, which the first bar shows. A click picks a cause."""
    parts = (
        _told(frame)
        .filter(pl.col(f"cause_{unit}") > 0)
        .select(
            "cause",
            "lines",
            _group(),
            title=pl.col("cause_name"),
            name=pl.col("cause_name"),
            key=pl.col("english_name"),
            amount=pl.col(f"cause_{unit}").cast(pl.Float64),
            share=pl.col(f"{unit}_share_rate"),
        )
        .with_columns(end=pl.col("amount").cum_sum())
        .with_columns(start=pl.col("end") - pl.col("amount"))
        .with_columns(lit=pl.lit(True) if chosen is None else pl.col("cause") == chosen)
    )
    parts = parts.with_columns(figures=_figures(parts, unit, currency))
    whole = float(parts["amount"].sum())
    is_wide = (parts["end"] > _ROOM * whole) & (parts["start"] < (1 - _ROOM) * whole)
    room = 1.4 if is_wide.any() else 1.0
    parts = parts.with_columns(
        is_right=(pl.col("end") <= _ROOM * whole) | (pl.lit(room > 1.0) & is_wide)
    )
    bars = pl.concat([parts.with_columns(title=charts.said(ALL)), parts])
    order = [_(ALL), *parts["title"]]
    base = alt.Chart(bars).encode(y=_names(order))
    marks = (
        base.mark_bar(cursor="pointer")
        .encode(
            x=alt.X(
                "start:Q",
                axis=charts._amount_axis(unit, currency),
                scale=alt.Scale(domain=[0, whole * room], nice=False),
            ),
            x2="end:Q",
            color=_colour(),
            opacity=charts._opacity(),
            tooltip=[
                alt.Tooltip("name:N", title=_("Cause")),
                alt.Tooltip("group:N", title=_("Lies in")),
                charts._tooltip(unit, currency, _("Short")),
                alt.Tooltip("share:Q", title=_("Of all that is short"), format=".1%"),
                alt.Tooltip("lines:Q", title=_("Lines"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=charts.PICK, fields=["key"], on="click"))
    )
    texts = [
        alt.Chart(parts.filter(pl.col("is_right") == is_right))
        .mark_text(
            align="left" if is_right else "right",
            dx=5 if is_right else -5,
            fontSize=12,
        )
        .encode(y=_names(order), x="end:Q" if is_right else "start:Q", text="figures:N")
        for is_right in (True, False)
    ]
    return _finished(alt.layer(marks, *texts).properties(height=alt.Step(charts.ROW_STEP)))


def _told(frame: pl.DataFrame) -> pl.DataFrame:
    """With the names of causes in the reader's language; clicks tell the English ones."""
    names = formats.translated(frame["cause_name"])
    return frame.with_columns(english_name="cause_name").with_columns(cause_name=names)


def _figures(parts: pl.DataFrame, unit: str, currency: str | None) -> pl.Series:
    def say(amount: float, share: float) -> str:
        text = formats.money(amount, currency) if unit == "value" else formats.quantity(amount)
        return f"{text} · {formats.rate(share)}"

    texts = [say(*row) for row in parts.select("amount", "share").iter_rows()]
    return pl.Series(texts, dtype=pl.String)


def months(
    frame: pl.DataFrame, unit: str, currency: str | None, chosen: date | None
) -> charts.Layered:
    """What fell due short, by month and cause; a click picks the month."""
    data = _told(frame.filter(pl.col(f"cause_{unit}") > 0)).select(
        "month_start",
        "cause_name",
        "cause_rank",
        _group(),
        key=pl.col("month_start").cast(pl.String),
        amount=pl.col(f"cause_{unit}").cast(pl.Float64),
        lit=pl.lit(True) if chosen is None else pl.col("month_start") == chosen,
    )
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer")
        .encode(
            x=alt.X(
                "yearmonth(month_start):O",
                title=None,
                axis=alt.Axis(format="%b %y", labelAngle=0, labelOverlap="greedy", ticks=False),
            ),
            y=alt.Y("amount:Q", axis=charts._amount_axis(unit, currency)),
            color=_colour(),
            detail="cause_name:N",
            order=alt.Order("cause_rank:Q"),
            opacity=charts._opacity(),
            tooltip=[
                alt.Tooltip(
                    "month_start:T", title=_("Fell due in"), format=formats.d3_day("yMMMM")
                ),
                alt.Tooltip("cause_name:N", title=_("Cause")),
                alt.Tooltip("group:N", title=_("Lies in")),
                charts._tooltip(unit, currency, _("Short when due")),
            ],
        )
        .add_params(alt.selection_point(name=charts.PICK, fields=["key"], on="click"))
        .properties(height=charts.HEIGHT)
    )
    return _finished(chart)


def movement(frame: pl.DataFrame, whole: float, unit: str, currency: str | None) -> charts.Layered:
    """How much more or less of each cause than in the month before, and of all of them."""
    change = f"change_{unit}"
    parts = (
        _told(frame.filter(pl.col(change) != 0))
        .select(
            _group(),
            title=pl.col("cause_name"),
            amount=pl.col(change).cast(pl.Float64),
        )
        .sort("amount", descending=True)
    )
    total = pl.DataFrame({"group": [None], "title": [_(ALL)], "amount": [whole]}, parts.schema)
    data = pl.concat([total, parts]).with_columns(
        figures=pl.Series(
            [
                formats.change(value, 0.0, unit, currency) or ""
                for value in (whole, *parts["amount"])
            ],
            dtype=pl.String,
        )
    )
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=_names(data["title"].to_list()),
            x=alt.X("amount:Q", axis=charts._amount_axis(unit, currency)),
            color=alt.condition("datum.group === null", alt.value(charts.INK), _colour()),
            tooltip=[
                alt.Tooltip("title:N", title=_("Cause")),
                alt.Tooltip("figures:N", title=_("Change")),
            ],
        )
        .properties(height=alt.Step(charts.ROW_STEP))
    )
    return _finished(bars)


def members(
    frame: pl.DataFrame, unit: str, currency: str | None, chosen: Sequence[str], none: str
) -> charts.Layered:
    """The members of a dimension by cause, in the frame's order; a click picks one."""
    rows = _told(frame).with_columns(
        _group(),
        key=pl.col("member_id").fill_null(none),
        title=pl.col("member_name").fill_null(pl.col("member_id")).fill_null(none),
        amount=pl.col(f"cause_{unit}").cast(pl.Float64),
    )
    names = rows.select("key", "title").unique(maintain_order=True)
    twins = names.filter(pl.col("title").is_duplicated())["key"].to_list()
    rows = rows.with_columns(
        # Two customers may share a name: their bars must not fall into one.
        title=pl.when(pl.col("key").is_in(twins))
        .then(pl.format("{} · {}", "title", "key"))
        .otherwise("title"),
        lit=pl.col("key").is_in(list(chosen)) if chosen else pl.lit(True),
    ).filter(pl.col("amount") > 0)
    chart = (
        alt.Chart(
            rows.select(
                "key", "title", "group", "cause_name", "cause_rank", "amount", "lines", "lit"
            )
        )
        .mark_bar(cursor="pointer")
        .encode(
            y=_names(rows["title"].unique(maintain_order=True).to_list(), 220),
            x=alt.X("amount:Q", axis=charts._amount_axis(unit, currency)),
            color=_colour(),
            detail="cause_name:N",
            order=alt.Order("cause_rank:Q"),
            opacity=charts._opacity(),
            tooltip=[
                alt.Tooltip("title:N", title=_("Name")),
                alt.Tooltip("cause_name:N", title=_("Cause")),
                charts._tooltip(unit, currency, _("Short")),
                alt.Tooltip("lines:Q", title=_("Lines"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=charts.PICK, fields=["key"], on="click"))
        .properties(height=alt.Step(charts.ROW_STEP))
    )
    return _finished(chart)


def mended(frame: pl.DataFrame, unit: str, currency: str | None) -> charts.Layered:
    """From what a cause makes short alone, over its share, to what mending it would save."""
    data = _told(frame.filter(pl.col(f"but_for_{unit}") > 0)).select(
        _group(),
        "items",
        title=pl.col("cause_name"),
        least=pl.col(f"sufficient_{unit}").cast(pl.Float64),
        share=pl.col(f"cause_{unit}").cast(pl.Float64),
        most=pl.col(f"but_for_{unit}").cast(pl.Float64),
    )
    order = data["title"].to_list()
    tips = [
        alt.Tooltip("title:N", title=_("Cause")),
        charts._tooltip(unit, currency, _("Not short if only this were mended"), "most"),
        charts._tooltip(unit, currency, _("Its share of the shortage"), "share"),
        charts._tooltip(unit, currency, _("Short from this alone"), "least"),
        alt.Tooltip("items:Q", title=_("Items"), format=","),
    ]
    base = alt.Chart(data).encode(y=_names(order), color=_colour(), tooltip=tips)
    axis = charts._amount_axis(unit, currency)
    span = base.mark_bar(opacity=0.35, height=12).encode(x=alt.X("least:Q", axis=axis), x2="most:Q")
    share = base.mark_point(filled=True, size=90, opacity=1).encode(x=alt.X("share:Q", axis=axis))
    end = base.mark_tick(thickness=3, height=18, opacity=1).encode(x=alt.X("most:Q", axis=axis))
    return _finished(alt.layer(span, end, share).properties(height=alt.Step(charts.ROW_STEP)))
