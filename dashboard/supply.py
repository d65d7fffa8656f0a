"""The blocks of the page *Suppliers*: the answer, the ranking, the rows, one supplier's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, elements, filters, formats, pictures, queries, states, tables
from dashboard import supply_charts as drawn
from dashboard.elements import Screen
from dashboard.texts import N_, _

SHOWN = 15
"""Suppliers in a ranked picture."""

FILE_KINDS = ("csv", "xlsx")

RANKINGS = {
    N_("Late supply"): "late",
    N_("On time in full"): "otif",
    N_("Rejects"): "rejects",
    N_("Spend"): "share",
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
    st.title(_("Who delivers late, and what waits for it?"), anchor=False)
    states.freshness(here.about, snap)
    filters.chips(snap, queries.Filters(supplier=here.view.filters.supplier))
    with elements.loading():
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
        _("Late supply"),
        here.amount(totals, "overdue"),
        change,
        _("since the end of {month}").format(month=formats.short_month(before)) if before else "",
        elements.meaning(here, "suppliers.totals", f"overdue_{unit}"),
        formats.supply_answer(totals, worst, unit, currency),
        _("No month before this one to compare with."),
        "inverse",
    )


def facts(here: Screen, totals: Mapping[str, Any]) -> None:
    """The figures of all suppliers together, or of one."""
    name = "suppliers.totals" if "suppliers" in totals else "suppliers.by_supplier"
    with st.grid(4, min_column_width=150, gap="small"):
        _amount(here, totals, name, "overdue_pegged", _("Backlog waiting"))
        _short(here, totals, name)
        _rate(here, totals, name, "otif", "lines_due", _("On time in full"), "line")
        _rate(here, totals, name, "fill", "due_qty", _("Units filled"), "unit")
        _rate(here, totals, name, "reject", "inspected_qty", _("Units refused"), "unit")
        _days(here, totals, name, "mean_lead_days", _("Lead time"), _stated(totals))
        _days(
            here,
            totals,
            name,
            "p95_slip_days",
            _("95 % come within"),
            _("of the first promise"),
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
        _("Rank by"),
        list(RANKINGS),
        format_func=_,
        default="Late supply",
        required=True,
        key="rank",
        wrap=True,
        bind="query-params",
    )
    title = title or "Late supply"
    rank = RANKINGS[title]
    ranked = formats.inside(_(title))
    st.subheader(_("Suppliers by {measure}").format(measure=ranked), anchor=False)
    frame = queries.suppliers(here.view.snapshot, here.unit, rank)
    chosen = here.view.filters.supplier
    if rank == "late":
        found = frame.filter(pl.col(f"overdue_{here.unit}") > 0).head(SHOWN)
        if _nothing(found, _("No supply is late.")):
            return
        pictures.legend(drawn.LATE_COLOURS)
        chart = drawn.late(found, here.unit, here.about.currency, chosen)
    else:
        rate, part, total, empty = {
            "otif": ("otif_rate", "otif_lines", "lines_due", _(_NO_DAYS)),
            "rejects": ("reject_rate", "rejected_qty", "inspected_qty", _(_NO_REJECTS)),
            "share": ("spend_share_rate", "spend_value", "spend_value", _("Nothing was bought.")),
        }[rank]
        found = frame.drop_nulls(rate).head(SHOWN)
        if _nothing(found, empty):
            return
        chart = drawn.shares(found, rate, part, total, _(title), chosen, is_whole=rank == "otif")
    spoken = _("Suppliers by {measure}, {first}").format(measure=ranked, first=drawn.spoken(found))
    pictures.picking(chart, "supplier", here, spoken, f"rank_{rank}")
    st.caption(_("Click a bar to open the supplier's record."))


_NO_DAYS = N_("No order came on a known day: load receipts to see who is on time.")
_NO_REJECTS = N_("Nothing tells what was refused: receipts, or purchase orders, may say.")


def _nothing(frame: pl.DataFrame, text: str) -> bool:
    if frame.is_empty():
        st.caption(text)
    return frame.is_empty()


def lead_times(here: Screen) -> None:
    """Stated against real lead time; a click opens a supplier's record."""
    st.subheader(_("Lead time, stated and real"), anchor=False)
    frame = queries.suppliers(here.view.snapshot, here.unit).filter(pl.col("stated_lines") > 0)
    if _nothing(frame, _("No order of a stated lead time came on a known day.")):
        return
    pictures.legend(drawn.LEAD_COLOURS)
    chart = drawn.lead_times(frame, here.view.filters.supplier)
    pictures.picking(chart, "supplier", here, _("Stated and real lead time of suppliers"), "lead")
    st.caption(_("Above the dashed line orders take longer than stated."))


def trend(here: Screen, row: Mapping[str, Any]) -> None:
    """On time and in full, and late supply, month by month: of one supplier, or of all."""
    supplier_id = row.get("supplier_id")
    place = "record" if supplier_id else "all"
    frame = queries.supply_months(here.view.snapshot, supplier_id)
    rates = drawn.rates_by_month(frame)
    late = frame.drop_nulls(f"overdue_{here.unit}")
    if not late[f"overdue_{here.unit}"].sum():
        late = late.clear()
    with st.grid(2, min_column_width=330, gap="medium", key=f"trend_{place}") as grid:
        with grid.cell():
            st.markdown(_("**On time and in full, by month promised**"))
            # Where no order came on a known day a month of late ones alone would read as 0 %.
            known = rates.drop_nulls("rate") if row["otif_rate"] is not None else rates.clear()
            if not _nothing(known, _(_NO_DAYS)):
                colours = charts.series_colours(
                    rates["series"].unique(maintain_order=True).to_list()
                )
                pictures.legend(colours)
                pictures.show(
                    charts.rates(rates, "series", "rate", "met", "lines_due", colours),
                    alt=_("Lines on time, in full and both, by month promised"),
                )
        with grid.cell():
            st.markdown(_("**Late supply at the end of each month**"))
            if not _nothing(late, _("No supply was late at the end of a month.")):
                pictures.show(
                    drawn.late_months(late, here.unit, here.about.currency),
                    alt=_("Late supply at the end of each month"),
                )


def rows(here: Screen) -> None:
    """Every supplier in a row, with downloads; a selected one opens its record."""
    snap = here.view.snapshot
    st.subheader(_("The suppliers"), anchor=False)
    st.caption(_("Those with most late supply first. Select one to open its record."))
    frame = queries.suppliers(snap, here.unit)
    key = f"suppliers_{snap.version}_{here.unit}_{hash(here.view.filters.supplier)}"
    name = "suppliers.by_supplier"
    tables.table(
        frame,
        here,
        name,
        _("Suppliers"),
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
    st.subheader(_("Items from one supplier only"), anchor=False)
    tail = "order by backordered_value desc nulls last, backlog_value desc nulls last, item_id"
    name = "suppliers.single_source"
    frame = queries.table(here.view.snapshot, name, f"{tail} limit {queries.LINES_SHOWN}")
    if _nothing(frame, _("Every item has several suppliers.")):
        return
    st.caption(_("No other supplier is known for them, and what is backordered of them."))
    tables.table(frame, here, name, _("Items from one supplier"), SINGLE_COLUMNS)


def record(here: Screen) -> None:
    """One supplier: its figures, late orders, slips, items, moved promises and months."""
    supplier_id = here.supplier
    if supplier_id is None:
        st.caption(_("Several suppliers are chosen; choose one to see its record."))
        return
    row = queries.supplier(here.view.snapshot, supplier_id)
    if row is None:
        st.info(
            _("No supplier has the id {id}.").format(id=formats.plain(supplier_id)),
            icon=":material/search:",
        )
        return
    st.subheader(formats.plain(row["supplier_name"]), anchor=False)
    if row["lines"] is None:
        st.caption(_("Nothing was ordered from it."))
        return
    st.markdown(formats.supplier_answer(row, here.unit, here.about.currency))
    facts(here, row)
    unknowns(row)
    late, slips, items, moves, months, orders = st.tabs(
        [
            _("Late orders"),
            _("Slips"),
            _("Items"),
            _("Moved promises"),
            _("By month"),
            _("All orders"),
        ],
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
    if _nothing(frame, _("None of its orders is late.") if is_late else _("No order is known.")):
        return
    title = _("The supplier's late orders") if is_late else _("The supplier's orders")
    tables.table(frame, here, "suppliers.lines", title, ORDER_COLUMNS)
    tables.downloads(
        lambda kind: queries.file_of(
            queries.supplier_orders(snap, supplier_id, is_late=is_late, limit=None), kind
        ),
        f"supplier-{'late-orders' if is_late else 'orders'}-{here.about.as_of}",
        frame.height,
        f"supplier_{'late' if is_late else 'all'}",
        FILE_KINDS,
    )


def _slips(here: Screen, supplier_id: str, row: Mapping[str, Any]) -> None:
    frame = queries.slips(here.view.snapshot, supplier_id)
    if _nothing(frame, _("No order with a promise came on a known day.")):
        return
    pictures.legend(drawn.SLIP_COLOURS)
    pictures.show(drawn.slips(frame), alt=_("Lines by days after the first promise"))
    st.caption(formats.slip_answer(row))


def _items(here: Screen, supplier_id: str) -> None:
    frame = queries.supplier_items(here.view.snapshot, supplier_id, here.unit)
    tables.table(frame, here, "suppliers.by_item", _("The supplier's items"), ITEM_COLUMNS)


def _moves(here: Screen, supplier_id: str) -> None:
    frame = queries.promise_changes(here.view.snapshot, "purchase", supplier_id)
    if _nothing(frame, _("No export told of a promise that moved.")):
        return
    tables.table(frame, here, "backlog.promise_changes", _("Promises that moved"), MOVE_COLUMNS)


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    figures = {
        "suppliers.totals": _("All suppliers"),
        "suppliers.by_supplier": _("By supplier"),
        "suppliers.by_item": _("By supplier and item"),
        "suppliers.by_month": _("By month"),
        "suppliers.lines": _("Orders, judged"),
        "suppliers.deliveries": _("Deliveries"),
        "suppliers.late_supply": _("Late supply by month"),
        "suppliers.single_source": _("Items from one supplier"),
        "suppliers.shortages": _("Shortages they caused"),
        "core.supply_slips": _("Slips"),
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
        _("Short because of it"),
        here.amount(row, "short_caused"),
        _("{share} of shortages").format(share=formats.rate(share))
        if share is not None
        else _("share not known"),
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
        _("of {whole}").format(whole=formats.count(row[total], noun))
        if noun == "line"
        else _("of {whole}").format(whole=formats.quantity(row[total]))
    )
    known = row[f"{name}_rate"] is not None
    elements.metric(
        title,
        formats.rate(row[f"{name}_rate"]),
        beneath if known else _("not known"),
        elements.meaning(here, model, f"{name}_rate"),
    )


def _days(
    here: Screen, row: Mapping[str, Any], model: str, name: str, title: str, beneath: str
) -> None:
    known = row[name] is not None
    elements.metric(
        title,
        formats.days(row[name]),
        beneath if known else _("not known"),
        elements.meaning(here, model, name),
    )


def _stated(row: Mapping[str, Any]) -> str:
    if row["mean_stated_lead_days"] is None:
        return _("none stated")
    return _("{days} stated").format(days=formats.days(row["mean_stated_lead_days"]))


def _concentration(here: Screen, row: Mapping[str, Any], model: str) -> None:
    if model == "suppliers.totals":
        title, value = _("Largest spend share"), formats.rate(row["largest_spend_share_rate"])
        columns = ["largest_spend_share_rate", "spend_hhi"]
        hhi = row["spend_hhi"]
        beneath = (
            _("not known") if hhi is None else _("HHI {hhi}").format(hhi=formats.number(hhi, 2))
        )
    else:
        title, value = _("Share of spend"), formats.rate(row["spend_share_rate"])
        columns = ["spend_share_rate", "single_source_items"]
        beneath = _("only source of {items}").format(
            items=formats.count(row["single_source_items"], "item")
        )
    elements.metric(title, value, beneath, elements.meaning(here, model, *columns))
