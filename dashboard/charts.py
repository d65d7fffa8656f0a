"""Frames to charts: pure functions, one palette, the same marks for the same things everywhere.

Every chart takes the unit it is drawn in, "value" (money) or "qty" (units), and draws the columns
`<measure>_<unit>`. Colours keep 3:1 against both backgrounds; what Streamlit's theme does not
recolour in dark mode (rules, texts) takes `GREY`, which is readable on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl
from altair.utils import schemapi

from dashboard import formats
from dashboard.texts import N_, _

# Streamlit imports it at its first chart. Altair, in another visitor's thread, would then ask a
# half imported one for its types, and fail.
import_module("pandas")

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, GREY, OCHRE = "#B8659A", "#767F8A", "#9A7414"
# What colours stand for is named in English here, and translated where it is shown.
COVERED, UNCOVERED = N_("Covered by supply"), N_("Covered by nothing")
PLANNED, UNPLANNED = N_("Planned"), N_("Unplanned")
# Legends stand above the charts as text: inside, they are cut off on a phone.
PARTS = {"covered": COVERED, "uncovered": UNCOVERED}
PART_COLOURS = {COVERED: BLUE, UNCOVERED: VERMILLION}
PLANNED_COLOURS = {PLANNED: GREEN, UNPLANNED: PURPLE}
PICK = "pick"
"""Name of the click selection of charts that filter."""

INK, PALE_INK = "#68727D", "#98A1AB"
FADED = 0.3
HEIGHT = 300
ROW_STEP = 30
DAYS_OF_A_YEAR = 366
PADDING = {"left": 0, "right": 8, "top": 0, "bottom": 4}

Layered = alt.Chart | alt.LayerChart


def _scale(colours: dict[str, str]) -> alt.Scale:
    return alt.Scale(domain=[_(name) for name in colours], range=list(colours.values()))


def said(text: str) -> pl.Expr:
    """A text as a value of a chart, in the reader's language."""
    return pl.lit(_(text))


def _amount_axis(unit: str, currency: str | None) -> alt.Axis:
    """Short amounts in the reader's language: €200K, 1.5M."""
    before, behind = formats.around(currency) if unit == "value" else ("", "")
    size = "abs(datum.value)"
    text = f"format({size}, ',~r')"
    for start, scaled in formats.scales():
        number = f"'{scaled}'".replace("{number}", f"' + format({size} / {start:.0e}, ',.6~r') + '")
        text = f"{size} >= {start:.0e} ? {number} : {text}"
    sign = "(datum.value < 0 ? '−' : '')"
    return alt.Axis(
        title=None, labelExpr=f"{sign} + '{before}' + ({text}) + '{behind}'", tickCount=5
    )


def _tooltip(unit: str, currency: str | None, title: str, field: str = "amount") -> alt.Tooltip:
    suffix = f" ({currency or _('money')})" if unit == "value" else f" ({_('units')})"
    return alt.Tooltip(f"{field}:Q", title=title + suffix, format=",.0f")


def _parts(frame: pl.DataFrame, keep: Sequence[str], unit: str) -> pl.DataFrame:
    """Covered and uncovered as rows: columns `part` and `amount`."""
    return (
        frame.select(
            *keep,
            *(pl.col(f"{part}_{unit}").cast(pl.Float64).alias(_(PARTS[part])) for part in PARTS),
        )
        .unpivot(
            on=[_(part) for part in PARTS.values()],
            index=list(keep),
            variable_name="part",
            value_name="amount",
        )
        # A bar of nothing is not there to be clicked.
        .filter(pl.col("amount") != 0)
        .with_columns(rank=_rank(PART_COLOURS))
    )


def _rank(colours: Sequence[str] | dict[str, str]) -> pl.Expr:
    """Where a part stands in its stack: as in the legend, whatever it is called in a language."""
    return pl.col("part").replace_strict({_(name): i for i, name in enumerate(colours)})


def _finished(chart: Any) -> Layered:
    finished: Layered = chart.properties(padding=PADDING)
    return finished


def quick(chart: Layered) -> Layered:
    """The chart, not checked against its grammar once more as it is shown: a quarter of a page.

    Where Altair's debug mode is on, as in tests, it is checked.
    """
    if not schemapi.DEBUG_MODE:
        object.__setattr__(chart, "to_dict", partial(chart.to_dict, validate=False))
    return chart


def inked(chart: Layered, theme: str | None) -> Layered:
    """The chart with texts of 4.5:1: words in it, and axis labels on white, where they have 3.7:1.

    The theme told by a browser may be the one before: the ink can be read on the other one too.
    """
    if locale := formats.chart_locale():
        chart = chart.configure(locale=locale)
    chart = chart.configure_text(color={"light": INK, "dark": PALE_INK}.get(theme or "", GREY))
    if theme != "light":
        return chart
    legible: Layered = chart.configure_axis(labelColor=INK, titleColor=INK)
    return legible


def largest(frame: pl.DataFrame, name: str, measure: str) -> str:
    """The row with most of a measure, for a chart's spoken name."""
    known = frame.drop_nulls([name, measure])
    if known.is_empty():
        return _("nothing known")
    row = known.sort(measure, descending=True).row(0, named=True)
    return _("most in {row}").format(row=row[name])


def ageing(frame: pl.DataFrame, unit: str, currency: str | None, chosen: Sequence[str]) -> Layered:
    """Backordered by age group, what is on order apart from what is not; a click picks a group."""
    data = _parts(frame, ["bucket", "lines"], unit).with_columns(
        key=pl.col("bucket"), lit=_is_lit("bucket", chosen)
    )
    buckets = frame.sort("bucket_rank")["bucket"].to_list()
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer", cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "bucket:N",
                sort=buckets,
                # An empty group keeps its place: a gap in the picture is a fact.
                scale=alt.Scale(domain=buckets),
                title=_("Days past due"),
                axis=alt.Axis(labelAngle=0, ticks=False),
            ),
            y=alt.Y("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(PART_COLOURS), legend=None),
            order=alt.Order("rank:Q"),
            opacity=_opacity(),
            tooltip=[
                alt.Tooltip("bucket:N", title=_("Days past due")),
                alt.Tooltip("part:N", title=_("Supply")),
                _tooltip(unit, currency, _("Backordered")),
                alt.Tooltip("lines:Q", title=_("Lines in the group"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=HEIGHT)
    )
    return _finished(chart)


def _is_lit(column: str, chosen: Sequence[str]) -> pl.Expr:
    return pl.col(column).is_in(list(chosen)) if chosen else pl.lit(True)


def _opacity() -> Any:
    return alt.condition("datum.lit", alt.value(1.0), alt.value(FADED))


def picked(key: str, chosen: Sequence[str]) -> dict[str, pl.Expr]:
    """The columns that a chart of bars to be clicked needs: what a click picks, and what is lit."""
    return {"key": pl.col(key).cast(pl.String), "lit": _is_lit(key, chosen)}


def clickable(bars: alt.Chart) -> alt.Chart:
    """Bars that pick their `key` when clicked, those not `lit` faded."""
    found: alt.Chart = (
        bars.encode(opacity=_opacity())
        .configure_mark(cursor="pointer")
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
    )
    return found


def pairs(
    data: pl.DataFrame,
    titles: Sequence[str],
    colours: dict[str, str],
    unit: str,
    currency: str | None,
    told: Sequence[alt.Tooltip],
) -> alt.Chart:
    """Two bars a title, beside each other: columns `title`, `part` and `amount`, a row a bar."""
    chart: alt.Chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "title:N",
                sort=list(titles),
                title=None,
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            yOffset=alt.YOffset("part:N", sort=[_(name) for name in colours]),
            x=alt.X("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(colours), legend=None),
            tooltip=list(told),
        )
        .properties(height=alt.Step(ROW_STEP / 2))
    )
    return chart


def bars(
    frame: pl.DataFrame,
    key: str,
    name: str,
    unit: str,
    currency: str | None,
    chosen: Sequence[str],
    none: str,
    label_limit: int = 150,
) -> Layered:
    """One horizontal bar a row, in the frame's order; a click picks its key."""
    rows = frame.with_columns(
        key=pl.col(key).cast(pl.String).fill_null(none),
        title=pl.col(name).cast(pl.String).fill_null(pl.col(key).cast(pl.String)).fill_null(none),
    ).with_columns(
        # Two customers may share a name: their bars must not fall into one.
        title=pl.when(pl.col("title").is_duplicated())
        .then(pl.format("{} · {}", "title", "key"))
        .otherwise("title")
    )
    data = _parts(rows, ["key", "title", "lines"], unit).with_columns(lit=_is_lit("key", chosen))
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer", cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "title:N",
                sort=rows["title"].to_list(),
                title=None,
                axis=alt.Axis(labelLimit=label_limit, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(PART_COLOURS), legend=None),
            order=alt.Order("rank:Q"),
            opacity=_opacity(),
            tooltip=[
                alt.Tooltip("title:N", title=_("Name")),
                alt.Tooltip("part:N", title=_("Supply")),
                _tooltip(unit, currency, _("Backordered")),
                alt.Tooltip("lines:Q", title=_("Open lines"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=alt.Step(ROW_STEP))
    )
    return _finished(chart)


def types(frame: pl.DataFrame, unit: str, currency: str | None, chosen: Sequence[str]) -> Layered:
    """Backordered by type of backlog, planned apart from unplanned; a click picks one of these."""
    data = frame.select(
        kind=formats.words(frame["backlog_type"]),
        key=pl.when("is_planned").then(pl.lit(PLANNED)).otherwise(pl.lit(UNPLANNED)),
        part=pl.when("is_planned").then(said(PLANNED)).otherwise(said(UNPLANNED)),
        amount=pl.col(f"backordered_{unit}").cast(pl.Float64),
        lines="backordered_lines",
    ).with_columns(lit=_is_lit("key", chosen))
    chart = (
        alt.Chart(data.drop_nulls("amount"))
        .mark_bar(cursor="pointer", cornerRadiusEnd=2)
        .encode(
            y=alt.Y("kind:N", sort="-x", title=None, axis=alt.Axis(ticks=False, domain=False)),
            x=alt.X("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(PLANNED_COLOURS), legend=None),
            opacity=_opacity(),
            tooltip=[
                alt.Tooltip("kind:N", title=_("Type")),
                alt.Tooltip("part:N", title=_("Backordering")),
                _tooltip(unit, currency, _("Backordered")),
                alt.Tooltip("lines:Q", title=_("Lines backordered"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=alt.Step(56))
    )
    return _finished(chart)


def months(
    frame: pl.DataFrame, unit: str, currency: str | None, start: date | None, end: date | None
) -> Layered:
    """Backordered by month of order; a click picks the month."""
    inside = pl.col("order_month").is_between(
        formats.month_of(start)[0] if start else date.min, end or date.max
    )
    rows = frame.with_columns(key=pl.col("order_month").cast(pl.String), lit=inside)
    data = _parts(rows, ["order_month", "key", "lit", "lines"], unit)
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer", cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "yearmonth(order_month):O",
                title=None,
                axis=alt.Axis(format="%b %y", labelAngle=0, labelOverlap="greedy", ticks=False),
            ),
            y=alt.Y("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(PART_COLOURS), legend=None),
            order=alt.Order("rank:Q"),
            opacity=_opacity(),
            tooltip=[
                alt.Tooltip(
                    "order_month:T", title=_("Month of order"), format=formats.d3_day("yMMM")
                ),
                alt.Tooltip("part:N", title=_("Supply")),
                _tooltip(unit, currency, _("Backordered")),
                alt.Tooltip("lines:Q", title=_("Open lines"), format=","),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=HEIGHT)
    )
    return _finished(chart)


def trend(frame: pl.DataFrame, unit: str, currency: str | None) -> Layered:
    """Open backlog at the end of each day."""
    data = frame.select(
        "day",
        amount=pl.col(f"closing_{unit}").cast(pl.Float64),
        ordered=pl.col("ordered_qty").cast(pl.Float64),
        shipped=pl.col("shipped_qty").cast(pl.Float64),
    ).drop_nulls("amount")
    near = alt.selection_point(
        name="near", nearest=True, on="pointerover", fields=["day"], empty=False
    )
    base = alt.Chart(data).encode(x=_time_axis("day"))
    area = base.mark_area(color=BLUE, opacity=0.18, line={"color": BLUE, "strokeWidth": 2}).encode(
        y=alt.Y("amount:Q", axis=_amount_axis(unit, currency))
    )
    point = (
        base.mark_point(color=BLUE, filled=True, size=70)
        .encode(
            y="amount:Q",
            opacity=alt.condition(near, alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("day:T", title=_("Day"), format=formats.d3_day()),
                _tooltip(unit, currency, _("Open backlog")),
                alt.Tooltip("ordered:Q", title=_("Ordered that day (units)"), format=",.0f"),
                alt.Tooltip("shipped:Q", title=_("Shipped that day (units)"), format=",.0f"),
            ],
        )
        .add_params(near)
    )
    return _finished(alt.layer(area, point).properties(height=HEIGHT))


def _time_axis(field: str) -> alt.X:
    return alt.X(
        f"{field}:T",
        title=None,
        axis=months_axis(),
    )


def months_axis() -> alt.Axis:
    """Months along the foot, as many as have room beside each other at even distances."""
    return alt.Axis(
        format="%b %y",
        labelOverlap="greedy",
        labelSeparation=8,
        # Pushed inside, the first label would crowd out the second.
        labelFlush=False,
        tickCount=8,
        grid=False,
    )


def projected(frame: pl.DataFrame, unit: str, currency: str | None) -> Layered:
    """What is due and not filled at the end of each coming week, and what nothing will fill."""
    total = pl.col(f"projected_backlog_{unit}").cast(pl.Float64)
    rest = pl.col(f"uncovered_{unit}").cast(pl.Float64)
    data = (
        frame.select("week_start", (total - rest).alias(_(COVERED)), rest.alias(_(UNCOVERED)))
        .unpivot(
            on=[_(COVERED), _(UNCOVERED)],
            index="week_start",
            variable_name="part",
            value_name="amount",
        )
        .drop_nulls("amount")
        .with_columns(rank=_rank(PART_COLOURS))
    )
    last = data["week_start"].n_unique() - 1
    chart = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "yearmonthdate(week_start):O",
                title=None,
                axis=alt.Axis(
                    format=formats.d3_day("MMMd"),
                    labelAngle=0,
                    # Every fifth week has room on a phone too.
                    labelExpr=f"round(datum.index * {last}) % 5 == 0 ? datum.label : ''",
                    labelFlush=False,
                    ticks=False,
                ),
            ),
            y=alt.Y("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(PART_COLOURS), legend=None),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("week_start:T", title=_("Week of"), format=formats.d3_day()),
                alt.Tooltip("part:N", title=_("Supply")),
                _tooltip(unit, currency, _("Still waiting")),
            ],
        )
        .properties(height=HEIGHT)
    )
    return _finished(chart)


WINS, LOSES = N_("Gets more"), N_("Gets less")
OUTCOME_COLOURS = {WINS: BLUE, LOSES: VERMILLION}
IN_FORCE, CHOSEN, OTHER = N_("In force"), N_("Looked at"), N_("Other rules")
RULE_COLOURS = {IN_FORCE: BLUE, CHOSEN: PURPLE, OTHER: GREY}
SUPPLY_COLOURS = {
    N_("Stock on hand"): GREEN,
    N_("Purchase order"): BLUE,
    N_("Production order"): PURPLE,
}
DEADLINE, UNKNOWN_ARRIVAL = N_("Promised, else due"), N_("A part on no dated order")
ARRIVAL_COLOURS = SUPPLY_COLOURS | {DEADLINE: OCHRE, UNKNOWN_ARRIVAL: VERMILLION}


def rules(
    frame: pl.DataFrame, measure: str, title: str, currency: str | None, chosen: str
) -> Layered:
    """One bar a rule, the one in force and the one looked at apart; a click picks a rule."""
    data = frame.select(
        key="allocation_rule",
        rule=formats.translated(frame["rule_name"]),
        amount=pl.col(measure).cast(pl.Float64),
        part=pl.when("is_in_force")
        .then(said(IN_FORCE))
        .when(pl.col("allocation_rule") == chosen)
        .then(said(CHOSEN))
        .otherwise(said(OTHER)),
    ).drop_nulls("amount")
    axis = _amount_axis("value" if measure.endswith("_value") else "qty", currency)
    chart = (
        alt.Chart(data)
        .mark_bar(cursor="pointer", cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "rule:N",
                sort=data["rule"].to_list(),
                title=None,
                axis=alt.Axis(labelLimit=170, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=axis),
            color=alt.Color("part:N", scale=_scale(RULE_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("rule:N", title=_("Rule")),
                alt.Tooltip("part:N", title=_("Is")),
                alt.Tooltip("amount:Q", title=title, format=",.0f"),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
        .properties(height=alt.Step(ROW_STEP))
    )
    return _finished(chart)


def winners(frame: pl.DataFrame, unit: str, currency: str | None, none: str) -> Layered:
    """What customers gain by a rule to the right, what they lose to the left."""
    key = pl.col("customer_id").fill_null(none)
    named = frame.select(
        key=key,
        title=pl.col("customer_name").fill_null(key),
        amount=pl.col(f"gained_{unit}").cast(pl.Float64),
        won="winning_lines",
        lost="losing_lines",
    ).with_columns(
        title=pl.when(pl.col("title").is_duplicated())
        .then(pl.format("{} · {}", "title", "key"))
        .otherwise("title"),
        part=pl.when(pl.col("amount") > 0).then(said(WINS)).otherwise(said(LOSES)),
    )
    chart = (
        alt.Chart(named)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "title:N",
                sort=named["title"].to_list(),
                title=None,
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            x=alt.X("amount:Q", axis=_amount_axis(unit, currency)),
            color=alt.Color("part:N", scale=_scale(OUTCOME_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("title:N", title=_("Customer")),
                _tooltip(unit, currency, _("More from stock, less is negative")),
                alt.Tooltip("won:Q", title=_("Lines better off"), format=","),
                alt.Tooltip("lost:Q", title=_("Lines worse off"), format=","),
            ],
        )
        .properties(height=alt.Step(ROW_STEP))
    )
    return _finished(chart)


def arrivals(frame: pl.DataFrame, today: date) -> Layered:
    """When each line is filled: a row a line, a mark a supply on the day as likely before as after.

    The dark band reaches to the day of 80 %, the light one to that of 95 %; the diamond is the day
    promised, else due. A line of which not all is on an order with a date has a cross at the right
    edge. A click picks a supply.
    """
    rows = frame.with_columns(
        title=pl.format(
            "{} / {} · {}", "order_id", "line_id", pl.col("customer_name").fill_null("")
        ).str.strip_chars_end(" ·"),
        deadline=pl.coalesce("promised_date", "due_date"),
        supply=formats.words(frame["supply_kind"]),
        key=pl.when(pl.col("supply_kind") != "on_hand").then("supply_id"),
        quantity=pl.col("pegged_qty").cast(pl.Float64),
    )
    order = rows["title"].unique(maintain_order=True).to_list()
    known = rows.filter(pl.col("expected_date").is_not_null())
    days = [
        day
        for name in ("expected_p95_date", "expected_date", "deadline")
        for day in rows[name].drop_nulls().to_list()
    ]
    first, last = min([today, *days]), max([today, *days])
    y = alt.Y(
        "title:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(labelLimit=150, ticks=False, domain=False, grid=True, gridOpacity=0.4),
    )
    # Over years a day of the year says nothing: the month and year do.
    axis = alt.Axis(
        format="%b %y" if (last - first).days > DAYS_OF_A_YEAR else formats.d3_day("MMMd"),
        labelOverlap="greedy",
        tickCount=7,
        grid=False,
    )
    colour = alt.Color("supply:N", scale=_scale(SUPPLY_COLOURS), legend=None)
    told = [
        alt.Tooltip("title:N", title=_("Line")),
        alt.Tooltip("item_name:N", title=_("Item")),
        alt.Tooltip("supply:N", title=_("Supply")),
        alt.Tooltip("document_id:N", title=_("Document")),
        alt.Tooltip("supplier_name:N", title=_("Supplier")),
        alt.Tooltip("quantity:Q", title=_("Fills (units)"), format=",.4~f"),
        alt.Tooltip("expected_date:T", title=_("Expected"), format=formats.d3_day()),
        alt.Tooltip("expected_p80_date:T", title=_("There with 80 %"), format=formats.d3_day()),
        alt.Tooltip("expected_p95_date:T", title=_("There with 95 %"), format=formats.d3_day()),
        alt.Tooltip("deadline:T", title=_(DEADLINE), format=formats.d3_day()),
    ]
    start = alt.X("expected_date:T", title=None, axis=axis)
    base = alt.Chart(known)
    light = base.mark_bar(height=12, opacity=0.3, cursor="pointer").encode(
        y=y, x=start, x2="expected_p95_date:T", color=colour, tooltip=told
    )
    dark = base.mark_bar(height=12, opacity=0.6, cursor="pointer").encode(
        y=y, x=start, x2="expected_p80_date:T", color=colour, tooltip=told
    )
    marks = (
        base.mark_point(size=110, filled=True, opacity=1, cursor="pointer")
        .encode(y=y, x=start, color=colour, tooltip=told)
        .add_params(alt.selection_point(name=PICK, fields=["key"], on="click"))
    )
    by_line = rows.unique("place", keep="first", maintain_order=True)
    deadlines = (
        alt.Chart(by_line)
        .mark_point(shape="diamond", size=110, color=OCHRE, strokeWidth=2, opacity=1)
        .encode(
            y=y,
            x=alt.X("deadline:T", title=None, axis=axis),
            tooltip=[told[0], told[1], told[-1]],
        )
    )
    crosses = (
        alt.Chart(by_line.filter(pl.col("fill_p50_date").is_null()).with_columns(edge=last))
        .mark_text(text="✕", size=14, color=VERMILLION, fontWeight="bold", align="left", dx=4)
        .encode(
            y=y,
            x=alt.X("edge:T", title=None, axis=axis),
            tooltip=[
                told[0],
                told[1],
                alt.Tooltip("open_qty:Q", title=_("Open (units)"), format=",.4~f"),
                alt.Tooltip(
                    "covered_qty:Q", title=_("In stock or on order (units)"), format=",.4~f"
                ),
            ],
        )
    )
    now = (
        alt.Chart(pl.DataFrame({"day": [today]}))
        .mark_rule(color=GREY, strokeDash=[4, 3])
        .encode(
            x=alt.X(
                "day:T",
                title=None,
                axis=axis,
                # The layers share the scale of this one.
                scale=alt.Scale(
                    domain=[_moment(first - timedelta(3)), _moment(last + timedelta(4))]
                ),
            ),
            tooltip=[alt.Tooltip("day:T", title=_("As of"), format=formats.d3_day())],
        )
    )
    chart = alt.layer(now, light, dark, marks, deadlines, crosses)
    return _finished(chart.properties(height=alt.Step(ROW_STEP)))


def _moment(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def series_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each series, in the palette's order."""
    return dict(zip(names, (BLUE, VERMILLION, GREEN, PURPLE, GREY, OCHRE), strict=False))


def rates(
    frame: pl.DataFrame,
    series: str,
    rate: str,
    filled: str,
    total: str,
    colours: dict[str, str],
) -> Layered:
    """A monthly rate, one line for each series; months without lines due are gaps."""
    data = frame.select(
        "month_start",
        series=pl.col(series),
        rate=pl.col(rate).cast(pl.Float64),
        filled=pl.col(filled).cast(pl.Float64),
        total=pl.col(total).cast(pl.Float64),
    )
    chart = (
        alt.Chart(data)
        .mark_line(point=alt.OverlayMarkDef(size=40), strokeWidth=2, interpolate="monotone")
        .encode(
            x=_time_axis("month_start"),
            y=alt.Y(
                "rate:Q",
                axis=alt.Axis(title=None, format=".0%", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color("series:N", scale=_scale(colours), legend=None),
            strokeDash=alt.StrokeDash("series:N", legend=None),
            tooltip=[
                alt.Tooltip("month_start:T", title=_("Month"), format=formats.d3_day("yMMM")),
                alt.Tooltip("series:N", title=_("Measure")),
                alt.Tooltip("rate:Q", title=_("Rate"), format=".1%"),
                alt.Tooltip("filled:Q", title=_("Met"), format=",.0f"),
                alt.Tooltip("total:Q", title=_("Of"), format=",.0f"),
            ],
        )
        .properties(height=HEIGHT)
    )
    return _finished(chart)


ANSWER_MARKS = 500
"""Marks of a picture of any answer; more are neither read nor drawn fast."""


def of_answer(frame: pl.DataFrame, across: str, up: str) -> Layered:
    """Any two columns: a line over days, dots over numbers, else bars in the order of the rows."""
    kind = frame.schema[across]
    shown = frame.select(
        pl.col(across).cast(pl.Float64 if kind.is_numeric() else pl.String).alias("across")
        if not kind.is_temporal()
        else pl.col(across).alias("across"),
        pl.col(up).cast(pl.Float64).alias("up"),
    ).head(ANSWER_MARKS)
    base = alt.Chart(shown)
    y = alt.Y("up:Q", title=up)
    tooltip = [alt.Tooltip("across", title=across), alt.Tooltip("up:Q", title=up, format=",.4~g")]
    if kind.is_temporal():
        drawn = base.mark_line(color=BLUE, point=True).encode(
            x=alt.X("across:T", title=across), y=y, tooltip=tooltip
        )
    elif kind.is_numeric():
        drawn = base.mark_circle(color=BLUE).encode(
            x=alt.X("across:Q", title=across), y=y, tooltip=tooltip
        )
    else:
        drawn = base.mark_bar(color=BLUE).encode(
            x=alt.X("across:N", title=across, sort=None), y=y, tooltip=tooltip
        )
    return _finished(alt.layer(drawn).properties(height=HEIGHT))


BETTER, WORSE = N_("better"), N_("worse")
_OUTCOME_COLOURS = {BETTER: BLUE, WORSE: VERMILLION}


_LONG_NAMES = alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=0)


def _lines(name: str) -> str:
    """A long name in lines, so that on a phone it leaves room for the bars."""
    return "\n".join(wrap(name, 26))


def changes(frame: pl.DataFrame) -> Layered:
    """The figures of a scenario: their change, in per cent of what they were."""
    names = zip(
        formats.translated(frame["figure_name"]), formats.translated(frame["unit"]), strict=True
    )
    shown = frame.select(
        pl.Series("figure", [_lines(f"{name}, {unit}") for name, unit in names]),
        pl.col("change_rate").alias("change"),
        formats.translated(frame["outcome"]),
    )
    bars = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("figure:N", sort=None, title=None, axis=_LONG_NAMES),
            x=alt.X("change:Q", title=_("change"), axis=alt.Axis(format="+.0%")),
            color=alt.Color("outcome:N", scale=_scale(_OUTCOME_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("figure:N", title=_("Figure")),
                alt.Tooltip("change:Q", title=_("Change"), format="+.1%"),
            ],
        )
    )
    return _finished(alt.layer(bars).properties(height=alt.Step(ROW_STEP)))


def tornado(frame: pl.DataFrame, figure: str) -> Layered:
    """What each lever, tried both ways, does to one figure: the widest first."""
    bars = (
        alt.Chart(
            frame.with_columns(
                formats.translated(frame["outcome"]),
                pl.Series("lever", [_lines(name) for name in frame["lever"]]),
            )
        )
        .mark_bar()
        .encode(
            y=alt.Y("lever:N", sort=None, title=None, axis=_LONG_NAMES),
            x=alt.X("difference:Q", title=_("difference in {figure}").format(figure=figure)),
            color=alt.Color("outcome:N", scale=_scale(_OUTCOME_COLOURS), legend=None),
            tooltip=[
                alt.Tooltip("setting:N", title=_("Setting")),
                alt.Tooltip("difference:Q", title=_("Difference"), format="+,.4~g"),
            ],
        )
    )
    return _finished(alt.layer(bars).properties(height=alt.Step(ROW_STEP)))


def actions(frame: pl.DataFrame, currency: str | None, chosen: Sequence[str]) -> Layered:
    """The actions worth most, as bars in their order; a click picks the item."""
    shown = frame.select(
        pl.format(
            "{}: {}",
            pl.lit(formats.translated(frame["action_name"])),
            pl.coalesce("item_name", "party_name", "subject_id"),
        ).alias("action"),
        pl.col("worth_value").cast(pl.Float64).alias("amount"),
        "action_rank",
        pl.col("party_name").fill_null("–").alias("party"),
        **picked("item_id", chosen),
    ).with_columns(pl.format("{}. {}", "action_rank", "action").alias("action"))
    bars = (
        alt.Chart(shown)
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y("action:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("amount:Q", title=None, axis=_amount_axis("value", currency)),
            tooltip=[
                alt.Tooltip("action:N", title=_("Action")),
                alt.Tooltip("party:N", title=_("With")),
                _tooltip("value", currency, _("Worth")),
            ],
        )
        .properties(height=alt.Step(ROW_STEP))
    )
    return _finished(clickable(bars))
