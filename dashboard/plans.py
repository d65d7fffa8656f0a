"""The blocks of the page *Planned backorders*: the net, the ledgers, items and quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import cash_charts as drawn
from dashboard import elements, formats, pictures, queries, states, tables
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _

TOTALS = "planned.totals"
LEDGER_COLUMNS = (
    "item_name",
    "net_value",
    "benefit_value",
    "burden_value",
    "mean_wait_days",
    "break_even_wait_days",
    "wait_qty",
    "wait_value",
    "lines",
    "premium_value",
    "waste_value",
    "storage_value",
    "storage_m3_days",
    "capital_value",
    "holding_value",
    "float_value",
    "lost_order_value",
    "cancelled_value",
    "customer_loss_value",
    "expedite_value",
    "stock_qty",
    "stocking_policy",
    "category",
    "unknown_lines",
    "item_id",
)
POLICY_COLUMNS = (
    "item_name",
    "stocking_policy",
    "better_policy",
    "planned_backorder_qty",
    "max_planned_backorder_qty",
    "economic_qty",
    "backorder_rate",
    "saved_value",
    "no_demand_rate",
    "critical_rate",
    "yearly_qty",
    "yearly_lines",
    "lead_days",
    "order_cost",
    "holding_cost",
    "backorder_cost",
    "yearly_cost",
    "stocked_cost",
    "is_customised",
    "is_lead_known",
    "item_id",
)
LEDGERS = {N_("On purpose"): True, N_("Against the plan"): False}
ASSUMPTIONS = (
    "planned_days",
    "lost_order_rate",
    "expedite_cost_rate",
    "delay_drop_rate",
    "long_delay_drop_rate",
    "long_delay_days",
    "capital_cost_rate",
    "holding_cost_rate",
    "storage_cost_per_m3_day",
    "waste_rate",
    "safety_sigmas",
    "order_cost",
    "backorder_cost_rate",
    "usual_lead_time_days",
    "usual_review_days",
)
FIGURES = Texts(
    {
        TOTALS: "Totals",
        "planned.components": "Parts of the ledger",
        "planned.ledger": "By item",
        "planned.lines": "Lines that wait",
        "planned.policies": "Order quantities and policies",
    }
)


def heading(here: Screen) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Title and freshness; returns both totals, or stops where nothing waits or waited."""
    elements.title_of_all(_("Does waiting on purpose pay?"), here)
    with elements.loading():
        on_purpose = queries.plan_totals(here.view)
    against_plan = queries.plan_totals(here.view, is_planned=False)
    if not on_purpose["lines"] and not against_plan["lines"]:
        states.nothing_waits()
        st.stop()
    return on_purpose, against_plan


def headline(here: Screen, on_purpose: Mapping[str, Any]) -> None:
    """What waiting on purpose earned against stocking, its change, and the answer in words."""
    elements.large(
        here.in_money(),
        on_purpose,
        queries.earlier(here.view, queries.plan_totals),
        "net",
        _("Earned by waiting on purpose"),
        formats.plan_answer(on_purpose, here.about.currency),
        "normal",
        TOTALS,
    )


def facts(here: Screen, on_purpose: Mapping[str, Any], against_plan: Mapping[str, Any]) -> None:
    """What it earns and costs, until when it pays, and, apart, what waits against the plan."""
    currency = here.about.currency

    def say(row: Mapping[str, Any], name: str, title: str, beneath: str) -> None:
        elements.figure(here, TOTALS, title, formats.money(row[name], currency), beneath, name)

    with st.grid(4, min_column_width=150, gap="small"):
        say(on_purpose, "benefit_value", _("Earned and saved"), _("on purpose"))
        say(on_purpose, "burden_value", _("Cost"), _("on purpose"))
        elements.figure(
            here,
            TOTALS,
            _("It pays up to a wait of"),
            formats.days(on_purpose["break_even_wait_days"]),
            _("{wait} now").format(wait=formats.days(on_purpose["mean_wait_days"])),
            "break_even_wait_days",
        )
        say(
            on_purpose,
            "backordered_value",
            _("Backordered on purpose"),
            _("{amount} against the plan").format(
                amount=formats.money(against_plan["backordered_value"], currency)
            ),
        )
        say(on_purpose, "premium_value", _("Custom premium"), _("on purpose"))
        say(
            on_purpose,
            "storage_value",
            _("Storage avoided"),
            _("{number} m³ × days").format(
                number=formats.number(float(on_purpose["storage_m3_days"]))
            )
            if on_purpose["storage_m3_days"] is not None
            else _("volumes not known"),
        )
        say(on_purpose, "customer_loss_value", _("Customers lost"), _("on purpose"))
        say(against_plan, "net_value", _("Net against the plan"), _("told apart"))


def unknowns(on_purpose: Mapping[str, Any], against_plan: Mapping[str, Any]) -> None:
    """Says what is not known, and why."""
    for text in formats.plan_unknowns(on_purpose, against_plan):
        st.caption(f":material/help: {text}")


def ledger(here: Screen, *, is_planned: bool) -> None:
    """The parts of one ledger."""
    st.subheader(
        _("On purpose: what it earns and costs") if is_planned else _("Against the plan"),
        anchor=False,
    )
    frame = queries.plan_parts(here.view.snapshot, is_planned=is_planned)
    if frame["component_value"].null_count() == frame.height:
        st.caption(_("Nothing waits like that, or no price and cost of it is known."))
        return
    pictures.legend(drawn.LEDGER_COLOURS)
    pictures.show(
        drawn.ledger(frame, here.about.currency),
        alt=_("What waiting earns and saves, and what it costs, part by part"),
    )
    missing = frame.filter(pl.col("component_value").is_null())["component"]
    if not missing.is_empty():
        st.caption(
            _("Not known, or none: {parts}.").format(
                parts=formats.some([formats.inside(_(name)) for name in missing])
            )
        )


def items(here: Screen) -> None:
    """The items of one ledger, those that earn least first."""
    st.subheader(_("The items"), anchor=False)
    title = st.segmented_control(
        _("Waiting"),
        list(LEDGERS),
        format_func=_,
        default="On purpose",
        required=True,
        key="plan_items",
        bind="query-params",
        label_visibility="collapsed",
    )
    is_planned = LEDGERS[title or "On purpose"]
    snap = here.view.snapshot
    st.caption(_("Those that earn least first."))
    _rows(
        here,
        "planned.ledger",
        LEDGER_COLUMNS,
        "items-on-purpose" if is_planned else "items-against-the-plan",
        lambda limit: queries.plan_items(
            snap, is_planned=is_planned, limit=limit, filters=here.view.filters
        ),
    )


def policies(here: Screen) -> None:
    """How much to backorder on purpose, and what to stock."""
    st.subheader(_("How much to backorder on purpose, and what to stock"), anchor=False)
    st.caption(
        _(
            "Order the economic quantity, and let the planned part of it wait before it comes."
            " Items whose policy would better change stand first."
        )
    )
    snap = here.view.snapshot
    _rows(
        here,
        "planned.policies",
        POLICY_COLUMNS,
        "policies",
        lambda limit: queries.plan_policies(snap, limit, here.view.filters),
    )


def _rows(
    here: Screen,
    name: str,
    columns: tuple[str, ...],
    stem: str,
    read: Callable[[int | None], pl.DataFrame],
) -> None:
    elements.heeding(here, (name, ""))
    frame = read(queries.LINES_SHOWN)
    if frame.is_empty():
        st.caption(
            _("No row is left by the filters.")
            if here.view.filters.active()
            else _("There are none.")
        )
        return
    tables.table(frame, here, name, FIGURES[name], columns)
    tables.downloads(
        lambda kind: queries.file_of(read(None), kind),
        f"planned-{stem}-{here.about.as_of}",
        frame.height,
        f"planned_{stem}",
    )


def assumptions(here: Screen) -> None:
    """What the figures assume, with value and source."""
    tables.assumptions(here, ASSUMPTIONS, "plans")


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    tables.evidence(here.unfiltered(), FIGURES, "plans")
