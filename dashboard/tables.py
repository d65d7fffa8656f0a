"""Rows on the screen: the lines, their supply, and the evidence behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboard import access, elements, formats, queries, texts
from dashboard.access import Role
from dashboard.elements import Screen
from dashboard.texts import _

PEGS_OF = 50
"""Selected lines whose pegs are shown at once."""

LINE_COLUMNS = (
    "order_id",
    "line_id",
    "customer_name",
    "item_name",
    "backordered_value",
    "backordered_qty",
    "top_cause_name",
    "covered_qty",
    "uncovered_qty",
    "due_date",
    "age_days",
    "expected_fill_date",
    "open_qty",
    "future_short_qty",
    "held_qty",
    "hold_reason",
    "first_promised_date",
    "promised_date",
    "lateness_days",
    "order_date",
    "wait_days",
    "need_by_date",
    "backlog_type",
    "is_planned",
    "category",
    "supplier_name",
    "location_name",
    "segment",
    "region",
    "channel",
)
PEG_COLUMNS = (
    "order_id",
    "line_id",
    "supply_kind",
    "document_id",
    "supplier_name",
    "pegged_qty",
    "pegged_value",
    "promised_date",
    "expected_date",
    "expected_p80_date",
    "expected_p95_date",
    "days_after_due",
    "slack_days",
)

ASSUMPTION_COLUMNS = ("label", "value", "unit", "default_value", "source", "assumption")

_CODES = {
    "backlog_type",
    "supply_kind",
    "outcome",
    "strategy",
    "order_type",
    "line_status",
    "measure",
    "clock",
    "severity",
    "notice_state",
    "load_kind",
    "capacity_basis",
    "table_name",
    "kind",
    "dimension",
    "evidence_kind",
    "missing_table",
    "stocking_policy",
    "better_policy",
    "replenishment",
}


_NAMED = {
    "ageing_bucket",
    "hold_reason",
    "late_bucket",
    "unknown_reason",
    "action_name",
    "cause_name",
    "label",
    "owner",
    "risk_name",
    "rule_name",
    "source",
    "title",
    "top_cause_name",
    "unit",
}
"""Columns of names that the models give in English."""


_DECIMALS = {
    "utilisation",
    "queue_factor",
    "breaks_at_factor",
    "orders_per_year",
    "expected_lost_orders",
    "hazard_per_week",
    "at_risk_weeks",
}


def lines_and_pegs(here: Screen, totals: Mapping[str, Any]) -> None:
    """The open lines with their downloads, and the supply of the lines selected."""
    st.subheader(_("The lines"), anchor=False)
    frame = queries.lines(here.view)
    frame = frame.with_columns(top_cause(frame))
    st.caption(formats.shown(frame.height, totals["lines"]))
    # The row numbers of a selection mean these rows only: other filters or a newer snapshot
    # must not inherit them.
    key = f"lines_{here.view.snapshot.version}_{hash(here.view.filters)}"
    rows = table(frame, here, "backlog.lines", _("Open order lines"), LINE_COLUMNS, key)
    made = partial(queries.file_of_lines, here.view)
    downloads(made, f"backlog-{here.about.as_of}", totals["lines"], "download")
    to_causes(frame, rows)
    st.subheader(_("Which supply, and when"), anchor=False)
    elements.tested(here)
    if not rows:
        st.caption(_("Select lines in the table above to see the supply they are pegged to."))
        return
    picked = frame[rows[:PEGS_OF]].select("order_id", "line_id").rows()
    found = queries.pegs(here.view, picked)
    if found.is_empty():
        st.warning(_("Nothing is pegged to the selected lines: no stock and no open supply order."))
        return
    table(found, here, "backlog.pegs", _("Supply pegged to the selected lines"), PEG_COLUMNS)


def top_cause(lines: pl.DataFrame) -> pl.Expr:
    """The top cause of each line as words: where none stands out it says so."""
    names = pl.lit(formats.translated(lines["top_cause_name"]))
    return (
        pl.when("is_mixed")
        .then(pl.format(_("Mixed, most: {}"), names))
        .otherwise(names)
        .alias("top_cause_name")
    )


def to_causes(lines: pl.DataFrame, picked: Sequence[int]) -> None:
    """A link from the one line selected to why it is short."""
    if len(picked) == 1:
        row = lines.row(picked[0], named=True)
        elements.link(
            "causes",
            _("Why {order_id} / {line_id} is short").format(
                order_id=row["order_id"], line_id=row["line_id"]
            ),
            ":material/troubleshoot:",
            order=row["order_id"],
            line=row["line_id"],
        )


def downloads(
    make: Callable[[str], bytes],
    stem: str,
    rows: int,
    key: str,
    kinds: Sequence[str] = tuple(queries.EXPORTS),
) -> None:
    """All rows as files, written by `make`, given the kind, when asked for; for analysts."""
    if not access.may(Role.ANALYST):
        return
    with st.container(horizontal=True, gap="small"):
        for kind in kinds:
            st.download_button(
                kind.upper() if kind != "parquet" else "Parquet",
                data=access.noted(partial(make, kind), file=f"{stem}.{kind}", rows=rows),
                file_name=f"{stem}.{kind}",
                mime=queries.EXPORTS[kind][0],
                key=f"{key}_{kind}",
                icon=":material/download:",
                on_click="ignore",
                disabled=kind == "xlsx" and rows > queries.SHEET_ROWS,
                help=_("More lines than a sheet holds") if rows > queries.SHEET_ROWS else None,
            )


def evidence(here: Screen, models: Mapping[str, str], key: str) -> None:
    """The rows and the SQL behind the page's figures, made only when asked for."""
    rows = st.expander(
        _("Show the rows"), key=f"rows_{key}", on_change="rerun", icon=":material/table_rows:"
    )
    if rows.open:
        with rows:
            name = _figure(models, f"rows_of_{key}")
            table(
                queries.model(here.view, name, "limit 1000"),
                here,
                name,
                _("Rows of {name}").format(name=name),
            )
    sql = st.expander(
        _("Show the SQL"), key=f"sql_{key}", on_change="rerun", icon=":material/code:"
    )
    if sql.open:
        with sql:
            name = _figure(models, f"sql_of_{key}")
            st.caption(
                _("{name}, with the filters set. Paste it into `backorders query`.").format(
                    name=name
                )
            )
            st.code(queries.formula(name, here.view.filters), language="sql", wrap_lines=True)
            elements.link(
                "definitions", _("What it means and rests on"), ":material/menu_book:", model=name
            )


def assumptions(here: Screen, names: Sequence[str], key: str) -> None:
    """The assumptions behind a page, with value and source, one click away."""
    box = st.expander(
        _("Assumptions used"), key=f"assumed_{key}", on_change="rerun", icon=":material/tune:"
    )
    if not box.open:
        return
    with box:
        frame = queries.assumptions(here.view.snapshot, names)
        table(frame, here, "core.assumptions", _("Assumptions used"), ASSUMPTION_COLUMNS)
        st.caption(_("Set them in `backorders refresh --set NAME=VALUE`, or try them first."))
        elements.link("what_if", _("Try other values"), ":material/tune:")


def _figure(models: Mapping[str, str], key: str) -> str:
    return st.selectbox(_("Figure"), list(models), format_func=models.__getitem__, key=key)


def table(
    frame: pl.DataFrame,
    here: Screen,
    comments_of: str,
    spoken: str,
    columns: Sequence[str] | None = None,
    key: str | None = None,
    mode: Literal["multi-row", "single-row"] = "multi-row",
    on_select: Callable[[], None] | Literal["rerun"] = "rerun",
) -> list[int]:
    """A table with the dictionary's help on its headers; columns that hold nothing are left out.

    With a key its rows can be selected, several or one; returns the numbers of those that are.
    """
    wanted = [name for name in (columns or frame.columns) if name in frame.columns]
    shown = pl.DataFrame(
        {name: _cells(frame[name]) for name in wanted if frame[name].null_count() < frame.height}
    )
    known = {
        name: texts.meaning(text)
        for name, text in queries.comments(here.view.snapshot, comments_of).items()
    }
    config = {
        name: _column(name, shown[name], known.get(name), here.about.currency)
        for name in shown.columns
    }
    if st.session_state.get(elements.PRINT):
        _whole(shown, config, spoken)
        return []
    if key is None:
        st.dataframe(shown, hide_index=True, column_config=config, placeholder="", alt=spoken)
        return []
    event = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        placeholder="",
        alt=spoken,
        key=key,
        on_select=on_select,
        selection_mode=mode,
    )
    return list(event["selection"]["rows"])


_WIDTHS = {"label": 320, "value": 110, "default_value": 110, "choices": 110}
"""Of columns whose first cells do not tell how wide the others are."""


def dictionary(here: Screen, model: str) -> None:
    """The columns of a table or model with what each means."""
    found = queries.columns(here.view.snapshot, model)
    make = st.column_config.TextColumn
    st.dataframe(
        found.with_columns(
            meaning=pl.Series([text and texts.meaning(text) for text in found["meaning"]])
        ),
        hide_index=True,
        alt=_("Columns of {model}").format(model=model),
        column_config={
            "column": make(_("Column")),
            "type": make(_("Type")),
            "meaning": make(_("Meaning"), width="large"),
        },
    )


PRINTED_ROWS, PRINTED_COLUMNS = 60, 8
"""What of a table goes on paper; the download has all of it."""


def _whole(shown: pl.DataFrame, config: Mapping[str, Any], spoken: str) -> None:
    """The table as text that a printer can break into pages: the first columns and rows."""
    names = shown.columns[:PRINTED_COLUMNS]
    part = shown.head(PRINTED_ROWS).select(names)
    printed = pl.DataFrame(
        {
            config[name]["label"]: [formats.cell(value, name) for value in part[name]]
            for name in names
        }
    )
    st.table(printed, hide_index=True, alt=spoken)
    if part.height < shown.height or len(names) < len(shown.columns):
        st.caption(
            _("{rows} of {all_rows} rows, {columns} of {all_columns} columns.").format(
                rows=formats.number(part.height),
                all_rows=formats.number(shown.height),
                columns=len(names),
                all_columns=len(shown.columns),
            )
        )


def _cells(values: pl.Series) -> pl.Series:
    if values.name in _CODES:
        return formats.words(values)
    if values.name in _NAMED:
        return formats.translated(values)
    return values.cast(pl.Float64) if values.dtype.is_decimal() else values


def _column(name: str, values: pl.Series, comment: str | None, currency: str | None) -> Any:
    title = formats.label(name)
    make = st.column_config
    if values.dtype == pl.Boolean:
        return make.CheckboxColumn(title, help=comment)
    if values.dtype == pl.Date:
        return make.DateColumn(title, help=comment, format=formats.table_day())
    if values.dtype == pl.Datetime:
        return make.DatetimeColumn(
            _("{title} (UTC)").format(title=title),
            help=comment,
            format=f"{formats.table_day()}, HH:mm",
        )
    if not values.dtype.is_numeric():
        return make.TextColumn(
            title,
            help=comment,
            pinned=name in ("order_id", "line_id"),
            width=_WIDTHS.get(name),
        )
    if name.endswith("_rate") or name == "confidence":
        return make.NumberColumn(title, help=comment, format="percent")
    if name.endswith(("_value", "_margin", "_price", "_cost")):
        return _number(f"{title} ({currency or _('money')})", comment, 2)
    if name.endswith("_days") or name.startswith("days_"):
        return _number(_("{title} (days)").format(title=title), comment, 0)
    if name.endswith("_qty"):
        whole = (values.drop_nulls() % 1 == 0).all()
        title = _("{title} (units)").format(title=title)
        return _number(title, comment, 0 if whole else 2)
    if name in _DECIMALS or name.endswith("_points"):
        return _number(title, comment, 2)
    return _number(title, comment, 0)


def _number(title: str, comment: str | None, digits: int) -> Any:
    if texts.language() == texts.SOURCE.language:
        return st.column_config.NumberColumn(title, help=comment, format=f"%,.{digits}f")
    # Streamlit writes numbers of a table in English or in the browser's way, and no other.
    step = 10.0**-digits if digits else 1
    return st.column_config.NumberColumn(title, help=comment, format="localized", step=step)
