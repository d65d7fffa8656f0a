"""The blocks of the page *Actions*: the answer, the kinds, the ranked list with its downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, elements, formats, pictures, queries, states, tables
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _, given

LIST_COLUMNS = (
    "action_rank",
    "action_name",
    "item_name",
    "party_name",
    "act_by_date",
    "worth_value",
    "cost_value",
    "action_qty",
    "lines",
    "owner",
    "is_overdue",
    "subject_id",
    "evidence_model",
)
DRAFT_COLUMNS = (
    "po_id",
    "line_id",
    "supplier_id",
    "item_id",
    "ordered_qty",
    "uom",
    "requested_date",
    "unit_price",
    "currency",
)
ASSUMPTIONS = ("action_days", "supplier_choice", "lot_rounding", "allocation_rule")
FIGURES = Texts(
    {
        "actions.ranked": "Actions",
        "actions.by_kind": "Actions by kind",
        "actions.draft_purchases": "Suggested purchases",
        "materials.proposals": "What to order or make",
    }
)
# Where the evidence of an action is looked at: its page, and what the link chooses there.
EVIDENCE = {
    "ask_date": ("suppliers", N_("The supplier's record"), ":material/local_shipping:", "supplier"),
    "expedite": ("suppliers", N_("The supplier's record"), ":material/local_shipping:", "supplier"),
    "order_now": ("backlog", N_("The lines that wait"), ":material/list_alt:", "item"),
    "make_now": ("backlog", N_("The lines that wait"), ":material/list_alt:", "item"),
    "reallocate": ("allocation", N_("Who gets what"), ":material/swap_horiz:", "item"),
    "notify": ("backlog", N_("The customer's lines"), ":material/list_alt:", "customer"),
    "offer_cancel": ("backlog", N_("The customer's lines"), ":material/list_alt:", "customer"),
}


def heading(here: Screen) -> pl.DataFrame:
    """Title and freshness; returns the kinds of action, or stops where there is nothing to do."""
    elements.title_of_all(_("What should we do first?"), here)
    with elements.loading():
        kinds = queries.action_kinds(here.view.snapshot)
    if not kinds["actions"].sum():
        if here.about.order_lines:
            states.nothing_to_do()
        else:
            elements.nothing_open(here)
        with st.container(border=True):
            drafts(here)
        st.stop()
    return kinds


def headline(here: Screen, kinds: pl.DataFrame) -> None:
    """What is backordered, its change, and what can be done about it."""
    whole = here.unfiltered()
    totals = queries.totals(whole.view)
    # Where no price is known only units are.
    elements.large(
        whole.in_money() if totals["backordered_value"] is not None else replace(whole, unit="qty"),
        totals,
        queries.earlier(whole.view),
        "backordered",
        _("Backordered"),
        formats.actions_answer(kinds.rows(named=True), here.about.currency),
        "inverse",
    )


def kinds_of(here: Screen, kinds: pl.DataFrame) -> None:
    """How many of each kind, what they are worth, and how many are overdue."""
    shown = kinds.filter(pl.col("actions") > 0)
    with st.grid(4, min_column_width=170, gap="small"):
        for row in shown.iter_rows(named=True):
            late, worth = row["overdue_actions"], row["worth_value"]
            beneath = [formats.money(worth, here.about.currency)] if worth is not None else []
            if late:
                beneath.append(_("{n} overdue").format(n=formats.number(late)))
            st.metric(
                given(row["action_name"]),
                formats.number(row["actions"]),
                formats.plain(" · ".join(beneath)),
                delta_color="off",
                delta_arrow="off",
                help=_("Usually done by: {owner}").format(owner=given(row["owner"])),
                border=True,
                height="stretch",
            )


def picture(here: Screen) -> None:
    """The actions worth most."""
    st.subheader(_("Worth most"), anchor=False)
    others = here.without("item")
    frame = queries.actions(others.snapshot, (), 12, others.filters)
    if frame.is_empty():
        st.caption(_("No action is left by the filters."))
        return
    frame = frame.filter(pl.col("worth_value").is_not_null())
    if frame.is_empty():
        st.caption(_("No action has a known worth: prices are missing."))
        return
    pictures.picking(
        charts.actions(frame, here.about.currency, here.view.filters.item),
        "item",
        here,
        _("The {n} actions worth most").format(n=formats.number(frame.height)),
        "actions",
    )


def rows(here: Screen, kinds: pl.DataFrame) -> None:
    """The ranked list, by kind or whole, with downloads; a row leads to its evidence."""
    st.subheader(_("The list"), anchor=False)
    names = {
        row["action_kind"]: row["action_name"]
        for row in kinds.filter(pl.col("actions") > 0).iter_rows(named=True)
    }
    chosen = tuple(
        st.pills(
            _("Kinds"),
            list(names),
            format_func=lambda kind: given(names[kind]),
            selection_mode="multi",
            key="action_kinds",
            bind="query-params",
            label_visibility="collapsed",
        )
    )
    snap = here.view.snapshot
    elements.heeding(here, ("actions.ranked", ""))
    filters = here.view.filters
    frame = queries.actions(snap, chosen, queries.LINES_SHOWN, filters)
    total = queries.actions_count(snap, chosen, filters)
    st.caption(
        _(
            "{rows} of {total} actions, what is worth most first. A line may"
            " be behind several, so they do not add up."
        ).format(rows=formats.number(frame.height), total=formats.number(total))
    )
    key = f"actions_{snap.version}_{hash((chosen, filters))}"
    picked = tables.table(
        frame, here, "actions.ranked", _("Actions"), LIST_COLUMNS, key, mode="single-row"
    )
    if picked:
        _evidence(frame.row(picked[0], named=True))
    made = partial(queries.file_of_actions, snap, chosen, filters)
    tables.downloads(made, f"actions-{here.about.as_of}", total, "actions_file")


def drafts(here: Screen) -> None:
    """Suggested purchases in the columns that exports of purchase orders are loaded by."""
    st.subheader(_("Suggested purchases, as draft orders"), anchor=False)
    frame = queries.draft_purchases(here.view.snapshot)
    if frame.is_empty():
        st.caption(_("Nothing has to be bought."))
        return
    st.caption(_("To be checked and placed; the file loads as any export of purchase orders."))
    tables.table(frame, here, "actions.draft_purchases", _("Suggested purchases"), DRAFT_COLUMNS)
    made = partial(queries.file_of, frame)
    tables.downloads(made, f"draft-purchases-{here.about.as_of}", frame.height, "drafts_file")


def assumptions(here: Screen) -> None:
    """What the list rests on."""
    tables.assumptions(here, ASSUMPTIONS, "actions")


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    tables.evidence(here.unfiltered(), FIGURES, "actions")


def _evidence(action: Mapping[str, Any]) -> None:
    found = EVIDENCE.get(action["action_kind"])
    if not found:
        return
    page, title, icon, chooses = found
    value = action["item_id"] if chooses == "item" else action["party_id"]
    if value:
        elements.link(page, f"{_(title)}: {formats.plain(str(value))}", icon, **{chooses: value})
