"""The blocks of the page *Suppliers*: the answer, the ranking, the rows, one supplier's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, elements, filters, formats, pictures, queries, states, tables
from dashboard import supply_charts as drawn
from dashboard.elements import Screen

SHOWN = 15
"""Suppliers in a ranked picture."""

FILE_KINDS = ("csv", "xlsx")

RANKINGS = {
    "Late supply": "late",
    "On time in full": "otif",
    "Rejects": "rejects",
    "Spend": "share",
}
SUPPLIER_COLUMNS = (
    "supplier_name",
    "overdue_value",
    "overdue_qty",
    "overdue_lines",
    "overdue_pegged_value",
    "short_caused_value",
    "short_caused_qty",
    "caused_share_rate",
    "otif_rate",
    "on_time_rate",
    "in_full_rate",
    "lines_due",
    "fill_rate",
    "reject_rate",
    "mean_stated_lead_days",
    "mean_lead_days",
    "p95_lead_days",
    "safety_days",
    "mean_slip_days",
    "p95_slip_days",
    "unit_days_late",
    "promise_moves",
    "mean_moved_days",
    "open_lines",
    "open_value",
    "open_share_rate",
    "spend_value",
    "spend_share_rate",
    "single_source_items",
    "single_source_backlog_value",
    "undated_lines",
    "unpromised_lines",
    "country",
    "is_on_hold",
    "supplier_id",
)
ORDER_COLUMNS = (
    "document_id",
    "item_name",
    "overdue_qty",
    "overdue_value",
    "first_promised_date",
    "late_days",
    "promised_date",
    "pegged_value",
    "pegged_qty",
    "pegged_orders",
    "open_qty",
    "due_qty",
    "filled_qty",
    "rejected_qty",
    "order_date",
    "received_date",
    "lead_days",
    "stated_lead_days",
    "received_slip_days",
    "promise_moves",
    "promise_moved_days",
    "is_otif",
)
ITEM_COLUMNS = (
    "item_name",
    "overdue_qty",
    "overdue_value",
    "otif_rate",
    "lines_due",
    "fill_rate",
    "reject_rate",
    "mean_stated_lead_days",
    "mean_lead_days",
    "p95_lead_days",
    "safety_days",
    "unit_days_late",
    "open_qty",
    "open_value",
    "pegged_value",
    "is_single_source",
    "item_id",
)
MOVE_COLUMNS = (
    "document_id",
    "line_id",
    "item_id",
    "old_date",
    "new_date",
    "moved_days",
    "changed_at",
)
SINGLE_COLUMNS = (
    "supplier_name",
    "item_name",
    "backordered_value",
    "backordered_qty",
    "backlog_value",
    "backlog_qty",
    "item_id",
)


def heading(here: Screen) -> Mapping[str, Any]:
    """Title, freshness and the supplier chosen; returns the totals, or stops where none are."""
    snap = here.view.snapshot
    st.title("Who delivers late, and what waits for it?", anchor=False)
    states.freshness(here.about, snap)
    filters.chips(snap, queries.Filters(supplier=here.view.filters.supplier))
    totals = queries.supply_totals(snap)
    if totals is None:
        states.no_supply()
        st.stop()
    return totals


def headline(here: Screen, totals: Mapping[str, Any]) -> None:
    """Late supply, its change since the month before, and who is worst."""
    unit, currency = here.unit, here.about.currency
    worst = queries.suppliers(here.view.snapshot, unit).row(0, named=True)
    before = totals["before_month"]
    change = formats.change(
        totals[f"overdue_{unit}"], totals[f"before_overdue_{unit}"], unit, currency
    )
    elements.big(
        "Late supply",
        here.amount(totals, "overdue"),
        change,
        f"since the end of {before:%B %Y}" if before else "",
        elements.meaning(here, "suppliers.totals", f"overdue_{unit}"),
        formats.supply_answer(totals, worst, unit, currency),
        "No month before this one to compare with.",
        "inverse",
    )


def facts(here: Screen, totals: Mapping[str, Any]) -> None:
    """The figures of all suppliers together, or of one."""
    name = "suppliers.totals" if "suppliers" in totals else "suppliers.by_supplier"
    with st.grid(4, min_column_width=150, gap="small"):
        _amount(here, totals, name, "overdue_pegged", "Backlog waiting")
        _short(here, totals, name)
        _rate(here, totals, name, "otif", "lines_due", "On time in full", "line")
        _rate(here, totals, name, "fill", "due_qty", "Units filled", "unit")
        _rate(here, totals, name, "reject", "inspected_qty", "Units refused", "unit")
        _days(here, totals, name, "mean_lead_days", "Lead time", _stated(totals))
        _days(
            here,
            totals,
            name,
            "p95_slip_days",
            "95 % come within",
            "of the first promise",
        )
        _concentration(here, totals, name)


def unknowns(totals: Mapping[str, Any]) -> None:
    """Says what the rates leave out, and money."""
    text = formats.supply_unknowns(totals)
    if text:
        st.caption(f":material/help: {text}")


def ranking(here: Screen) -> None:
    """The suppliers ranked; a click opens one's record."""
    title = st.segmented_control(
        "Rank by",
        list(RANKINGS),
        default="Late supply",
        required=True,
        key="rank",
        bind="query-params",
    )
    title = title or "Late supply"
    rank = RANKINGS[title]
    st.subheader(f"Suppliers by {title.lower()}", anchor=False)
    frame = queries.suppliers(here.view.snapshot, here.unit, rank)
    chosen = here.view.filters.supplier
    if rank == "late":
        found = frame.filter(pl.col(f"overdue_{here.unit}") > 0).head(SHOWN)
        if _nothing(found, "No supply is late."):
            return
        pictures.legend(drawn.LATE_COLOURS)
        chart = drawn.late(found, here.unit, here.about.currency, chosen)
    else:
        rate, part, total, empty = {
            "otif": ("otif_rate", "otif_lines", "lines_due", _NO_DAYS),
            "rejects": ("reject_rate", "rejected_qty", "inspected_qty", _NO_REJECTS),
            "share": ("spend_share_rate", "spend_value", "spend_value", "Nothing was bought."),
        }[rank]
        found = frame.drop_nulls(rate).head(SHOWN)
        if _nothing(found, empty):
            return
        chart = drawn.shares(found, rate, part, total, title, chosen, is_whole=rank == "otif")
    spoken = f"Suppliers by {title.lower()}, {drawn.spoken(found)}"
    pictures.picking(chart, "supplier", here, spoken, f"rank_{rank}")
    st.caption("Click a bar to open the supplier's record.")


_NO_DAYS = "No order came on a known day: load receipts to see who is on time."
_NO_REJECTS = "Nothing tells what was refused: receipts, or purchase orders, may say."


def _nothing(frame: pl.DataFrame, text: str) -> bool:
    if frame.is_empty():
        st.caption(text)
    return frame.is_empty()


def lead_times(here: Screen) -> None:
    """Stated against real lead time; a click opens a supplier's record."""
    st.subheader("Lead time, stated and real", anchor=False)
    frame = queries.suppliers(here.view.snapshot, here.unit).filter(pl.col("stated_lines") > 0)
    if _nothing(frame, "No order of a stated lead time came on a known day."):
        return
    pictures.legend(drawn.LEAD_COLOURS)
    chart = drawn.lead_times(frame, here.view.filters.supplier)
    pictures.picking(chart, "supplier", here, "Stated and real lead time of suppliers", "lead")
    st.caption("Above the dashed line orders take longer than stated.")


def trend(here: Screen, row: Mapping[str, Any]) -> None:
    """On time and in full, and late supply, month by month: of one supplier, or of all."""
    supplier_id = row.get("supplier_id")
    place = "record" if supplier_id else "all"
    frame = queries.supply_months(here.view.snapshot, supplier_id)
    rates = drawn.rates_by_month(frame)
    late = frame.drop_nulls(f"overdue_{here.unit}")
    with st.grid(2, min_column_width=330, gap="medium", key=f"trend_{place}") as grid:
        with grid.cell():
            st.markdown("**On time and in full, by month promised**")
            # Where no order came on a known day a month of late ones alone would read as 0 %.
            known = rates.drop_nulls("rate") if row["otif_rate"] is not None else rates.clear()
            if not _nothing(known, _NO_DAYS):
                colours = charts.series_colours(
                    rates["series"].unique(maintain_order=True).to_list()
                )
                pictures.legend(colours)
                pictures.show(
                    charts.rates(rates, "series", "rate", "met", "lines_due", colours),
                    alt="Lines on time, in full and both, by month promised",
                )
        with grid.cell():
            st.markdown("**Late supply at the end of each month**")
            if not _nothing(late, "No supply was late at the end of a month."):
                pictures.show(
                    drawn.late_months(late, here.unit, here.about.currency),
                    alt="Late supply at the end of each month",
                )


def rows(here: Screen) -> None:
    """Every supplier in a row, with downloads; a selected one opens its record."""
    snap = here.view.snapshot
    st.subheader("The suppliers", anchor=False)
    st.caption("Those with most late supply first. Select one to open its record.")
    frame = queries.suppliers(snap, here.unit)
    key = f"suppliers_{snap.version}_{here.unit}_{hash(here.view.filters.supplier)}"
    name = "suppliers.by_supplier"
    tables.table(
        frame,
        here,
        name,
        "Suppliers",
        SUPPLIER_COLUMNS,
        key,
        mode="single-row",
        on_select=lambda: _open(frame, key),
    )
    tables.downloads(
        lambda kind: queries.file_of(queries.suppliers(snap, here.unit), kind),
        f"suppliers-{here.about.as_of}",
        frame.height,
        "suppliers",
        FILE_KINDS,
    )


def _open(frame: pl.DataFrame, key: str) -> None:
    picked = st.session_state[key]["selection"]["rows"]
    if picked:
        st.session_state["supplier"] = [frame["supplier_id"][picked[0]]]


def single_sources(here: Screen) -> None:
    """Items with one supplier only, and the backlog that hangs on them."""
    st.subheader("Items from one supplier only", anchor=False)
    tail = "order by backordered_value desc nulls last, backlog_value desc nulls last, item_id"
    name = "suppliers.single_source"
    frame = queries.table(here.view.snapshot, name, f"{tail} limit {queries.LINES_SHOWN}")
    if _nothing(frame, "Every item has several suppliers."):
        return
    st.caption("No other supplier is known for them, and what is backordered of them.")
    tables.table(frame, here, name, "Items from one supplier", SINGLE_COLUMNS)


def record(here: Screen) -> None:
    """One supplier: its figures, late orders, slips, items, moved promises and months."""
    supplier_id = here.supplier
    if supplier_id is None:
        st.caption("Several suppliers are chosen; choose one to see its record.")
        return
    row = queries.supplier(here.view.snapshot, supplier_id)
    if row is None:
        st.info(f"No supplier has the id {formats.plain(supplier_id)}.", icon=":material/search:")
        return
    st.subheader(formats.plain(row["supplier_name"]), anchor=False)
    if row["lines"] is None:
        st.caption("Nothing was ordered from it.")
        return
    st.markdown(formats.supplier_answer(row, here.unit, here.about.currency))
    facts(here, row)
    unknowns(row)
    late, slips, items, moves, months, orders = st.tabs(
        ["Late orders", "Slips", "Items", "Moved promises", "By month", "All orders"],
        on_change="rerun",
        key="record",
        bind="query-params",
    )
    if late.open:
        with late:
            _orders(here, supplier_id, is_late=True)
    if slips.open:
        with slips:
            _slips(here, supplier_id, row)
    if items.open:
        with items:
            _items(here, supplier_id)
    if moves.open:
        with moves:
            _moves(here, supplier_id)
    if months.open:
        with months:
            trend(here, row)
    if orders.open:
        with orders:
            _orders(here, supplier_id, is_late=False)


def _orders(here: Screen, supplier_id: str, *, is_late: bool) -> None:
    snap = here.view.snapshot
    frame = queries.supplier_orders(snap, supplier_id, is_late=is_late)
    if _nothing(frame, "None of its orders is late." if is_late else "No order is known."):
        return
    what = "late orders" if is_late else "orders"
    tables.table(frame, here, "suppliers.lines", f"The supplier's {what}", ORDER_COLUMNS)
    tables.downloads(
        lambda kind: queries.file_of(
            queries.supplier_orders(snap, supplier_id, is_late=is_late, limit=None), kind
        ),
        f"supplier-{what.replace(' ', '-')}-{here.about.as_of}",
        frame.height,
        f"supplier_{'late' if is_late else 'all'}",
        FILE_KINDS,
    )


def _slips(here: Screen, supplier_id: str, row: Mapping[str, Any]) -> None:
    frame = queries.slips(here.view.snapshot, supplier_id)
    if _nothing(frame, "No order with a promise came on a known day."):
        return
    pictures.legend(drawn.SLIP_COLOURS)
    pictures.show(drawn.slips(frame), alt="Lines by days after the first promise")
    st.caption(formats.slip_answer(row))


def _items(here: Screen, supplier_id: str) -> None:
    frame = queries.supplier_items(here.view.snapshot, supplier_id, here.unit)
    tables.table(frame, here, "suppliers.by_item", "The supplier's items", ITEM_COLUMNS)


def _moves(here: Screen, supplier_id: str) -> None:
    frame = queries.promise_changes(here.view.snapshot, "purchase", supplier_id)
    if _nothing(frame, "No export told of a promise that moved."):
        return
    tables.table(frame, here, "backlog.promise_changes", "Promises that moved", MOVE_COLUMNS)


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    figures = {
        "suppliers.totals": "All suppliers",
        "suppliers.by_supplier": "By supplier",
        "suppliers.by_item": "By supplier and item",
        "suppliers.by_month": "By month",
        "suppliers.lines": "Orders, judged",
        "suppliers.deliveries": "Deliveries",
        "suppliers.late_supply": "Late supply by month",
        "suppliers.single_source": "Items from one supplier",
        "suppliers.shortages": "Shortages they caused",
        "core.supply_slips": "Slips",
    }
    tables.evidence(here.unfiltered(), figures, "suppliers")


def _amount(
    here: Screen,
    row: Mapping[str, Any],
    model: str,
    measure: str,
    title: str,
) -> None:
    other = "qty" if here.unit == "value" else "value"
    elements.metric(
        title,
        here.amount(row, measure),
        formats.amount(row, measure, other, here.about.currency),
        elements.meaning(here, model, f"{measure}_value", f"{measure}_qty"),
    )


def _short(here: Screen, row: Mapping[str, Any], model: str) -> None:
    share = row["caused_share_rate"]
    elements.metric(
        "Short because of it",
        here.amount(row, "short_caused"),
        f"{formats.rate(share)} of shortages" if share is not None else "share not known",
        elements.meaning(here, model, f"short_caused_{here.unit}", "caused_share_rate"),
    )


def _rate(
    here: Screen,
    row: Mapping[str, Any],
    model: str,
    name: str,
    total: str,
    title: str,
    noun: str,
) -> None:
    beneath = (
        f"of {formats.count(row[total], noun)}"
        if noun == "line"
        else f"of {formats.quantity(row[total])}"
    )
    known = row[f"{name}_rate"] is not None
    elements.metric(
        title,
        formats.rate(row[f"{name}_rate"]),
        beneath if known else "not known",
        elements.meaning(here, model, f"{name}_rate"),
    )


def _days(
    here: Screen, row: Mapping[str, Any], model: str, name: str, title: str, beneath: str
) -> None:
    known = row[name] is not None
    elements.metric(
        title,
        formats.days(row[name]),
        beneath if known else "not known",
        elements.meaning(here, model, name),
    )


def _stated(row: Mapping[str, Any]) -> str:
    if row["mean_stated_lead_days"] is None:
        return "none stated"
    return f"{formats.days(row['mean_stated_lead_days'])} stated"


def _concentration(here: Screen, row: Mapping[str, Any], model: str) -> None:
    if model == "suppliers.totals":
        title, value = "Largest spend share", formats.rate(row["largest_spend_share_rate"])
        columns = ["largest_spend_share_rate", "spend_hhi"]
        hhi = row["spend_hhi"]
        beneath = "not known" if hhi is None else f"HHI {hhi:.2f}"
    else:
        title, value = "Share of spend", formats.rate(row["spend_share_rate"])
        columns = ["spend_share_rate", "single_source_items"]
        beneath = f"only source of {formats.count(row['single_source_items'], 'item')}"
    elements.metric(title, value, beneath, elements.meaning(here, model, *columns))
