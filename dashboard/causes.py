"""The blocks of the page *Causes*: the answer, shares that add up, months, the drill, one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import cause_charts as drawn
from dashboard import cause_words as words
from dashboard import charts, elements, filters, formats, pictures, queries, states, tables
from dashboard.elements import Screen
from dashboard.texts import N_, Texts, _, given

# Widget keys are the names in the URL, as those of the filters are.
WHY, DUE, CAUSE, OF, ORDER, LINE = "why", "due", "cause", "of", "order", "line"
_CLICKED = "month_clicked"

TITLE = N_("Why are we short?")
TODAY, WHEN_DUE = N_("Still short today"), N_("Went short when due")
BASES = {TODAY: queries.AS_OF, WHEN_DUE: queries.FELL_DUE}
BARS = 12
EVIDENCE = 6
"""Records of one cause told in sentences; the table holds them all."""

LEAST = 0.05
"""Units of a line from which a record is told: less would read as none."""

FIGURES = Texts(
    {
        "causes.by_cause": "Causes and their shares",
        "causes.totals": "Totals",
        "causes.months": "Causes by month, and what moved them",
        "causes.by_dimension": "Causes by item, customer, supplier, …",
        "causes.line_details": "Short lines and their top cause",
        "causes.lines": "Short lines by cause",
        "causes.if_mended": "If only this were mended",
        "causes.typed_reasons": "Typed reasons beside computed causes",
        "causes.unknowns": "What is unknown, and which table would tell",
    }
)
LINE_COLUMNS = (
    "order_id",
    "line_id",
    "customer_name",
    "item_name",
    "short_value",
    "short_qty",
    "cause_value",
    "cause_qty",
    "top_cause_name",
    "confidence",
    "on_date",
    "due_date",
    "order_date",
    "supplier_name",
    "category",
    "location_id",
    "missing_table",
)
ITEM_COLUMNS = (
    "item_name",
    "cause_name",
    "but_for_value",
    "but_for_qty",
    "cause_value",
    "cause_qty",
    "sufficient_value",
    "sufficient_qty",
    "item_id",
)
REASON_COLUMNS = ("reason_code", "cause_name", "cause_value", "cause_qty")
EVIDENCE_COLUMNS = (
    "cause_name",
    "evidence_kind",
    "evidence_id",
    "item_name",
    "supplier_name",
    "evidence_value",
    "evidence_qty",
    "planned_date",
    "happened_date",
    "planned_qty",
    "happened_qty",
    "planned_start_date",
    "start_date",
    "late_days",
    "evidence_date",
    "note",
)


def heading(here: Screen) -> tuple[Screen, Mapping[str, Any]]:
    """Title, freshness, chips and the switch; the screen of the shortages asked about, and sums.

    The sums are empty when nothing is short; without any order line the page stops here.
    """
    st.title(_(TITLE), anchor=False)
    states.freshness(here.about, here.view.snapshot)
    filters.chips(here.view.snapshot, here.view.filters)
    if not here.about.order_lines:
        elements.nothing_open(here)
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        basis = _switch()
        month = _month(here) if basis == queries.FELL_DUE else None
    st.session_state.pop(_CLICKED, None)
    here = _narrowed(here, basis, month)
    return here, queries.short_totals(here.view)


def _narrowed(here: Screen, basis: str, month: date | None = None) -> Screen:
    chosen = replace(here.view.filters, basis=basis, fell_due_in=month)
    return replace(here, view=replace(here.view, filters=chosen))


def _switch() -> str:
    title = st.segmented_control(
        _("Which shortages"),
        list(BASES),
        format_func=_,
        # A widget whose value a click in a chart has just set must not be given a default.
        default=None if _CLICKED in st.session_state else TODAY,
        required=True,
        key=WHY,
        bind="query-params",
        label_visibility="collapsed",
    )
    return BASES[title or TODAY]


def _month(here: Screen) -> date | None:
    frame = queries.cause_month_totals(_narrowed(here, queries.FELL_DUE).view)
    if frame.is_empty():
        return None
    over = frame.filter("is_over")
    newest = (frame if over.is_empty() else over)["month_start"][0]
    months = frame["month_start"].to_list()
    month: date | None = st.selectbox(
        _("Fell due in"),
        months,
        index=0 if _CLICKED in st.session_state else months.index(newest),
        format_func=formats.month,
        key=DUE,
        bind="query-params",
        width=220,
    )
    return month


def is_past(here: Screen) -> bool:
    """Whether lines that fell due are asked about, and not those that are short today."""
    return here.view.filters.basis == queries.FELL_DUE


def nothing_short(here: Screen) -> None:
    """No line is short: good news, filters that leave none, or records that do not tell."""
    chosen = here.view.filters
    if replace(chosen, basis=None, fell_due_in=None).active():
        st.info(
            _("No short order line matches these filters. Remove one above, or clear them all."),
            title=_("Nothing here"),
            icon=":material/filter_alt_off:",
        )
        st.button(_("Clear all filters"), on_click=filters.clear, key="clear_empty", type="primary")
    elif chosen.basis == queries.AS_OF:
        st.success(
            _("Stock covers every order line that is due."),
            title=_("Nothing is short today"),
            icon=":material/check_circle:",
        )
    else:
        st.info(
            _(
                "No line that fell due lately went short, as far as the records tell: without the"
                " day a line shipped on nobody knows whether it was short when it fell due."
            ),
            title=_("Nothing went short when it fell due"),
            icon=":material/history:",
        )


def answer(here: Screen, totals: Mapping[str, Any]) -> None:
    """How much is short, the top cause and its share, and what moved it."""
    unit, currency = here.unit, here.about.currency
    found = queries.causes(here.view, unit)
    text = words.answer(totals, found, unit, currency)
    month = here.view.filters.fell_due_in
    if month is None:
        change, since, moved = _since_snapshot(here, totals, found)
        title = _("Short today")
        unchanging = _(
            "No earlier snapshot to compare with: the change is shown from the next refresh on. By"
            " month, see below."
        )
    else:
        change, since, moved, so_far = _since_month(here, month)
        title = _("Short when due in {month}{so_far}").format(
            month=formats.month(month), so_far=so_far
        )
        unchanging = _("No month before to compare with.")
    if moved:
        text += "\n\n" + _("The change: {moved}.").format(moved=moved)
    help_text = elements.help_of(here, "short", "causes.totals")
    amount = here.amount(totals, "short")
    elements.big(title, amount, change, since, help_text, text, unchanging, "inverse")
    with st.grid(4, min_column_width=150, gap="small"):
        for measure, name in (
            ("unplanned", _("Unplanned")),
            ("planned", _("Planned")),
            ("unknown", _("Cause unknown")),
        ):
            elements.fact(here, totals, measure, name, model="causes.totals")
        known = queries.comments(here.view.snapshot, "causes.totals")
        st.metric(
            _("Short lines"),
            formats.number(totals["lines"]),
            formats.count(found.height, "cause"),
            delta_color="off",
            delta_arrow="off",
            help=formats.sentence(known["lines"]),
            border=True,
            height="stretch",
        )
    elements.unknowns({**totals, "cost_missing_lines": 0})
    if totals["planned_qty"]:
        st.caption(
            _(
                "Planned is here what the plan itself leaves short. Lines that wait by policy may"
                " be short for other causes too: the page *Planned backorders* counts by policy."
            )
        )


def _since_snapshot(
    here: Screen, totals: Mapping[str, Any], found: pl.DataFrame
) -> tuple[str | None, str, str]:
    measure = f"cause_{here.unit}"

    def read(view: queries.View) -> Mapping[str, Any]:
        return {
            **(queries.short_totals(view) or {"short_qty": 0, "short_value": 0}),
            "causes": queries.causes(view, here.unit),
        }

    before = queries.earlier(here.view, read)
    if before is None:
        return None, "", ""
    column = f"short_{here.unit}"
    change = formats.change(totals[column], before.totals[column], here.unit, here.about.currency)
    was = dict(before.totals["causes"].select("cause_name", measure).iter_rows())
    now = dict(found.select("cause_name", measure).iter_rows())
    moved = words.moved(words.gaps(was, now), here.unit, here.about.currency)
    return change, formats.since(before.as_of, before.is_published), moved


def _since_month(here: Screen, month: date) -> tuple[str | None, str, str, str]:
    view = _narrowed(here, queries.FELL_DUE).view
    frame = queries.cause_month_totals(view).filter(pl.col("month_start") == month)
    if frame.is_empty():
        return None, "", "", ""
    row, unit = frame.row(0, named=True), here.unit
    change = formats.change(row[f"short_{unit}"], row[f"earlier_{unit}"], unit, here.about.currency)
    parts = queries.cause_months(view).filter(pl.col("month_start") == month)
    moved = words.moved(
        parts.select("cause_name", f"change_{unit}").rows(), unit, here.about.currency
    )
    return change, _("from the month before"), moved, "" if row["is_over"] else _(", so far")


def shares(here: Screen, totals: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Each cause's share, adding up to the whole; gives the one picked for the rest of the page."""
    st.subheader(_("The causes, and how they add up"), anchor=False)
    unit, currency = here.unit, here.about.currency
    frame = queries.causes(here.view, unit)
    place = st.container()
    names = frame["cause_name"].to_list()
    name = st.pills(_("One cause alone"), names, format_func=_, key=CAUSE, bind="query-params")
    picked = frame.row(names.index(name), named=True) if name in names else None
    if picked:
        st.caption(f"**{formats.plain(given(picked['cause_name']))}**: {given(picked['meaning'])}")
    with place:
        if not totals[f"short_{unit}"]:
            st.caption(_("What is short has no known value: show it in units."))
            return picked
        chosen = picked["cause"] if picked else None
        pictures.legend(drawn.colours(frame))
        top = charts.largest(_named(frame), "cause_name", f"cause_{unit}")
        _pick_chart(
            drawn.waterfall(frame, unit, currency, chosen),
            f"shares_{here.view.snapshot.version}_{hash(here.view.filters)}_{chosen}",
            _("Short by cause, {top}. Click a bar to see what is behind it.").format(top=top),
            lambda key: _toggle(CAUSE, key),
        )
    return picked


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(formats.translated(frame["cause_name"]))


def _toggle(name: str, value: Any) -> None:
    st.session_state[name] = None if st.session_state.get(name) == value else value


def _pick_chart(chart: charts.Layered, key: str, spoken: str, set_to: Any) -> None:
    """A chart whose marks, clicked, hand the key they hold to `set_to`."""

    def pick() -> None:
        found = st.session_state[key]["selection"].get(charts.PICK, [])
        keys = [one["key"] for one in found if one.get("key")]
        if keys:
            set_to(keys[-1])

    pictures.draw(chart, spoken, key=key, on_select=pick, selection_mode=charts.PICK, alt=spoken)


def by_month(here: Screen) -> None:
    """What went short when due, month by month, and which causes moved it."""
    st.subheader(_("Month by month, when lines fell due"), anchor=False)
    unit, currency = here.unit, here.about.currency
    view = _narrowed(here, queries.FELL_DUE).view
    totals = queries.cause_month_totals(view)
    if totals.is_empty() or not totals[f"short_{unit}"].sum():
        st.caption(
            _(
                "No history: no line of these filters fell due short, or the records do not tell"
                " when lines shipped."
            )
        )
        return
    frame = queries.cause_months(view)
    over = totals.filter("is_over")
    month = here.view.filters.fell_due_in or (totals if over.is_empty() else over)["month_start"][0]
    pictures.legend(drawn.colours(frame.filter(pl.col(f"cause_{unit}") > 0)))
    with st.grid(2, min_column_width=330, gap="medium") as grid:
        with grid.cell():
            _pick_chart(
                drawn.months(frame, unit, currency, here.view.filters.fell_due_in),
                f"months_{here.view.snapshot.version}_{hash(here.view.filters)}",
                _("Short when due, by month and cause. Click a month to see its causes."),
                _show_month,
            )
            st.caption(_("Click a month to see its causes."))
        with grid.cell():
            _movement(here, frame, totals, month)


def _show_month(key: str) -> None:
    month = date.fromisoformat(key[:10])
    st.session_state[_CLICKED] = True
    st.session_state[WHY] = WHEN_DUE
    if DUE in st.session_state:
        st.session_state[DUE] = month
    else:
        # A widget that is yet to be drawn takes its value from the URL, and keeps it there.
        st.query_params[DUE] = formats.month(month)


def _movement(here: Screen, frame: pl.DataFrame, totals: pl.DataFrame, month: date) -> None:
    unit, currency = here.unit, here.about.currency
    rows = totals.filter(pl.col("month_start") == month).rows(named=True)
    st.markdown(
        _("**What moved {month}, against the month before**").format(month=formats.month(month))
    )
    change = rows[0][f"change_{unit}"] if rows else None
    if change is None:
        st.caption(_("No month before to compare with."))
        return
    parts = frame.filter(pl.col("month_start") == month)
    if not (parts[f"change_{unit}"].fill_null(0) != 0).any():
        st.caption(_("Nothing changed."))
        return
    pictures.show(
        drawn.movement(parts, float(change), unit, currency),
        alt=_("Change of each cause from the month before {month}; they add up").format(
            month=formats.month(month)
        ),
    )
    so_far = "" if rows[0]["is_over"] else " " + _("The month is not over yet.")
    st.caption(
        _("The changes of the causes add up to the change of all.{so_far}").format(so_far=so_far)
    )


def drill(here: Screen, totals: Mapping[str, Any], picked: Mapping[str, Any] | None) -> None:
    """One cause, or all: which items, customers and suppliers, and then which lines."""
    what = f": {formats.plain(given(picked['cause_name']))}" if picked else ""
    st.subheader(_("Who and what is behind it{what}").format(what=what), anchor=False)
    unit, currency = here.unit, here.about.currency
    cause = picked["cause"] if picked else None
    by = {title: name for name, title in filters.TITLES.english.items()}
    of = st.segmented_control(
        _("By"),
        list(by),
        default="Item",
        format_func=_,
        required=True,
        key=OF,
        bind="query-params",
    )
    name = by[of or "Item"]
    rows = queries.causes_by(here.without(name), name, cause, unit, BARS)
    if (rows[f"cause_{unit}"].fill_null(0) > 0).any():
        pictures.legend(drawn.colours(rows))
        chart = drawn.members(rows, unit, currency, pictures.chosen(here, name), queries.NONE)
        of_cause = given(picked["cause_name"]) if picked else _("all causes")
        pictures.picking(
            chart,
            name,
            here,
            _("Short for {cause}, by {dimension}").format(
                cause=of_cause, dimension=formats.inside(_(of or "Item"))
            ),
            f"causes_{cause}_{unit}",
        )
    _lines(here, picked, totals)


def _lines(here: Screen, picked: Mapping[str, Any] | None, totals: Mapping[str, Any]) -> None:
    st.subheader(_("The lines"), anchor=False)
    cause = picked["cause"] if picked else None
    total = picked["lines"] if picked else totals["lines"]
    frame = queries.short_lines(here.view, cause)
    st.caption(words.shown(frame.height, total, given(picked["cause_name"]) if picked else None))
    key = f"short_{here.view.snapshot.version}_{cause}_{hash(here.view.filters)}"
    tables.table(
        frame.with_columns(tables.top_cause(frame)),
        here,
        "causes.line_details",
        _("Short order lines"),
        LINE_COLUMNS,
        key,
        "single-row",
        on_select=lambda: _open(frame, key),
    )
    tables.downloads(
        partial(queries.file_of_short_lines, here.view, cause),
        f"causes-{here.about.as_of}",
        total,
        "download_causes",
    )


def _open(frame: pl.DataFrame, key: str) -> None:
    picked = st.session_state[key]["selection"]["rows"]
    if picked:
        row = frame.row(picked[0], named=True)
        st.query_params[ORDER], st.query_params[LINE] = row["order_id"], row["line_id"]


def mended(here: Screen, picked: Mapping[str, Any] | None) -> None:
    """What mending one cause alone would change."""
    st.subheader(_("If only this were mended"), anchor=False)
    unit = here.unit
    frame = queries.mended(here.view, unit)
    if not (frame[f"but_for_{unit}"].fill_null(0) > 0).any():
        st.caption(_("Nothing to mend that has a known value."))
        return
    pictures.legend(drawn.colours(frame))
    pictures.show(
        drawn.mended(frame, unit, here.about.currency),
        alt=_("What would not be short if one cause alone were mended")
        + ", "
        + charts.largest(_named(frame), "cause_name", f"but_for_{unit}"),
    )
    st.caption(
        _(
            "The line at the right end: what would not be short had this cause alone not been. The"
            " left end: what it makes short all by itself. The dot: its share above. These do not"
            " add up: where two causes were each enough, mending one mends nothing; where both"
            " were needed, mending either mends all."
        )
    )
    items = st.expander(
        _("By item"), key="mended_items", on_change="rerun", icon=":material/table_rows:"
    )
    if items.open:
        with items:
            rows = queries.mended_items(here.view, picked["cause"] if picked else None, unit)
            tables.table(rows, here, "causes.if_mended", _("If mended, by item"), ITEM_COLUMNS)


def unknown(here: Screen) -> None:
    """What nobody knows, and which table would tell."""
    st.subheader(_("What is not known"), anchor=False)
    frame = queries.unknown_causes(here.view, here.unit)
    if frame.is_empty():
        st.caption(_("The records tell a cause for every short unit."))
        return
    st.markdown(words.tables(frame.iter_rows(named=True), here.unit, here.about.currency))
    elements.link("data", _("What is loaded"), ":material/fact_check:")


def typed(here: Screen) -> None:
    """Reasons people typed beside the computed cause: a comparison, never the truth."""
    frame = queries.typed_reasons(here.view)
    if frame.is_empty():
        return
    st.subheader(_("Reasons people typed, beside the computed cause"), anchor=False)
    st.caption(_("What was typed is shown to compare with; no figure above is made from it."))
    tables.table(frame, here, "causes.typed_reasons", _("Typed reasons"), REASON_COLUMNS)


def one_line(here: Screen, order: str, line: str) -> None:
    """One line: its causes, how sure they are, and the records behind each."""
    snap, unit, currency = here.view.snapshot, here.unit, here.about.currency
    st.title(
        formats.plain(_("Why is {order} / {line} short?").format(order=order, line=line)),
        anchor=False,
    )
    states.freshness(here.about, snap)
    bases = queries.bases_of(snap, order, line)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.button(_("All causes"), on_click=_close, icon=":material/arrow_back:", key="close_line")
        basis = _switch() if len(bases) > 1 else "".join(bases)
    if not bases:
        _not_short(here, order, line)
        return
    row = queries.short_line(snap, basis, order, line)
    with st.container(border=True):
        st.markdown(words.line(row, basis, unit, currency))
        st.markdown(words.top(row), help=_confidence(here))
    evidence = queries.line_evidence(snap, basis, order, line)
    for part in queries.line_causes(snap, basis, order, line).iter_rows(named=True):
        with st.container(border=True):
            _cause(here, part, evidence.filter(pl.col("cause") == part["cause"]))
    with st.container(horizontal=True, gap="medium"):
        elements.link(
            "backlog", _("The item's backlog"), ":material/list_alt:", item=row["item_id"]
        )
        elements.link(
            "allocation", _("Who gets the item"), ":material/swap_horiz:", item=row["item_id"]
        )
    if evidence.is_empty():
        return
    names = queries.line_causes(snap, basis, order, line).select("cause", "cause_name")
    rows = evidence.join(names, on="cause", how="left", maintain_order="left")
    with st.expander(_("The records as rows"), icon=":material/table_rows:"):
        tables.table(
            rows, here, "causes.line_evidence", _("Records behind the causes"), EVIDENCE_COLUMNS
        )
        tables.downloads(
            partial(queries.file_of, rows),
            f"why-{formats.file_name(order)}-{formats.file_name(line)}-{here.about.as_of}",
            rows.height,
            "download_evidence",
        )


def _close() -> None:
    for name in (ORDER, LINE):
        if name in st.query_params:
            del st.query_params[name]


def _confidence(here: Screen) -> str:
    known = queries.comments(here.view.snapshot, "causes.line_details")
    return "\n\n".join(
        formats.plain(f"{title}: ") + formats.sentence(known[name])
        for title, name in (
            (_("Share"), "cause_share"),
            (_("Sure"), "confidence"),
            (_("Mixed"), "is_mixed"),
        )
    )


def _not_short(here: Screen, order: str, line: str) -> None:
    name = formats.plain(f"{order} / {line}")
    if queries.line_is_known(here.view.snapshot, order, line):
        st.success(
            _(
                "{name} is not short today, and was not when it fell due, as far"
                " as the records tell."
            ).format(name=name),
            title=_("Not short"),
            icon=":material/check_circle:",
        )
    else:
        st.info(
            _("No order line {name} is loaded.").format(name=name),
            title=_("Nothing here"),
            icon=":material/search:",
        )


def _cause(here: Screen, part: Mapping[str, Any], evidence: pl.DataFrame) -> None:
    """One cause of a line: how much, and the records that say so, with the supplier's own."""
    worth = formats.plain(words.part(part, "cause", here.unit, here.about.currency))
    st.subheader(f"{formats.plain(given(part['cause_name']))}: {worth}", anchor=False)
    st.caption(given(part["meaning"]))
    told = evidence.filter(pl.col("evidence_qty") >= LEAST).head(EVIDENCE)
    texts = []
    for row in told.iter_rows(named=True):
        share = formats.plain(words.part(row, "evidence", here.unit, here.about.currency))
        texts.append(f"- {words.evidence(row)} *{share}*")
    if evidence.height > told.height:
        rest = formats.count(evidence.height - told.height, "more record")
        texts.append(_("- {rest} in the table below.").format(rest=rest))
    st.markdown("\n".join(texts))
    late = evidence.drop_nulls("supplier_id")
    names = late.select("supplier_id", "supplier_name").unique(maintain_order=True)
    for supplier_id, name in names.iter_rows():
        elements.link(
            "suppliers",
            _("How {supplier} delivers").format(supplier=(name or supplier_id).strip("()")),
            ":material/local_shipping:",
            supplier=supplier_id,
        )
