"""The blocks of the page *Materials*: what waits for parts, what keeps it, and what to order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import elements, formats, pictures, queries, states, tables
from dashboard import material_charts as drawn
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _

TOTALS = "materials.totals"
SHOWN = 12
"""Components, or items, in a picture."""

COLUMNS = {
    N_("To order or make"): (
        "item_name",
        "replenishment",
        "proposed_qty",
        "proposed_value",
        "freed_value",
        "freed_lines",
        "latest_order_date",
        "late_days",
        "supplier_name",
        "lead_time_days",
        "wanted_qty",
        "stock_qty",
        "min_order_qty",
        "lot_qty",
        "unit_price",
        "freed_qty",
        "freed_margin",
        "able_to_make_qty",
        "needed_date",
        "receipt_date",
        "position_qty",
        "target_qty",
        "offers",
        "is_lead_time_assumed",
        "item_id",
    ),
    N_("To hurry"): (
        "expedite_rank",
        "document_id",
        "item_name",
        "supplier_name",
        "late_days",
        "pull_days",
        "day_value",
        "day_margin",
        "day_refund_value",
        "day_loss_value",
        "break_even_fee_value",
        "fee_value",
        "net_value",
        "is_worth_fee",
        "released_value",
        "lines",
        "is_for_making",
        "expected_date",
        "promised_date",
        "supply_qty",
        "saved_margin",
        "saved_loss_margin",
        "saved_capital_value",
    ),
    N_("Gating components"): (
        "gating_rank",
        "component_name",
        "blocked_value",
        "freed_value",
        "missing_qty",
        "on_order_qty",
        "next_date",
        "unordered_qty",
        "items",
        "lines",
        "supplier_name",
        "is_loop",
        "is_stock_unknown",
        "component_id",
    ),
    N_("Able to make"): (
        "item_name",
        "able_to_make_qty",
        "able_to_make_value",
        "waiting_qty",
        "waiting_value",
        "blocked_qty",
        "blocked_value",
        "able_to_make_rate",
        "component_name",
        "components",
        "from_parts_qty",
        "lines",
        "first_due_date",
        "unknown_reason",
        "item_id",
    ),
    N_("Short components"): (
        "item_name",
        "replenishment",
        "missing_qty",
        "order_by_date",
        "overdue_days",
        "late_qty",
        "undated_qty",
        "part_qty",
        "stock_qty",
        "on_time_qty",
        "first_needed_date",
        "lead_time_days",
        "item_id",
    ),
    N_("Needs by day"): (
        "item_name",
        "needed_date",
        "needed_qty",
        "sold_qty",
        "part_qty",
        "stock_qty",
        "on_time_qty",
        "late_qty",
        "undated_qty",
        "missing_qty",
        "demands",
        "item_id",
    ),
    N_("Stock rules"): (
        "item_name",
        "replenishment",
        "on_hand_qty",
        "on_order_qty",
        "backlog_qty",
        "part_qty",
        "position_qty",
        "reorder_point_qty",
        "safety_stock_qty",
        "is_below_reorder_point",
        "is_below_safety_stock",
        "is_to_reorder",
        "item_id",
    ),
}
"""What the page lists, and the columns of each list."""
BILL_COLUMNS = (
    "place",
    "level",
    "item_name",
    "per_unit_qty",
    "is_made",
    "free_qty",
    "on_order_qty",
)
LEVEL_COLUMNS = ("level", "bom_rows", "components")
LOOP_COLUMNS = ("loop_items", "levels")
ASSUMPTIONS = (
    "usual_lead_time_days",
    "supplier_choice",
    "lot_rounding",
    "planned_orders_are_supply",
    "expedite_cost_rate",
    "capital_cost_rate",
    "delay_drop_rate",
    "long_delay_drop_rate",
    "long_delay_days",
    "cancel_prior_rate",
)
FIGURES = Texts(
    {
        TOTALS: "Totals",
        "materials.proposals": "To order or make",
        "materials.expedites": "To hurry",
        "materials.gating": "Gating components",
        "materials.blocks": "What each component keeps from being made",
        "materials.able_to_make": "Able to make, by item",
        "materials.clear_to_build": "Able to make, by item and day",
        "materials.shortages": "Short components",
        "materials.requirements": "Needs by item and day",
        "materials.pegs": "Supply pegged to components",
        "materials.netted": "Needs, netted level by level",
        "materials.demands": "What asks for materials",
        "materials.sources": "How each item is got",
        "materials.positions": "Stock rules",
        "materials.exploded": "Exploded bills of materials",
        "materials.bom_lines": "Bills of materials in force",
        "materials.bom_levels": "Bills of materials by level",
    }
)


def heading(here: Screen) -> Mapping[str, Any]:
    """Title and freshness; returns the totals, or stops where there is nothing to say."""
    elements.title_of_all(_("What waits for materials?"), here)
    with elements.loading():
        totals = queries.material_totals(here.view)
    if not totals["bom_lines"]:
        states.no_bills()
    return totals


def headline(here: Screen, totals: Mapping[str, Any]) -> None:
    """What waits for materials, its change, and the answer in a sentence."""
    before = queries.earlier(here.view, queries.material_totals)
    currency = here.about.currency
    if not totals["bom_lines"]:
        elements.large(
            here.in_money(),
            totals,
            before,
            "buy",
            _("To buy"),
            formats.buying_answer(totals, currency),
            "inverse",
            TOTALS,
        )
        return
    elements.large(
        here,
        totals,
        before,
        "blocked",
        _("Waits for materials"),
        formats.material_answer(totals, here.unit, currency),
        "inverse",
        TOTALS,
    )


def facts(here: Screen, totals: Mapping[str, Any]) -> None:
    """What can be made, what is short, what to order, and what is below its stock rules."""
    currency = here.about.currency

    def say(title: str, value: str, beneath: str, *columns: str) -> None:
        elements.figure(here, TOTALS, title, value, beneath, *columns)

    with st.grid(4, min_column_width=150, gap="small"):
        if totals["bom_lines"]:
            say(
                _("Able to make now"),
                here.amount(totals, "able_to_make"),
                _("of {amount} not started").format(amount=here.amount(totals, "waiting")),
                f"able_to_make_{here.unit}",
                f"waiting_{here.unit}",
            )
            say(
                _("Gating components"),
                formats.number(totals["gating_components"]),
                _("keep back {items}").format(items=formats.count(totals["blocked_items"], "item")),
                "gating_components",
                "blocked_items",
            )
            say(
                _("Orders overdue"),
                formats.number(totals["overdue_components"]),
                _("of {parts} missing").format(
                    parts=formats.count(totals["missing_components"], "part")
                ),
                "overdue_components",
                "missing_components",
            )
        say(
            _("To buy"),
            formats.money(totals["buy_value"], currency),
            formats.count(totals["buy_proposals"], "item"),
            "buy_value",
            "buy_proposals",
        )
        say(
            _("To make"),
            formats.money(totals["make_value"], currency),
            formats.count(totals["make_proposals"], "item"),
            "make_value",
            "make_proposals",
        )
        say(
            _("Come too late"),
            formats.count(totals["late_proposals"], "item"),
            _("of {n} proposals").format(
                n=formats.number(totals["buy_proposals"] + totals["make_proposals"])
            ),
            "late_proposals",
        )
        say(
            _("Below reorder point"),
            formats.count(totals["below_reorder_point_items"], "item"),
            _("{n} to reorder").format(n=formats.number(totals["to_reorder_items"])),
            "below_reorder_point_items",
            "to_reorder_items",
        )
        say(
            _("Below safety stock"),
            formats.count(totals["below_safety_stock_items"], "item"),
            _unknown_stock(totals),
            "below_safety_stock_items",
            "stock_unknown_items",
        )


def _unknown_stock(totals: Mapping[str, Any]) -> str:
    unknown = totals["stock_unknown_items"]
    return (
        _("stock of {items} unknown").format(items=formats.count(unknown, "item"))
        if unknown
        else _("all stock known")
    )


def unknowns(totals: Mapping[str, Any]) -> None:
    """Says what is not known, and why."""
    for text in formats.material_unknowns(totals):
        st.caption(f":material/help: {text}")


def gating(here: Screen) -> None:
    """The components that block most, what they would free alone, and the rest."""
    st.subheader(_("What keeps orders from being made"), anchor=False)
    frame = queries.gating(here.without("item"), SHOWN)
    if frame.is_empty():
        st.caption(
            _("No component of these filters keeps anything.")
            if here.view.filters.active()
            else _("Nothing: every made item that waits can be made from what is in stock.")
        )
        return
    if not drawn.has_money(frame):
        st.caption(_("No order line that waits has a price: see the list below for quantities."))
        return
    pictures.legend(drawn.GATING_COLOURS)
    pictures.picking(
        drawn.gating(frame, here.about.currency, here.view.filters.item),
        "item",
        here,
        _("Backlog that each missing component blocks, and the part it would free alone"),
        "gating",
    )
    st.caption(_("Several components may block the same orders: bars are not to be added up."))


def able(here: Screen) -> None:
    """What of each made item can be made now, and what waits."""
    st.subheader(_("What can be made now"), anchor=False)
    frame = queries.able_to_make(here.without("item"), here.unit, SHOWN)
    if frame.is_empty():
        st.caption(_("No order line waits for something to be started."))
        return
    pictures.legend(drawn.able_colours(frame))
    pictures.picking(
        drawn.able(frame, here.unit, here.about.currency, here.view.filters.item),
        "item",
        here,
        _("Backlog of each made item that can be made now, and that waits for materials"),
        "able",
    )


def rows(here: Screen) -> None:
    """The lists behind the page, one at a time, with downloads."""
    snap = here.view.snapshot
    title = (
        st.segmented_control(
            _("List"),
            list(COLUMNS),
            format_func=_,
            default="To order or make",
            required=True,
            key="materials_list",
            bind="query-params",
            label_visibility="collapsed",
        )
        or "To order or make"
    )
    st.subheader(_(title), anchor=False)
    elements.heeding(here, queries.MATERIAL_ROWS[title])
    chosen = here.view.filters
    frame = queries.material_rows(snap, title, filters=chosen)
    if frame.is_empty():
        st.caption(_("No row is left by the filters.") if chosen.active() else _("There are none."))
        return
    st.caption(formats.MATERIAL_LISTS[title])
    name = queries.MATERIAL_ROWS[title][0]
    tables.table(frame, here, name, _(title), COLUMNS[title])
    stem = formats.file_name(title.lower())
    tables.downloads(
        lambda kind: queries.file_of(queries.material_rows(snap, title, None, chosen), kind),
        f"materials-{stem}-{here.about.as_of}",
        frame.height,
        f"materials_{stem}",
    )


def bill(here: Screen) -> None:
    """What one item takes, all levels, and how deep the bills of materials are."""
    snap = here.view.snapshot
    st.subheader(_("What an item takes"), anchor=False)
    made = queries.made_items(snap)
    item_id = st.selectbox(
        _("Made item"),
        list(made),
        format_func=lambda key: formats.choice(key, made[key]),
        index=None,
        placeholder=_("Choose an item"),
        key="made_item",
        bind="query-params",
    )
    if item_id:
        frame = queries.bill_of(snap, item_id)
        tables.table(frame, here, "materials.bom_of", _("Bill of materials"), BILL_COLUMNS)
    loops = queries.table(snap, "materials.bom_loops", "order by item_id")
    if not loops.is_empty():
        st.warning(
            _(
                "{loops} in bills of materials: an item is a component of itself."
                " These lines are refused."
            ).format(loops=formats.count(loops.height, "loop")),
            icon=":material/all_inclusive:",
        )
        tables.table(loops, here, "materials.bom_loops", _("Loops"), LOOP_COLUMNS)
    box = st.expander(_("All bills of materials, by level"), key="levels", on_change="rerun")
    if box.open:
        with box:
            levels = queries.table(snap, "materials.bom_levels", "order by level")
            tables.table(levels, here, "materials.bom_levels", _("Levels"), LEVEL_COLUMNS)


def assumptions(here: Screen) -> None:
    """What the figures assume, with value and source."""
    tables.assumptions(here, ASSUMPTIONS, "materials")


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    tables.evidence(here.unfiltered(), FIGURES, "materials")
