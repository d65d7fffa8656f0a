"""The blocks of the page *Cash flow*: the answer, the position, who owes what, the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import cash_charts as drawn
from dashboard import elements, formats, pictures, queries, states, tables
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _

TOTALS = "cash_flow.totals"
SHOWN = 10
"""Members in a picture of parties."""

LIST = "cash_rows"
"""Key of the choice of rows, and its name in the URL."""
DIMENSIONS = {
    N_("Customers"): "customer",
    N_("Suppliers"): "supplier",
    N_("Currencies"): "currency",
}

LINE_COLUMNS = (
    "order_id",
    "line_id",
    "customer_name",
    "item_name",
    "open_value",
    "held_value",
    "to_come_value",
    "undated_value",
    "paid_date",
    "paid_p80_date",
    "paid_p95_date",
    "float_days",
    "float_value",
    "cost_value",
    "prepaid_value",
    "customer_pays_date",
    "supplier_paid_date",
    "payment_terms_id",
    "is_backordered",
    "is_planned",
    "currency",
    "is_terms_known",
    "is_derived",
    "unknown_reason",
)
DUE_COLUMNS = (
    "party_name",
    "document_id",
    "line_id",
    "due_value",
    "due_date",
    "overdue_days",
    "ageing_bucket",
    "expected_date",
    "delivered_date",
    "currency",
    "is_terms_known",
    "is_derived",
    "party_id",
)
EVENT_COLUMNS = (
    "p50_date",
    "kind",
    "event_value",
    "document_id",
    "line_id",
    "party_id",
    "p80_date",
    "p95_date",
    "part_id",
    "currency",
    "is_terms_known",
    "is_derived",
)
ROW_COLUMNS = {
    N_("Open lines"): LINE_COLUMNS,
    N_("Owed to us"): DUE_COLUMNS,
    N_("Owed by us"): DUE_COLUMNS,
    N_("To come"): EVENT_COLUMNS,
    N_("So far"): EVENT_COLUMNS,
}
ASSUMPTIONS = (
    "opening_balance",
    "customer_net_days",
    "customer_net_days_added",
    "deposit_rate_added",
    "customer_transit_days",
    "supplier_net_days",
    "supplier_net_days_added",
    "overdue_collected_days",
    "refund_days",
    "capital_cost_rate",
    "cash_cycle_days",
    "cash_history_days",
    "cash_horizon_days",
)
FIGURES = Texts(
    {
        TOTALS: "Totals",
        "cash_flow.daily": "Position by day",
        "cash_flow.events": "Movements",
        "cash_flow.expected": "Movements to come",
        "cash_flow.past": "Movements so far",
        "cash_flow.lines": "Open lines",
        "cash_flow.pegged": "Open lines by supply",
        "cash_flow.coming": "Purchases to come",
        "cash_flow.dues": "Owed to us and by us",
        "cash_flow.ageing": "Owed, by days overdue",
        "cash_flow.by_dimension": "By customer, supplier, currency",
        "cash_flow.cycle": "Cash conversion cycle",
        "core.line_cash": "Cash of order lines",
        "cash_flow.purchases": "Cash of purchase lines",
    }
)


def heading(here: Screen) -> Mapping[str, Any]:
    """Title and freshness; returns the totals, or stops where nothing is sold or bought."""
    elements.title_of_all(_("How much money is needed, and when?"), here)
    with elements.loading():
        totals = queries.cash_totals(here.view)
    if not (totals["lines"] or totals["past_events"] or totals["to_come_value"]
            or totals["to_pay_value"]):  # fmt: skip
        states.no_cash()
        st.stop()
    return totals


def headline(here: Screen, totals: Mapping[str, Any]) -> None:
    """The money to be found, its change since the snapshot before, and the answer in words."""
    before = queries.earlier(here.view, queries.cash_totals)
    elements.large(
        here.in_money(),
        totals,
        before,
        "funding_gap",
        _("Money to be found"),
        formats.cash_answer(totals, here.about.currency),
        "inverse",
        TOTALS,
    )


def facts(here: Screen, totals: Mapping[str, Any]) -> None:
    """What is held, owed and to come, and how long customers' money finances suppliers."""
    currency = here.about.currency

    def say(measure: str, title: str, beneath: str) -> None:
        text = formats.money(totals[f"{measure}_value"], currency)
        elements.figure(here, TOTALS, title, text, beneath, f"{measure}_value")

    def part(measure: str, text: str) -> str:
        value = totals[f"{measure}_value"]
        return (
            _("not known") if value is None else text.format(amount=formats.money(value, currency))
        )

    with st.grid(4, min_column_width=150, gap="small"):
        say("funding_gap_p80", _("If money is late (80 %)"), _on(totals["low_p80_date"]))
        say("funding_gap_p95", _("If money is late (95 %)"), _on(totals["low_p95_date"]))
        say("held", _("Held for undelivered"), part("refund", _("{amount} to pay back")))
        elements.figure(
            here,
            TOTALS,
            _("Float"),
            formats.signed_days(totals["float_days"]),
            part("float", _("worth {amount}")),
            "float_days",
            "float_value",
        )
        say("receivable", _("Owed to us"), part("receivable_overdue", _("{amount} overdue")))
        say("payable", _("Owed by us"), part("payable_overdue", _("{amount} overdue")))
        say("to_come", _("To come in"), part("undated_in", _("{amount} undated")))
        say("to_pay", _("To go out"), part("undated_out", _("{amount} undated")))


def _on(day: Any) -> str:
    return _("lowest on {day}").format(day=formats.day(day)) if day else _("not known")


def unknowns(totals: Mapping[str, Any]) -> None:
    """Says what is not known, why, and what stands in its place."""
    for text in formats.cash_unknowns(totals):
        st.caption(f":material/help: {text}")


def position(here: Screen, totals: Mapping[str, Any]) -> None:
    """The balance day by day, so far and ahead."""
    st.subheader(_("The balance, day by day"), anchor=False)
    frame = queries.cash_daily(here.view.snapshot)
    if totals["low_date"] is None:
        st.caption(_("No movement to come has a known day."))
        return
    pictures.legend(drawn.POSITION_COLOURS)
    pictures.show(
        drawn.position(frame, here.about.as_of, here.about.currency),
        alt=_("Balance at the end of each day, so far and ahead in three certainties"),
    )
    st.caption(
        _(
            "Of orders accepted, goods delivered and purchases placed by now: no new orders, wages"
            " or rents. The day of the dashed line starts from the opening balance, an assumption."
        )
    )


def flows(here: Screen) -> None:
    """Money in and out, week by week."""
    st.subheader(_("In and out, week by week"), anchor=False)
    frame = queries.cash_daily(here.view.snapshot)
    pictures.legend(drawn.FLOW_COLOURS)
    pictures.show(drawn.flows(frame, here.about.currency), alt=_("Money in and out by week"))


def ageing(here: Screen) -> None:
    """What is delivered and not paid, by days overdue."""
    st.subheader(_("Delivered and not paid, by days overdue"), anchor=False)
    frame = queries.cash_ageing(here.view.snapshot)
    if frame.is_empty():
        st.caption(_("Nothing delivered is known to be unpaid."))
        return
    pictures.legend(drawn.SIDE_COLOURS)
    lists = {"customer": N_("Owed to us"), "supplier": N_("Owed by us")}
    pictures.leading(
        drawn.ageing(frame, here.about.currency),
        here,
        LIST,
        lists,
        _("Receivables and payables by days overdue"),
    )


def parties(here: Screen) -> None:
    """The customers, suppliers or currencies with most money."""
    st.subheader(_("Whose money it is"), anchor=False)
    title = st.segmented_control(
        _("By"),
        list(DIMENSIONS),
        format_func=_,
        default="Customers",
        required=True,
        key="cash_by",
        wrap=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    dimension = DIMENSIONS[title or "Customers"]
    frame = queries.cash_by(here.view.snapshot, dimension, SHOWN)
    if frame.is_empty():
        st.caption(_("No money of them is known."))
        return
    pictures.legend(drawn.party_colours(dimension))
    spoken = _("{parties} with most money").format(parties=_(title or "Customers"))
    if dimension == "currency":
        pictures.show(drawn.parties(frame, dimension, here.about.currency, ()), alt=spoken)
        return
    chart = drawn.parties(frame, dimension, here.about.currency, pictures.chosen(here, dimension))
    pictures.picking(chart, dimension, here, spoken, "cash")


def cycle(here: Screen) -> None:
    """The cash conversion cycle with what it is divided from and by."""
    st.subheader(_("Cash conversion cycle"), anchor=False)
    row = queries.cash_cycle(here.view.snapshot)
    currency = here.about.currency

    def say(title: str, name: str, beneath: str) -> None:
        known = row[name] is not None
        text = formats.days_to_a_tenth(row[name])
        elements.figure(
            here, "cash_flow.cycle", title, text, beneath if known else _("not known"), name
        )

    def money(name: str) -> str:
        return formats.money(row[name], currency)

    with st.grid(2, min_column_width=140, gap="small"):
        say(_("Cycle"), "cycle_days", _("plain"))
        say(
            _("Adjusted cycle"),
            "adjusted_cycle_days",
            _("less {amount} held").format(amount=money("held_value")),
        )
        say(_("Days of stock"), "stock_days", money("stock_value"))
        say(
            _("Customers pay in"),
            "receivable_days",
            _("{amount} owed").format(amount=money("receivable_value")),
        )
        say(
            _("We pay in"), "payable_days", _("{amount} owed").format(amount=money("payable_value"))
        )
    if row["sales_value"] is not None and row["cost_value"] is not None:
        st.caption(
            formats.plain(
                _("Against sales of {sales} and their cost of {cost} in {span}.").format(
                    sales=money("sales_value"),
                    cost=money("cost_value"),
                    span=formats.days(row["span_days"]),
                )
            )
        )
    left_out = [
        text.format(n=formats.count(row[name], noun))
        for name, noun, text in (
            ("unknown_lines", "line", _("{n} shipped")),
            ("unknown_items", "balance", _("{n} of stock")),
        )
        if row[name]
    ]
    if left_out:
        st.caption(
            _("Left out, of unknown price or cost: {what}.").format(what=formats.some(left_out))
        )


def rows(here: Screen) -> None:
    """The lines, what is owed, and every movement, with downloads."""
    st.subheader(_("The rows"), anchor=False)
    title = st.segmented_control(
        _("Rows"),
        list(ROW_COLUMNS),
        format_func=_,
        default="Open lines",
        required=True,
        key=LIST,
        bind="query-params",
        label_visibility="collapsed",
    )
    title = title or "Open lines"
    snap = here.view.snapshot
    elements.heeding(here, queries.CASH_ROWS[title])
    chosen = here.view.filters
    frame = queries.cash_rows(snap, title, filters=chosen)
    if frame.is_empty():
        st.caption(_("No row is left by the filters.") if chosen.active() else _("There are none."))
        return
    tables.table(frame, here, queries.CASH_ROWS[title][0], _(title), ROW_COLUMNS[title])
    stem = formats.file_name(title.lower())
    tables.downloads(
        lambda kind: queries.file_of(queries.cash_rows(snap, title, None, chosen), kind),
        f"cash-{stem}-{here.about.as_of}",
        frame.height,
        f"cash_{stem}",
    )


def assumptions(here: Screen) -> None:
    """What the figures assume, with value and source."""
    tables.assumptions(here, ASSUMPTIONS, "cash")


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    tables.evidence(here.unfiltered(), FIGURES, "cash")
