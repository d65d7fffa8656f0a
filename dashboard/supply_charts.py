"""Charts about suppliers: pure functions in the palette and manner of charts.py."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from dashboard import charts, formats
from dashboard.charts import BLUE, GREY, HEIGHT, PICK, ROW_STEP, VERMILLION, Layered
from dashboard.texts import N_, _

LATE_COLOURS = {N_("Late supply"): VERMILLION, N_("Backlog that waits for it"): BLUE}
SLIP_COLOURS = {N_("Late"): VERMILLION, N_("On time or early"): BLUE}
LEAD_COLOURS = {N_("Mean"): BLUE, N_("95 % within"): VERMILLION, N_("As stated"): GREY}


def _titled(frame: pl.DataFrame) -> pl.DataFrame:
    """With `key` and a `title` that tells two suppliers of one name apart."""
    return frame.with_columns(
        key=pl.col("supplier_id"),
        title=pl.when(pl.col("supplier_name").is_duplicated())
        .then(pl.format("{} · {}", "supplier_name", "supplier_id"))
        .otherwise("supplier_name"),
    )


def _names(titles: Sequence[str]) -> alt.Y:
    return alt.Y(
        "title:N",
        sort=list(titles),
        title=None,
        axis=alt.Axis(labelLimit=170, ticks=False, domain=False),
    )


def late(frame: pl.DataFrame, unit: str, currency: str | None, chosen: Sequence[str]) -> Layered:
    """Late supply by supplier, and beneath it the backlog that waits for it."""
    rows = _titled(frame).with_columns(lit=charts._is_lit("key", chosen))
    names = [_(name) for name in LATE_COLOURS]
    measures = dict(zip((f"overdue_{unit}", f"overdue_pegged_{unit}"), names, strict=True))
    data = (
        rows.select(
            "key",
            "title",
            "lit",
            "overdue_lines",
            *(pl.col(name).cast(pl.Float64).alias(title) for name, title in measures.items()),
        )
        .unpivot(
            on=list(measures.values()),
            index=["key", "title", "lit", "overdue_lines"],
            variable_name="part",
            value_name="amount",
        )
        .drop_nulls("amount")
    )
    told = [
        alt.Tooltip("title:N", title=_("Supplier")),
        alt.Tooltip("part:N", title=_("Measure")),
        charts._tooltip(unit, currency, _("Amount")),
        alt.Tooltip("overdue_lines:Q", title=_("Lines late"), format=","),
    ]
    chart = charts.pairs(data, rows["title"].to_list(), LATE_COLOURS, unit, currency, told)
    return charts._finished(charts.clickable(chart))


def shares(
    frame: pl.DataFrame,
    rate: str,
    part: str,
    total: str,
    title: str,
    chosen: Sequence[str],
    *,
    is_whole: bool,
) -> Layered:
    """A rate by supplier as bars in the frame's order; `is_whole` draws it against 100 %."""
    rows = _titled(frame.drop_nulls(rate)).with_columns(lit=charts._is_lit("key", chosen))
    data = rows.select(
        "key",
        "title",
        "lit",
        rate=pl.col(rate).cast(pl.Float64),
        part=pl.col(part).cast(pl.Float64),
        total=pl.col(total).cast(pl.Float64),
    )
    domain = [0, 1] if is_whole else alt.Undefined
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer", cornerRadiusEnd=2, color=BLUE)
        .encode(
            y=_names(rows["title"].to_list()),
            x=alt.X(
                "rate:Q",
                scale=alt.Scale(domain=domain),
                axis=alt.Axis(title=None, format=".0%" if is_whole else "~%", tickCount=5),
            ),
            opacity=alt.condition("datum.lit", alt.value(1.0), alt.value(charts.FADED)),
            tooltip=[
                alt.Tooltip("title:N", title=_("Supplier")),
                alt.Tooltip("rate:Q", title=title, format=".1%"),
                alt.Tooltip("part:Q", title=_("Part"), format=",.0f"),
                alt.Tooltip("total:Q", title=_("Of"), format=",.0f"),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=alt.Step(ROW_STEP))
    )
    return charts._finished(chart)


def lead_times(frame: pl.DataFrame, chosen: Sequence[str]) -> Layered:
    """Stated against real lead time: a point each supplier, up to the days 95 % came within.

    On the line a supplier keeps the lead time stated; above it orders take longer.
    """
    rows = _titled(
        frame.filter(pl.col("stated_lines") > 0).with_columns(
            pl.col("mean_stated_lead_days", "mean_lead_days", "p95_lead_days").cast(pl.Float64)
        )
    ).with_columns(lit=charts._is_lit("key", chosen))
    top = max(
        [value for value in (rows["p95_lead_days"].max(), rows["mean_stated_lead_days"].max())
         if isinstance(value, int | float)],
        default=1,
    )  # fmt: skip
    scale = alt.Scale(domain=[0, top], nice=True)
    x = alt.X("mean_stated_lead_days:Q", scale=scale, title=_("Stated days, mean"))
    tips = [
        alt.Tooltip("title:N", title=_("Supplier")),
        alt.Tooltip("mean_stated_lead_days:Q", title=_("Stated, mean days"), format=".1f"),
        alt.Tooltip("mean_lead_days:Q", title=_("Real, mean days"), format=".1f"),
        alt.Tooltip("p95_lead_days:Q", title=_("95 % within days"), format=".1f"),
        alt.Tooltip("safety_days:Q", title=_("Safety days"), format=".1f"),
        alt.Tooltip("received_lines:Q", title=_("Lines received"), format=","),
    ]
    base = alt.Chart(
        rows.select(
            "key",
            "title",
            "lit",
            "mean_stated_lead_days",
            "mean_lead_days",
            "p95_lead_days",
            "safety_days",
            "received_lines",
        )
    ).encode(
        x=x,
        opacity=alt.condition("datum.lit", alt.value(1.0), alt.value(charts.FADED)),
        tooltip=tips,
    )
    diagonal = (
        alt.Chart(pl.DataFrame({"x": [0.0, float(top)], "y": [0.0, float(top)]}))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale))
    )
    reach = base.mark_rule(color=VERMILLION, strokeWidth=2).encode(
        y=alt.Y("mean_lead_days:Q", scale=scale, title=_("Real days")), y2="p95_lead_days:Q"
    )
    ends = base.mark_tick(color=VERMILLION, thickness=2, size=10).encode(
        y=alt.Y("p95_lead_days:Q", scale=scale)
    )
    points = (
        base.mark_point(filled=True, size=110, color=BLUE, cursor="pointer")
        .encode(y=alt.Y("mean_lead_days:Q", scale=scale))
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
    )
    layered = alt.layer(diagonal, reach, ends, points).properties(height=HEIGHT + 60)
    return charts._finished(layered)


def late_months(frame: pl.DataFrame, unit: str, currency: str | None) -> Layered:
    """Late supply at the end of each month."""
    data = frame.select(
        "month_start", amount=pl.col(f"overdue_{unit}").cast(pl.Float64)
    ).drop_nulls("amount")
    chart = (
        alt.Chart(data)
        .mark_bar(color=VERMILLION, cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "yearmonth(month_start):O",
                title=None,
                axis=alt.Axis(format="%b %y", labelAngle=0, labelOverlap="greedy", ticks=False),
            ),
            y=alt.Y("amount:Q", axis=charts._amount_axis(unit, currency)),
            tooltip=[
                alt.Tooltip("month_start:T", title=_("End of"), format=formats.d3_day("yMMM")),
                charts._tooltip(unit, currency, _("Late supply")),
            ],
        )
        .properties(height=HEIGHT)
    )
    return charts._finished(chart)


def slips(frame: pl.DataFrame) -> Layered:
    """How many lines came how many days after the first promise; early ones left of the 0."""
    late_name, good_name = SLIP_COLOURS
    data = frame.with_columns(
        part=pl.when(pl.col("slip_days") > 0)
        .then(charts.said(late_name))
        .otherwise(charts.said(good_name)),
    )
    chart = (
        alt.Chart(data)
        .mark_bar(binSpacing=0.5)
        .encode(
            x=alt.X(
                "slip_days:Q",
                bin=alt.Bin(maxbins=40, minstep=1),
                title=_("Days after the first promise"),
            ),
            y=alt.Y("sum(lines):Q", title=_("Lines"), axis=alt.Axis(tickMinStep=1, tickCount=5)),
            color=alt.Color("part:N", scale=charts._scale(SLIP_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("slip_days:Q", bin=True, title=_("Days after the promise")),
                alt.Tooltip("part:N", title=_("Came")),
                alt.Tooltip("sum(lines):Q", title=_("Lines"), format=","),
            ],
        )
        .properties(height=HEIGHT)
    )
    return charts._finished(chart)


def rates_by_month(frame: pl.DataFrame) -> pl.DataFrame:
    """The three rates of each month as rows, for charts.rates."""
    names = {
        "on_time": _("On time"),
        "in_full": _("In full"),
        "otif": _("On time in full"),
    }
    parts = [
        frame.select(
            "month_start",
            "lines_due",
            series=pl.lit(title),
            rate=pl.col(f"{name}_rate"),
            met=pl.col(f"{name}_lines"),
        )
        for name, title in names.items()
    ]
    return pl.concat(parts).filter(pl.col("lines_due") > 0)


def spoken(frame: pl.DataFrame) -> str:
    """The first supplier of a ranking, for a chart's spoken name."""
    return _("first {supplier}").format(supplier=frame["supplier_name"][0])
