"""Charts about cash and planned waiting: pure functions in the palette and manner of charts.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import altair as alt
import polars as pl

from dashboard import charts, formats
from dashboard.charts import BLUE, GREEN, GREY, HEIGHT, INK, OCHRE, ROW_STEP, VERMILLION, Layered
from dashboard.texts import N_, Texts, _

PAST = N_("So far")
PAST_DAYS = 31
"""Days of the past in the picture: more would flatten what is to come."""
CERTAINTIES = Texts(
    {
        "p50": "As likely as not",
        "p80": "Money in late (80 %)",
        "p95": "Money in late (95 %)",
    }
)
POSITION_COLOURS = {
    PAST: GREY,
    **dict(zip(CERTAINTIES.english.values(), (BLUE, OCHRE, VERMILLION), strict=True)),
}
IN, OUT = N_("In"), N_("Out")
FLOW_COLOURS = {IN: BLUE, OUT: VERMILLION}
SIDES = Texts({"customer": "Customers owe", "supplier": "We owe suppliers"})
SIDE_COLOURS = dict(zip(SIDES.english.values(), (BLUE, VERMILLION), strict=True))
PARTY_MEASURES = {
    "customer": Texts({"receivable_value": "Owed to us", "held_value": "Held for undelivered"}),
    "supplier": Texts({"payable_value": "Owed by us", "prepaid_value": "Paid ahead"}),
    "currency": Texts({"to_come_value": "To come in", "to_pay_value": "To go out"}),
}
EARNS, COSTS = N_("Earns or saves"), N_("Costs")
LEDGER_COLOURS = {EARNS: GREEN, COSTS: VERMILLION}


def party_colours(dimension: str) -> dict[str, str]:
    """Measure of the dimension → its colour."""
    return dict(zip(PARTY_MEASURES[dimension].english.values(), (BLUE, OCHRE), strict=True))


def position(frame: pl.DataFrame, today: date, currency: str | None) -> Layered:
    """The balance at the end of each day: of the last month, and ahead in three certainties."""
    data = (
        frame.drop_nulls("balance_value")
        .filter(pl.col("day") > today - timedelta(PAST_DAYS))
        .filter((pl.col("certainty") == "p50") | ~pl.col("is_past"))
        .select(
            "day",
            series=pl.when("is_past")
            .then(charts.said(PAST))
            .otherwise(pl.col("certainty").replace_strict(CERTAINTIES, default=None)),
            amount=pl.col("balance_value").cast(pl.Float64),
        )
    )
    lines = (
        alt.Chart(data)
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=charts._time_axis("day"),
            y=alt.Y("amount:Q", axis=charts._amount_axis("value", currency)),
            color=alt.Color("series:N", scale=charts._scale(POSITION_COLOURS), legend=None),
            strokeDash=alt.StrokeDash(
                "series:N",
                scale=alt.Scale(
                    domain=[_(name) for name in POSITION_COLOURS],
                    range=[[1, 0], [1, 0], [6, 3], [2, 2]],
                ),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("day:T", title=_("Day"), format=formats.d3_day()),
                alt.Tooltip("series:N", title=_("Balance")),
                charts._tooltip("value", currency, _("Amount")),
            ],
        )
    )
    zero = alt.Chart(pl.DataFrame({"amount": [0.0]})).mark_rule(color=GREY).encode(y="amount:Q")
    now = (
        alt.Chart(pl.DataFrame({"day": [today]}))
        .mark_rule(color=INK, strokeDash=[4, 4])
        .encode(x="day:T")
    )
    return charts._finished(alt.layer(zero, now, lines).properties(height=HEIGHT))


def flows(frame: pl.DataFrame, currency: str | None) -> Layered:
    """Money in above the line and out below it, week by week, as likely as not."""
    data = (
        frame.filter(pl.col("certainty") == "p50")
        .select(
            "day",
            pl.col("in_value").cast(pl.Float64).alias(_(IN)),
            (-pl.col("out_value").cast(pl.Float64)).alias(_(OUT)),
        )
        .unpivot(on=[_(IN), _(OUT)], index="day", variable_name="part", value_name="amount")
        .drop_nulls("amount")
    )
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(
                "yearweek(day):T",
                title=None,
                axis=charts.months_axis(),
            ),
            y=alt.Y("sum(amount):Q", title=None, axis=charts._amount_axis("value", currency)),
            color=alt.Color("part:N", scale=charts._scale(FLOW_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("yearweek(day):T", title=_("Week of"), format=formats.d3_day()),
                alt.Tooltip("part:N", title=_("Money")),
                alt.Tooltip(
                    "sum(amount):Q",
                    title=f"{_('Amount')} ({currency or _('money')})",
                    format=",.0f",
                ),
            ],
        )
        .properties(height=HEIGHT)
    )
    return charts._finished(bars)


def ageing(frame: pl.DataFrame, currency: str | None) -> Layered:
    """What customers owe and what suppliers are owed, by days overdue; a click picks the side."""
    data = frame.sort("bucket_rank").select(
        **charts.picked("side", ()),
        part=pl.col("side").replace_strict(SIDES, default=None),
        title=formats.translated(frame.sort("bucket_rank")["ageing_bucket"]),
        deliveries="deliveries",
        amount=pl.col("due_value").cast(pl.Float64),
    )
    told = [
        alt.Tooltip("title:N", title=_("Days overdue")),
        alt.Tooltip("part:N", title=_("Who")),
        charts._tooltip("value", currency, _("Amount")),
        alt.Tooltip("deliveries:Q", title=_("Deliveries"), format=","),
    ]
    titles = data["title"].unique(maintain_order=True).to_list()
    chart = charts.pairs(data, titles, SIDE_COLOURS, "value", currency, told)
    return charts._finished(charts.clickable(chart))


def parties(
    frame: pl.DataFrame, dimension: str, currency: str | None, chosen: Sequence[str]
) -> Layered:
    """Two measures of the members of a dimension, in the frame's order; a click picks a member."""
    measures = PARTY_MEASURES[dimension]
    rows = frame.with_columns(
        title=pl.coalesce("member_name", "member_id", pl.lit("(none)")),
    ).with_columns(
        title=pl.when(pl.col("title").is_duplicated())
        .then(pl.format("{} · {}", "title", "member_id"))
        .otherwise("title")
    )
    data = (
        rows.select(
            "title",
            *(each.alias(name) for name, each in charts.picked("member_id", chosen).items()),
            *(pl.col(name).cast(pl.Float64).alias(title) for name, title in measures.items()),
        )
        .unpivot(
            on=list(measures.values()),
            index=["title", "key", "lit"],
            variable_name="part",
            value_name="amount",
        )
        .drop_nulls("amount")
    )
    told = [
        alt.Tooltip("title:N", title=_("Who")),
        alt.Tooltip("part:N", title=_("Measure")),
        charts._tooltip("value", currency, _("Amount")),
    ]
    colours = party_colours(dimension)
    chart = charts.pairs(data, rows["title"].to_list(), colours, "value", currency, told)
    drawn = chart if dimension == "currency" else charts.clickable(chart)
    return charts._finished(drawn)


def ledger(frame: pl.DataFrame, currency: str | None) -> Layered:
    """The parts of the ledger: what waiting earns to the right, what it costs to the left."""
    data = frame.drop_nulls("component_value").select(
        component=formats.translated(frame.drop_nulls("component_value")["component"]),
        part=pl.when(pl.col("component_rank") <= 6)
        .then(charts.said(EARNS))
        .otherwise(charts.said(COSTS)),
        amount=pl.col("component_value").cast(pl.Float64),
    )
    chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "component:N",
                sort=data["component"].to_list(),
                title=None,
                axis=alt.Axis(labelLimit=170, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=charts._amount_axis("value", currency)),
            color=alt.Color("part:N", scale=charts._scale(LEDGER_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("component:N", title=_("Part")),
                charts._tooltip("value", currency, _("Amount")),
            ],
        )
        .properties(height=alt.Step(ROW_STEP))
    )
    return charts._finished(chart)
