"""Charts about risk: pure functions in the palette and manner of charts.py."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from dashboard import charts, formats
from dashboard.charts import BLUE, GREEN, GREY, HEIGHT, OCHRE, PURPLE, ROW_STEP, VERMILLION, Layered
from dashboard.risk_words import KINDS, NAMES
from dashboard.texts import N_, _

SUPPLY_COLOURS = {N_("With what is on order"): VERMILLION, N_("Without it"): GREY}
POINT_COLOURS = {
    N_("Broken promises"): VERMILLION,
    N_("Promised again"): OCHRE,
    N_("First orders"): PURPLE,
    N_("Long delays"): BLUE,
    N_("Refunds"): GREEN,
}
_POINTS = dict(
    zip(
        (
            "broken_points",
            "repromised_points",
            "first_order_points",
            "long_delay_points",
            "refund_points",
        ),
        POINT_COLOURS,
        strict=True,
    )
)
_KIND_COLOURS = dict(zip(KINDS.english.values(), (BLUE, OCHRE, GREEN), strict=True))


def ranked(frame: pl.DataFrame, currency: str | None) -> Layered:
    """The money expected to be lost by each risk, in the frame's order; a click picks the risk."""
    data = frame.select(
        **charts.picked("risk", ()),
        title=pl.col("risk").replace_strict(NAMES),
        name=formats.translated(frame["risk_name"]),
        amount=pl.col("expected_value").cast(pl.Float64),
        exposed=pl.col("exposed_value").cast(pl.Float64),
        customers="customers",
        lines="lines",
    )
    chart = (
        alt.Chart(data)
        .mark_bar(color=VERMILLION, cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "title:N",
                sort=data["title"].to_list(),
                title=None,
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=charts._amount_axis("value", currency)),
            tooltip=[
                alt.Tooltip("name:N", title=_("Risk")),
                charts._tooltip("value", currency, _("Expected")),
                charts._tooltip("value", currency, _("Exposed"), "exposed"),
                alt.Tooltip("customers:Q", title=_("Customers"), format=","),
                alt.Tooltip("lines:Q", title=_("Open lines"), format=","),
            ],
        )
        .properties(height=alt.Step(ROW_STEP))
    )
    return charts._finished(charts.clickable(chart))


def stock_outs(frame: pl.DataFrame, currency: str | None, chosen: Sequence[str]) -> Layered:
    """New orders expected unfilled by item, with and without what is on order.

    A click picks the item.
    """
    named = frame.with_columns(
        title=pl.when(pl.col("item_name").is_duplicated())
        .then(pl.col("pool_id"))
        .otherwise("item_name")
    )
    parts = dict(zip(("after", "before"), SUPPLY_COLOURS, strict=True))
    data = pl.concat(
        named.select(
            "title",
            **charts.picked("item_id", chosen),
            part=charts.said(part),
            amount=pl.col(f"{case}_short_value").cast(pl.Float64),
            chance=pl.col(f"{case}_short_rate"),
            day=pl.col(f"{case}_run_out_date"),
        )
        for case, part in parts.items()
    )
    told = [
        alt.Tooltip("title:N", title=_("Item")),
        alt.Tooltip("part:N", title=_("Supply")),
        charts._tooltip("value", currency, _("Expected unfilled")),
        alt.Tooltip("chance:Q", title=_("Chance to run short"), format=".0%"),
        alt.Tooltip("day:T", title=_("Runs out"), format=formats.d3_day()),
    ]
    titles = named["title"].to_list()
    chart = charts.pairs(data, titles, SUPPLY_COLOURS, "value", currency, told)
    return charts._finished(charts.clickable(chart))


def kind_colours(frame: pl.DataFrame) -> dict[str, str]:
    """The kinds of source among the rows, with their colours."""
    there = set(frame["load_kind"])
    return {title: _KIND_COLOURS[title] for kind, title in KINDS.english.items() if kind in there}


def growth(frame: pl.DataFrame, currency: str | None, colours: dict[str, str]) -> Layered:
    """Value ordered a week that could not be given, by times the demand and kind of source."""
    data = frame.select(
        factor=pl.Series(
            [f"×{formats.trimmed(x)}" for x in frame["demand_factor"]], dtype=pl.String
        ),
        part=pl.col("load_kind").replace_strict(KINDS),
        amount=pl.col("lost_week_value").cast(pl.Float64),
        broken="broken_items",
        items="items",
        first="first_item_name",
        customers="customers",
    ).drop_nulls("amount")
    chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "factor:N",
                sort=data["factor"].unique(maintain_order=True).to_list(),
                title=_("Times the demand of now"),
                axis=alt.Axis(labelAngle=0, ticks=False),
            ),
            xOffset=alt.XOffset("part:N", sort=[_(name) for name in colours]),
            y=alt.Y("amount:Q", axis=charts._amount_axis("value", currency)),
            color=alt.Color("part:N", scale=charts._scale(colours), legend=None),
            tooltip=[
                alt.Tooltip("factor:N", title=_("Demand")),
                alt.Tooltip("part:N", title=_("Source")),
                charts._tooltip("value", currency, _("Cannot be given, a week")),
                alt.Tooltip("broken:Q", title=_("Items that break"), format=","),
                alt.Tooltip("items:Q", title=_("Of"), format=","),
                alt.Tooltip("first:N", title=_("Breaks first")),
                alt.Tooltip("customers:Q", title=_("Customers"), format=","),
            ],
        )
        .properties(height=HEIGHT)
    )
    return charts._finished(chart)


def brand(frame: pl.DataFrame) -> Layered:
    """Points per 100 orders by month of the first promise, part by part."""
    data = (
        frame.select("month_start", "orders", *_POINTS)
        .unpivot(
            on=list(_POINTS),
            index=["month_start", "orders"],
            variable_name="part",
            value_name="points",
        )
        .with_columns(
            pl.col("part").replace_strict({column: _(part) for column, part in _POINTS.items()})
        )
        .drop_nulls("points")
        .with_columns(rank=charts._rank(POINT_COLOURS))
    )
    chart = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(
                "yearmonth(month_start):O",
                title=None,
                axis=alt.Axis(format="%b %y", labelAngle=0, labelOverlap="greedy", ticks=False),
            ),
            y=alt.Y("points:Q", title=_("Points per 100 orders"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("part:N", scale=charts._scale(POINT_COLOURS), legend=None),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("month_start:T", title=_("Month"), format=formats.d3_day("yMMM")),
                alt.Tooltip("part:N", title=_("Part")),
                alt.Tooltip("points:Q", title=_("Points"), format=",.1f"),
                alt.Tooltip("orders:Q", title=_("Orders"), format=","),
            ],
        )
        .properties(height=HEIGHT)
    )
    return charts._finished(chart)
