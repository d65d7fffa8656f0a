"""The blocks of the page *Data*: the books, what was refused, what is old, odd or missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from dashboard import formats, queries, states, tables
from dashboard.elements import Screen
from dashboard.texts import Texts, _, given

FILE_KINDS = ("csv", "xlsx")

FINDING_COLUMNS = ("severity", "rows", "title")
LOAD_COLUMNS = (
    "load_id",
    "source_file",
    "rows_in",
    "rows_loaded",
    "rows_refused",
    "rows_superseded",
    "refused_cells",
    "tables",
    "source_system",
    "layout",
    "exported_at",
    "loaded_at",
    "is_full",
    "format",
    "note",
)
REFUSED_COLUMNS = (
    "source_file",
    "source_row",
    "reason",
    "column_name",
    "value",
    "table_name",
    "row_text",
    "load_id",
)
FRESH_COLUMNS = ("table_name", "rows", "newest_date", "age_days", "newest_load_at")
DRIFT_COLUMNS = (
    "kind",
    "party_name",
    "lines_moved",
    "changes",
    "mean_moved_days",
    "most_moved_days",
    "pushed_out",
    "pulled_in",
)
CHANGE_COLUMNS = (
    "document_id",
    "line_id",
    "item_id",
    "old_date",
    "new_date",
    "moved_days",
    "changed_at",
    "load_id",
)


REFUSED = Texts({"rows": "Rows", "cells": "Cells"})


def heading(here: Screen) -> None:
    """Title, freshness, and the state of the data in a sentence and four figures."""
    snap = here.view.snapshot
    st.title(_("What is loaded, and can it be trusted?"), anchor=False)
    states.freshness(here.about, snap)
    books = queries.books(snap)
    st.markdown(formats.trust(books))
    answers = queries.table(snap, "quality.answers")
    missing = answers.filter(~pl.col("is_loaded")).height
    with st.grid(4, min_column_width=150, gap="small"):
        _figure(
            here,
            books,
            "rows_loaded",
            _("Rows in force"),
            _("of {rows} read").format(rows=formats.number(books["rows_in"])),
        )
        _figure(
            here,
            books,
            "rows_refused",
            _("Rows refused"),
            _("and {cells}").format(cells=formats.count(books["refused_cells"], "cell")),
        )
        st.metric(
            _("Contradictions"),
            formats.number(books["contradicting_rows"]),
            formats.count(books["contradictions"], "kind"),
            delta_color="off",
            delta_arrow="off",
            help=_(
                "Rows that contradict others or themselves. They are loaded and counted; the list"
                " below shows them."
            ),
            border=True,
            height="stretch",
        )
        st.metric(
            _("Tables not loaded"),
            f"{missing}",
            _("of {n}").format(n=formats.number(answers.height)),
            delta_color="off",
            delta_arrow="off",
            help=_(
                "Tables of the contract without a row. What each costs in answers is said below."
            ),
            border=True,
            height="stretch",
        )


def _figure(here: Screen, row: Mapping[str, Any], name: str, title: str, beneath: str) -> None:
    known = queries.comments(here.view.snapshot, "quality.loads")
    st.metric(
        title,
        formats.number(row[name]),
        beneath,
        delta_color="off",
        delta_arrow="off",
        help=formats.sentence(known[name]) if name in known else None,
        border=True,
        height="stretch",
    )


def findings(here: Screen) -> None:
    """The checks that found something, and on a click the rows they found."""
    snap = here.view.snapshot
    st.subheader(_("What does not add up"), anchor=False)
    frame = queries.findings(snap)
    if frame.is_empty():
        st.caption(_("No check found anything."))
        return
    st.caption(
        _(
            "Nothing of this was dropped: the rows are loaded and counted. Select one to see its"
            " rows."
        )
    )
    key = f"findings_{snap.version}"
    rows = tables.table(
        frame, here, "quality.checks", _("Checks"), FINDING_COLUMNS, key, mode="single-row"
    )
    if not rows:
        return
    chosen = frame.row(rows[0], named=True)
    name = chosen["check_name"]
    found = queries.found_by(snap, name)
    st.markdown(f"**{formats.plain(given(chosen['title']))}**")
    if found.height < chosen["rows"]:
        st.caption(
            _("The first {rows} of {total}; the files hold them all.").format(
                rows=formats.number(found.height), total=formats.number(chosen["rows"])
            )
        )
    tables.table(found, here, f"quality.{name}", _("Rows found by {check}").format(check=name))
    tables.downloads(
        lambda kind: queries.file_of(queries.found_by(snap, name, limit=None), kind),
        name.removeprefix("warn_"),
        chosen["rows"],
        "found",
        FILE_KINDS,
    )


def refused(here: Screen) -> None:
    """The refused rows and cells themselves, by file and by what they contain."""
    snap = here.view.snapshot
    st.subheader(_("What was refused"), anchor=False)
    files = queries.files_with_refusals(snap)
    if not files:
        st.caption(_("Nothing: every row and cell of every file could be read."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            _("Refused"),
            list(queries.REFUSED),
            format_func=lambda one: (
                f"{REFUSED[one]} ({formats.number(queries.refused_count(snap, one))})"
            ),
            default="rows",
            required=True,
            key="refused_kind",
            label_visibility="collapsed",
        )
        picked = st.multiselect(
            _("Files"),
            files,
            key="refused_files",
            placeholder=_("All files"),
            select_all=False,
            label_visibility="collapsed",
            width=300,
        )
        text = st.text_input(
            _("Search"),
            key="refused_text",
            placeholder=_("Search reason, value, row"),
            icon=":material/search:",
            label_visibility="collapsed",
            width=260,
        )
    what, chosen = kind or "rows", tuple(picked)
    # A picked file may have left the list with a newer snapshot.
    found = queries.refused(snap, what, chosen, text)
    total = queries.refused_count(snap, what, chosen, text)
    if found.is_empty():
        st.caption(
            _("No refused row matches.") if what == "rows" else _("No refused cell matches.")
        )
        return
    if what == "cells":
        st.caption(_("Their rows were loaded, with these cells left empty."))
    if found.height < total:
        st.caption(
            _("The first {rows} of {total}; the files hold them all.").format(
                rows=formats.number(found.height), total=formats.number(total)
            )
        )
    tables.table(
        found,
        here,
        queries.REFUSED[what],
        _("Refused rows") if what == "rows" else _("Refused cells"),
        REFUSED_COLUMNS,
    )
    tables.downloads(
        lambda file: queries.file_of(queries.refused(snap, what, chosen, text, None), file),
        f"refused-{what}",
        total,
        "refused",
        FILE_KINDS,
    )


def loads(here: Screen) -> None:
    """The books: one row a file, the newest first."""
    st.subheader(_("Files"), anchor=False)
    frame = queries.table(here.view.snapshot, "quality.loads", "order by load_id desc")
    if frame.is_empty():
        st.caption(_("No file is loaded."))
        return
    st.caption(
        _("Rows = loaded + refused + superseded, always. `backorders unload LOAD` takes one back.")
    )
    tables.table(frame, here, "quality.loads", _("Files loaded"), LOAD_COLUMNS)


def freshness(here: Screen) -> None:
    """How new each table is, against the as-of date."""
    st.subheader(_("How new it is"), anchor=False)
    tail = "where rows > 0 order by age_days desc nulls last, table_name"
    frame = queries.table(here.view.snapshot, "quality.freshness", tail)
    if frame.is_empty():
        st.caption(_("No table has a row."))
        return
    st.caption(
        _("Age is from the newest record to {day}.").format(day=formats.day(here.about.as_of))
    )
    tables.table(frame, here, "quality.freshness", _("Tables and their age"), FRESH_COLUMNS)


def answers(here: Screen) -> None:
    """What each table that is not loaded costs in answers."""
    st.subheader(_("What is missing, and what that costs"), anchor=False)
    snap = here.view.snapshot
    frame = queries.table(snap, "quality.answers", "where not is_loaded order by table_name")
    unknown = queries.table(snap, "quality.not_known", "order by fact")
    if frame.is_empty() and unknown.is_empty():
        st.caption(_("Every table is loaded."))
        return
    lines = [
        f"- **{formats.word(row['table_name'])}**: {formats.plain(given(row['costs']))}"
        + (
            " " + _("(empty: {affects})").format(affects=formats.plain(row["affects"]))
            if row["affects"]
            else ""
        )
        for row in frame.iter_rows(named=True)
    ]
    lines += [
        _("- **{fact}** is not known for {day} ({rows}): {reason}").format(
            fact=formats.sentence(given(row["fact"]))[:-1],
            day=formats.day(here.about.as_of),
            rows=formats.count(row["rows"], "row"),
            reason=formats.plain(given(row["reason"])),
        )
        for row in unknown.iter_rows(named=True)
    ]
    st.markdown("\n".join(lines))


def promises(here: Screen) -> None:
    """Who moved promised dates, by how much and how often; on a click each move."""
    snap = here.view.snapshot
    st.subheader(_("Promises that moved"), anchor=False)
    frame = queries.table(snap, "backlog.promise_drift", "order by changes desc, kind, party_id")
    if frame.is_empty():
        st.caption(
            _(
                "None so far. Each load compares the promised dates of open lines with those of the"
                " export before it."
            )
        )
        return
    st.caption(_("Between one export and the next. Select one to see its moves."))
    name = "backlog.promise_drift"
    key = f"drift_{snap.version}"
    rows = tables.table(
        frame, here, name, _("Promises moved"), DRIFT_COLUMNS, key, mode="single-row"
    )
    if rows:
        one = frame.row(rows[0], named=True)
        moved = queries.promise_changes(snap, one["kind"], one["party_id"])
        name = "backlog.promise_changes"
        tables.table(moved, here, name, _("Moves of one party"), CHANGE_COLUMNS)


def evidence(here: Screen) -> None:
    """The rows and the SQL behind the page."""
    figures = {
        "quality.loads": _("Files"),
        "quality.freshness": _("Freshness"),
        "quality.checks": _("Checks"),
        "quality.orphans": _("Ids without a master record"),
        "quality.answers": _("Answers of each table"),
        "quality.not_known": _("Not known for this day"),
        "backlog.promise_changes": _("Promises that moved"),
    }
    tables.evidence(here, figures, "data")
