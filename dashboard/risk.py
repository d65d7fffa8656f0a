"""The blocks of the page *Risk*: the answer, the ranking, what runs out or breaks, the rows."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboard import elements, formats, pictures, queries, tables
from dashboard import risk_charts as drawn
from dashboard import risk_words as words
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _, given

TOTALS = "risk.totals"
SHOWN = 10
"""Items in a picture of stock-outs."""
MONTHS = 14
"""Months in the picture of the brand."""

FILE_KINDS = ("csv", "xlsx")

LIST = "risk"
"""Key of the choice of rows, and its name in the URL."""
LISTS = {
    "cancellations": "Lines",
    "refunds": "Lines",
    "customers": "Customers",
    "events": "Events",
    "promises": "Lines",
    "notices": "Notices of delay",
    "stock_outs": "Next stock-outs",
    "single_source": "Capacity",
    "scaling": "Capacity",
}
"""Risk → where its rows are."""

ROW_COLUMNS = {
    N_("Lines"): (
        "order_id",
        "line_id",
        "customer_name",
        "item_name",
        "expected_cancel_value",
        "cancel_rate",
        "short_value",
        "expected_refund_value",
        "held_value",
        "fill_p50_date",
        "fill_p80_date",
        "fill_p95_date",
        "delay_days",
        "due_date",
        "wait_days",
        "lateness_days",
        "short_qty",
        "expected_cancel_margin",
        "is_fill_assumed",
        "is_cash_derived",
        "is_backordered",
        "supplier_name",
    ),
    N_("Customers"): (
        "customer_name",
        "expected_loss_value",
        "stressed_loss_value",
        "worst_delay_days",
        "stressed_delay_days",
        "orders_per_year",
        "yearly_value",
        "drop_rate",
        "expected_lost_orders",
        "lines",
        "short_value",
        "expected_cancel_value",
        "held_value",
        "expected_refund_value",
        "customer_id",
    ),
    N_("Events"): (
        "order_id",
        "line_id",
        "customer_name",
        "item_name",
        "expected_miss_value",
        "miss_rate",
        "open_value",
        "need_by_date",
        "ship_by_date",
        "days_left",
        "fill_p50_date",
        "order_by_date",
        "is_pegged",
        "held_value",
        "hold_reason",
    ),
    N_("Notices of delay"): (
        "notice_state",
        "notice_date",
        "days_left",
        "order_id",
        "line_id",
        "customer_name",
        "item_name",
        "new_date",
        "is_consent_needed",
        "held_value",
        "open_value",
        "promised_date",
        "first_promised_date",
        "is_renewed",
        "order_date",
        "hold_reason",
        "customer_id",
    ),
    N_("Next stock-outs"): (
        "item_name",
        "pool_id",
        "after_short_value",
        "after_short_rate",
        "after_run_out_date",
        "before_short_value",
        "before_short_rate",
        "before_run_out_date",
        "usable_qty",
        "owed_qty",
        "coming_qty",
        "demand_qty",
        "demand_sd_qty",
        "lead_time_days",
        "customers",
        "supplier_name",
        "is_forecast",
    ),
    N_("Capacity"): (
        "item_name",
        "load_kind",
        "supplier_name",
        "breaks_at_factor",
        "utilisation",
        "queue_factor",
        "week_qty",
        "capacity_week_qty",
        "capacity_basis",
        "order_wait_days",
        "short_qty",
        "clear_days",
        "sources",
        "sold_week_value",
    ),
    N_("Brand"): (
        "month_start",
        "brand_points",
        "orders",
        "broken_rate",
        "broken_orders",
        "broken_value",
        "repromised_rate",
        "repromised_orders",
        "first_broken_rate",
        "first_broken_orders",
        "long_delayed_rate",
        "long_delayed_orders",
        "refunded_rate",
        "refunded_orders",
        "broken_points",
        "repromised_points",
        "first_order_points",
        "long_delay_points",
        "refund_points",
    ),
    N_("Cancellations so far"): (
        "wait_bucket",
        "late_bucket",
        "week_cancel_rate",
        "hazard_per_week",
        "cancelled_lines",
        "at_risk_weeks",
    ),
}
NOTES = Texts(
    {
        "Lines": "What stock of today cannot fill, with the chance that it is cancelled before it"
        " is.",
        "Customers": "Those who wait, and the orders of the next year their worst delay may cost.",
        "Events": "Goods that are worthless after a day, and the chance that they come after it.",
        "Notices of delay": "Whom to tell by when that an order ships late, as a list to work off.",
        "Next stock-outs": "Items likely to run short before an order placed today would be there.",
        "Capacity": "How busy sources are now, and at how many times the demand of now they break.",
        "Brand": "What hurt the brand month by month; the points weigh the rates by assumption.",
        "Cancellations so far": "How many of the lines that wait so long are cancelled, per week.",
    }
)
EMPTY = Texts(
    {
        "Lines": "Stock of today fills every open line.",
        "Customers": "No customer waits for what stock cannot fill.",
        "Events": "No open order is needed by a day.",
        "Notices of delay": "No customer must be told of a delay.",
        "Next stock-outs": "Nothing kept in stock is ordered, forecast or owed.",
        "Capacity": "Nothing was ordered lately, so that nothing is asked of any source.",
        "Brand": "No promise has passed yet.",
        "Cancellations so far": "No order is known.",
    }
)
ASSUMPTIONS = (
    "cancel_prior_rate",
    "cancel_prior_weeks",
    "delay_drop_rate",
    "long_delay_drop_rate",
    "long_delay_days",
    "customer_transit_days",
    "notice_days",
    "notice_ahead_days",
    "brand_days",
    "brand_weight_broken",
    "brand_weight_repromised",
    "brand_weight_first_order",
    "brand_weight_long_delay",
    "brand_weight_refund",
    "forecastless_days",
    "usual_lead_time_days",
    "load_days",
    "overload_weeks",
    "slip_prior_orders",
)
FIGURES = Texts(
    {
        TOTALS: "Risks ranked",
        "risk.lines": "Lines: chance to be cancelled",
        "risk.cancel_hazards": "Cancellations by wait and lateness",
        "risk.cancelled_lines": "Cancelled lines and their day",
        "risk.customers": "Customers",
        "risk.events": "Bound to an event",
        "backlog.deadlines": "Chances of a day to ship by",
        "risk.notices": "Notices of delay",
        "risk.brand_months": "Brand by month",
        "risk.next_stock_outs": "Next stock-outs",
        "risk.stock_outs": "Stock-outs: the formula",
        "risk.stock_positions": "Stock and likely demand",
        "risk.run_outs": "Days stock runs out",
        "risk.scaling_totals": "What breaks first",
        "risk.scaling": "Capacity by item",
        "risk.capacities": "What a week takes, and can be given",
        "risk.demand_paths": "What is sold, and what it takes",
        "risk.concentration": "How few sources it hangs on",
        "risk.basis": "What the figures rest on",
    }
)


def heading(here: Screen) -> pl.DataFrame:
    """Title and freshness; returns the risks ranked, or stops where no order is known."""
    elements.title_of_all(_("What is at risk, and for whom?"), here)
    if not here.about.order_lines:
        elements.nothing_open(here)
        st.stop()
    with elements.loading():
        return queries.risks(here.view.snapshot)


def headline(here: Screen, found: pl.DataFrame) -> None:
    """The largest risk in money, its change since the snapshot before, and the others in words."""
    first = found.row(0, named=True)
    before = queries.earlier(here.view, lambda view: queries.risk(view, first["risk"]))
    elements.large(
        here,
        first,
        before,
        "expected",
        _("Largest risk"),
        words.answer(found.rows(named=True), here.about.currency),
        "inverse",
        TOTALS,
    )


def facts(here: Screen, found: pl.DataFrame) -> None:
    """Each risk in money and in customers."""
    rows = {row["risk"]: row for row in found.iter_rows(named=True)}
    currency = here.about.currency

    def say(risk: str, model: str, *columns: str) -> None:
        row = rows[risk]
        elements.figure(
            here,
            model,
            words.NAMES[risk],
            formats.money(row["expected_value"], currency),
            words.beneath(row, currency),
            *columns,
        )

    with st.grid(4, min_column_width=150, gap="small"):
        say("cancellations", "risk.lines", "expected_cancel_value")
        say("refunds", "risk.lines", "expected_refund_value", "held_value")
        say("customers", "risk.customers", "expected_loss_value", "drop_rate")
        say("events", "risk.events", "expected_miss_value", "miss_rate")
        say("promises", TOTALS, "expected_value", "exposed_value")
        say("notices", "risk.notices", "is_consent_needed", "held_value")
        say("stock_outs", "risk.stock_outs", "after_short_value")
        _single_sources(here)


def _single_sources(here: Screen) -> None:
    row = queries.concentration(here.view.snapshot)
    hhi = (
        _("concentration not known")
        if row["source_hhi"] is None
        else _("HHI {source_hhi}").format(source_hhi=formats.number(row["source_hhi"], 2))
    )
    elements.figure(
        here,
        "risk.concentration",
        _("On a single source"),
        formats.rate(row["single_source_rate"]),
        hhi,
        "single_source_rate",
        "single_source_week_value",
        "source_hhi",
    )


def unknowns(here: Screen) -> None:
    """Says what the figures rest on, and what is not known and why."""
    if text := " ".join(words.unknowns(queries.risk_basis(here.view.snapshot))):
        st.caption(f":material/help: {text}")


def ranking(here: Screen, found: pl.DataFrame) -> None:
    """The risks as bars."""
    st.subheader(_("Risks by money expected to be lost"), anchor=False)
    known = found.filter((pl.col("expected_value") > 0) & ~pl.col("is_conditional"))
    if known.is_empty():
        st.caption(_("No loss is expected, or none is known: prices may be missing."))
        return
    pictures.leading(
        drawn.ranked(known, here.about.currency),
        here,
        LIST,
        LISTS,
        _("Risks by money, first {risk}").format(risk=given(known["risk_name"][0])),
    )
    st.caption(_("They overlap, so that they are never added up. Click one for its rows."))


def stock_outs(here: Screen) -> None:
    """The items whose stock-out costs most, without and with what is on order."""
    st.subheader(_("Next stock-outs"), anchor=False)
    others = here.without("item").filters
    frame = queries.risk_rows(here.view.snapshot, "Next stock-outs", filters=others)
    known = frame.filter(pl.col("before_short_value") > 0).head(SHOWN)
    if known.is_empty():
        st.caption(_("No stock-out is expected to cost anything, or no price is known."))
        return
    pictures.legend(drawn.SUPPLY_COLOURS)
    pictures.picking(
        drawn.stock_outs(known, here.about.currency, here.view.filters.item),
        "item",
        here,
        _("New orders expected unfilled by item, most of {item}").format(
            item=known["item_name"][0]
        ),
        "risk",
    )
    st.caption(_("New orders that cannot be filled before an order placed today would be there."))


def growth(here: Screen) -> None:
    """What breaks first when demand grows, and what that costs."""
    st.subheader(_("If demand grows"), anchor=False)
    frame = queries.growth(here.view.snapshot)
    whole = frame.filter(pl.col("load_kind") == "all")
    if whole.is_empty():
        st.caption(_("Nothing was ordered lately, so that nothing can grow."))
        return
    if (whole["items"] == whole["unknown_items"]).all():
        st.caption(
            _(
                "No capacity is known: supplier items and items may state one, receipts tell what"
                " came."
            )
        )
        return
    parts = frame.filter((pl.col("load_kind") != "all") & (pl.col("items") > 0))
    if parts["lost_week_value"].drop_nulls().sum() > 0:
        colours = drawn.kind_colours(parts)
        pictures.legend(colours)
        pictures.show(
            drawn.growth(parts, here.about.currency, colours),
            alt=_("Value ordered a week that could not be given, by demand and kind of source"),
        )
    for text in words.growth(frame.rows(named=True), here.about.currency):
        st.markdown(text)


def brand(here: Screen) -> None:
    """What hurt the brand, month by month."""
    st.subheader(_("Promises broken, and what they do to the brand"), anchor=False)
    frame = queries.risk_rows(here.view.snapshot, "Brand").head(MONTHS)
    if frame.is_empty():
        st.caption(EMPTY["Brand"])
        return
    pictures.legend(drawn.POINT_COLOURS)
    pictures.show(drawn.brand(frame), alt=_("Points per 100 orders by month of the first promise"))
    st.caption(words.brand(frame.row(0, named=True)))


def rows(here: Screen) -> None:
    """The rows behind each risk, with downloads."""
    snap = here.view.snapshot
    st.subheader(_("The rows"), anchor=False)
    title = st.segmented_control(
        _("Show"),
        list(ROW_COLUMNS),
        format_func=_,
        default="Lines",
        required=True,
        key=LIST,
        bind="query-params",
        label_visibility="collapsed",
    )
    title = title or "Lines"
    st.caption(NOTES[title])
    elements.heeding(here, queries.RISK_ROWS[title])
    chosen = here.view.filters
    frame = queries.risk_rows(snap, title, filters=chosen)
    if frame.is_empty():
        st.caption(_("No row is left by the filters.") if chosen.active() else EMPTY[title])
        return
    name = queries.RISK_ROWS[title][0]
    tables.table(frame, here, name, _(title), ROW_COLUMNS[title])
    stem = formats.file_name(f"risk {title}".lower())
    tables.downloads(
        lambda kind: queries.file_of(queries.risk_rows(snap, title, None, chosen), kind),
        f"{stem}-{here.about.as_of}",
        frame.height,
        f"risk_{title}",
        FILE_KINDS,
    )


def assumptions(here: Screen) -> None:
    """The assumptions behind the page."""
    tables.assumptions(here, ASSUMPTIONS, "risk")


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    tables.evidence(here.unfiltered(), FIGURES, "risk")
