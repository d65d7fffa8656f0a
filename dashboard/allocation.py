"""The blocks of the page *Allocation*: what stock fills, other rules, arrivals, and late supply."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, elements, formats, pictures, queries, tables
from dashboard.elements import Screen
from dashboard.texts import N_, _, given

RULE, COMPARE, SUPPLY = "rule", "compare", "supply"
"""Names in the URL: the rule looked at, the measure compared, the supply whose lines are shown."""

MODEL = "backlog.allocation_rules"
MEASURES = {
    N_("Lines filled"): ("filled_lines", N_("Lines stock fills whole")),
    N_("Orders filled"): ("filled_orders", N_("Orders stock fills whole")),
    N_("Value filled"): ("filled_value", N_("Value of what stock fills")),
    N_("Promises kept"): ("promise_kept_lines", N_("Lines whole by the day promised")),
}
CUSTOMERS = 8
LINES_DRAWN = 15

RULE_COLUMNS = (
    "rule_name",
    "is_in_force",
    "filled_lines",
    "line_fill_rate",
    "filled_orders",
    "order_fill_rate",
    "filled_value",
    "value_fill_rate",
    "promise_kept_lines",
    "promise_broken_lines",
    "promise_unknown_lines",
    "held_value",
    "winning_lines",
    "losing_lines",
    "won_value",
    "lost_value",
    "exception_lines",
    "filled_qty",
    "short_qty",
)
CHANGE_COLUMNS = (
    "order_id",
    "line_id",
    "outcome",
    "customer_name",
    "item_name",
    "gained_value",
    "gained_qty",
    "allocated_qty",
    "in_force_qty",
    "open_qty",
    "fill_date",
    "in_force_fill_date",
    "moved_days",
    "promised_date",
    "is_promise_kept",
    "held_qty",
    "strategy",
    "confirmed_qty",
    "is_exception",
    "segment",
)
LINE_COLUMNS = (
    "order_id",
    "line_id",
    "customer_name",
    "item_name",
    "open_value",
    "open_qty",
    "allocated_qty",
    "backordered_qty",
    "held_qty",
    "promised_date",
    "due_date",
    "expected_fill_date",
    "hold_reason",
)
HIT_COLUMNS = (
    "order_id",
    "line_id",
    "customer_name",
    "pegged_value",
    "pegged_qty",
    "slack_days",
    "promised_date",
    "due_date",
    "expected_date",
    "hold_reason",
    "segment",
)


def answer(here: Screen, totals: Mapping[str, Any]) -> pl.DataFrame:
    """What stock fills now and what it leaves short, in figures and a sentence; gives the rules."""
    rules = queries.rules(here.view)
    if rules.is_empty():
        st.info(_("Every open line is in a unit of measure that cannot be converted."))
        st.stop()
    now = in_force(rules)
    elements.large(
        here,
        now,
        queries.earlier(here.view, queries.rule_in_force),
        "filled",
        _("Filled from stock now"),
        formats.filled(now),
        model=MODEL,
    )
    with st.grid(4, min_column_width=150, gap="small"):
        elements.fact(here, now, "short", _("Left short"), model=MODEL)
        elements.fact(here, now, "held", _("Held back"), model=MODEL)
        elements.fact(here, now, "open", _("Open backlog"), model=MODEL)
        _promises(here, now)
    elements.unknowns(totals)
    return rules


def in_force(rules: pl.DataFrame) -> Mapping[str, Any]:
    """The row of the rule in force."""
    return rules.row(by_predicate=pl.col("is_in_force"), named=True)


def _promises(here: Screen, now: Mapping[str, Any]) -> None:
    known = queries.comments(here.view.snapshot, MODEL)
    st.metric(
        _("Promises kept"),
        formats.rate(now["promise_kept_rate"]),
        _("{kept} of {lines}").format(
            kept=formats.number(int(now["promise_kept_lines"])),
            lines=formats.count(now["promised_lines"], "line"),
        )
        if now["promised_lines"]
        else _("no line has a promise"),
        delta_color="off",
        delta_arrow="off",
        help=formats.sentence(known["promise_kept_rate"])
        + "\n\n"
        + formats.sentence(known["promise_kept_lines"]),
        border=True,
        height="stretch",
    )


def side_by_side(here: Screen, rules: pl.DataFrame) -> None:
    """Every rule on the same stock, and who wins and loses by the one looked at."""
    st.subheader(_("What another rule would do"), anchor=False)
    now = in_force(rules)
    if not rules.select((pl.col("winning_lines") + pl.col("losing_lines") > 0).any()).item():
        st.caption(
            _(
                "Whoever is first, every line gets the same: no open line competes for stock or"
                " supply that is not enough for all."
            )
        )
        return
    st.caption(
        _(
            "In force: {rule}, by the assumption `allocation_rule`. Rules"
            " differ in who gets the stock, not in how much there is."
        ).format(rule=given(now["rule_name"]))
    )
    names = dict(rules.select("allocation_rule", "rule_name").iter_rows())
    others = [rule for rule in names if rule != now["allocation_rule"]]
    with st.grid(2, min_column_width=300, gap="small") as grid:
        with grid.cell():
            measure = st.segmented_control(
                _("Compare"),
                list(MEASURES),
                format_func=_,
                default="Lines filled",
                required=True,
                key=COMPARE,
                wrap=True,
                bind="query-params",
            )
        with grid.cell():
            rule = st.selectbox(
                _("Rule to look at"),
                others,
                format_func=lambda one: given(names[one]),
                key=RULE,
                bind="query-params",
            )
    column, title = MEASURES[measure or "Lines filled"]
    title = _(title)
    pictures.legend(charts.RULE_COLOURS)
    _pick_chart(
        charts.rules(rules, column, title, here.about.currency, rule),
        RULE,
        f"{here.view.snapshot.version}_{rule}",
        _("{measure} under each rule. Click a bar to look at a rule.").format(measure=title),
        others,
    )
    tables.table(rules, here, MODEL, _("Allocation rules side by side"), RULE_COLUMNS)
    _winners(here, rules.row(by_predicate=pl.col("allocation_rule") == rule, named=True), now)


def _winners(here: Screen, rule: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    name = rule["allocation_rule"]
    st.subheader(_("Who wins and who loses"), anchor=False)
    st.markdown(formats.another_rule(rule, now, here.unit, here.about.currency))
    if name == "segment_strategy" and not queries.has_strategies(here.view.snapshot):
        st.caption(
            _(
                "No customer segment has a strategy yet: name segments in the assumptions"
                " `win_segments`, `gain_segments`, `fill_segments` and `lose_segments`."
            )
        )
    customers = queries.winners(here.view, name, here.unit, CUSTOMERS)
    if not customers.is_empty():
        pictures.legend(charts.OUTCOME_COLOURS)
        chart = charts.winners(customers, here.unit, here.about.currency, queries.NONE)
        pictures.show(chart, alt=_("Customers who gain and lose most from stock by the rule"))
    lines = queries.rule_lines(here.view, name)
    if lines.is_empty():
        return
    changed = rule["winning_lines"] + rule["losing_lines"]
    if lines.height < changed:
        st.caption(
            _("The {rows} lines that gain or lose most of {all}.").format(
                rows=formats.number(lines.height), all=formats.number(changed)
            )
        )
    key = f"changes_{here.view.snapshot.version}_{name}_{hash(here.view.filters)}"
    picked = tables.table(
        lines,
        here,
        "backlog.rule_lines",
        _("Lines that fare otherwise under the rule"),
        CHANGE_COLUMNS,
        key,
        "single-row",
    )
    tables.to_causes(lines, picked)
    tables.downloads(
        partial(queries.file_of_rule_lines, here.view, name),
        f"rule-{name}-{here.about.as_of}",
        changed,
        "download_rule",
    )


def timeline(here: Screen, totals: Mapping[str, Any]) -> None:
    """When each line is filled, and how sure that is; the lines selected, else the dearest."""
    st.subheader(_("Who is filled when"), anchor=False)
    lines = queries.lines(here.view)
    place = st.container()
    key = f"arrivals_{here.view.snapshot.version}_{hash(here.view.filters)}"
    st.caption(
        formats.shown(lines.height, totals["lines"]) + " " + _("Select lines to see them above.")
    )
    picked = tables.table(lines, here, "backlog.lines", _("Open order lines"), LINE_COLUMNS, key)
    tables.to_causes(lines, picked)
    chosen = lines[picked[:LINES_DRAWN]] if picked else lines.head(LINES_DRAWN)
    keys = chosen.select("order_id", "line_id").rows()
    frame = queries.arrivals(here.view, keys)
    with place:
        pictures.legend(charts.ARRIVAL_COLOURS)
        _pick_chart(
            charts.arrivals(frame, here.about.as_of),
            SUPPLY,
            f"{here.view.snapshot.version}_{hash(tuple(keys))}",
            _(
                "When each line is filled, with the days of 80 and 95 percent. Click a mark to see"
                " who else waits for that supply."
            ),
            queries.supplies(here.view)["supply_id"].to_list(),
        )
        st.caption(
            _(
                "The mark is the day as likely before as after; the bands reach to the days of 80"
                " % and 95 %."
            )
        )
        elements.tested(here)


def what_hangs_on(here: Screen) -> None:
    """A purchase or production order and the customers, orders and value that wait for it."""
    st.subheader(_("If a delivery is late, who waits?"), anchor=False)
    supplies = queries.supplies(here.view)
    if supplies.is_empty():
        st.caption(_("No open line waits for a purchase or production order."))
        return
    rows = {row["supply_id"]: row for row in supplies.iter_rows(named=True)}
    supply_id = st.selectbox(
        _("Purchase or production order"),
        list(rows),
        format_func=lambda one: formats.supply(rows[one]),
        key=SUPPLY,
        bind="query-params",
        help=_("Those too late for a line first, then by what they are worth to customers."),
    )
    row = rows[supply_id]
    with st.grid(4, min_column_width=150, gap="small"):
        elements.fact(here, row, "pegged", _("Hangs on it"), model="backlog.supply_pegs")
        _supply_figure(
            here,
            "customers",
            _("Customers"),
            formats.number(int(row["customers"])),
            f"{formats.count(row['orders'], 'order')}, {formats.count(row['lines'], 'line')}",
        )
        _supply_figure(
            here,
            "expected_date",
            _("Expected"),
            formats.day(row["expected_date"]),
            f"95 %: {formats.day(row['expected_p95_date'])}",
        )
        _supply_figure(
            here,
            "late_lines",
            _("Lines too late"),
            formats.number(int(row["late_lines"])),
            formats.slack(row["slack_days"], row["late_lines"]),
        )
    if row["supply_kind"] == "purchase_order" and row["supplier_id"]:
        name = row["supplier_name"] or row["supplier_id"]
        elements.link(
            "suppliers",
            _("How {supplier} delivers").format(supplier=name),
            ":material/factory:",
            supplier=row["supplier_id"],
        )
    lines = queries.hit_lines(here.view, supply_id)
    key = f"hit_{here.view.snapshot.version}_{supply_id}_{hash(here.view.filters)}"
    picked = tables.table(
        lines,
        here,
        "backlog.pegs",
        _("Lines that wait for the supply"),
        HIT_COLUMNS,
        key,
        "single-row",
    )
    tables.to_causes(lines, picked)
    tables.downloads(
        partial(queries.file_of_hit_lines, here.view, supply_id),
        f"waiting-for-{formats.file_name(supply_id)}-{here.about.as_of}",
        row["lines"],
        "download_hit",
    )


def _supply_figure(here: Screen, column: str, title: str, value: str, note: str) -> None:
    known = queries.comments(here.view.snapshot, "backlog.supply_pegs")
    st.metric(
        title,
        value,
        note,
        delta_color="off",
        delta_arrow="off",
        help=formats.sentence(known[column]),
        border=True,
        height="stretch",
    )


def _pick_chart(
    chart: charts.Layered, name: str, held: str, spoken: str, allowed: list[str]
) -> None:
    """A chart whose marks, clicked, set what a select box of the page holds."""
    key = f"{name}_chart_{held}"

    def pick() -> None:
        found = st.session_state[key]["selection"].get(charts.PICK, [])
        keys = [one["key"] for one in found if one.get("key") in allowed]
        if keys:
            st.session_state[name] = keys[-1]

    pictures.draw(chart, spoken, key=key, on_select=pick, selection_mode=charts.PICK, alt=spoken)
