"""The blocks of the page *SQL*: the editor, the answer, and what there is to ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import polars as pl
import streamlit as st

from dashboard import access, charts, formats, pictures, queries, tables, texts
from dashboard.access import Role
from dashboard.elements import Screen
from dashboard.texts import N_, _, given
from sql import export, sandbox

EDITOR = "q"
"""Key of the editor, and its name in the URL: a link carries the question."""

_RUNNING, _HISTORY = "sql_running", "sql_history"
_REMEMBERED = 20
_POLL_SECONDS = 0.4
AT_ONCE = 4
"""Questions of all visitors that run at the same time: each may take a gigabyte of memory."""
_SEATS = threading.BoundedSemaphore(AT_ONCE)


@dataclass
class Asked:
    """A question and what became of it; filled in beside the page's own thread."""

    sql: str
    query: sandbox.Query
    note: Callable[..., None]
    answer: sandbox.Answer | None = None
    failure: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Wait for the worker, whatever it brings."""
        try:
            self.answer = self.query.answer()
        except (sandbox.QueryRefusedError, sandbox.QueryStoppedError) as error:
            self.failure = str(error)
        finally:
            _SEATS.release()
            self.ended.set()
            self.note(
                "asked in SQL",
                sql=self.sql,
                rows=self.answer.frame.height if self.answer else None,
                ms=round(1000 * self.query.seconds),
                failure=self.failure or None,
            )


def editor(here: Screen) -> None:
    """Where the question is typed, with examples and what was asked before."""
    st.text_area(
        _("One SELECT over the published figures"),
        key=EDITOR,
        bind="query-params",
        height=180,
        placeholder="from backlog.totals",
    )
    asked = _asked()
    busy = asked is not None and not asked.ended.is_set()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.button(
            _("Run"),
            type="primary",
            icon=":material/play_arrow:",
            shortcut="Mod+Enter",
            on_click=_start,
            args=(here,),
            disabled=busy,
            key="sql_run",
        )
        st.button(
            _("Cancel"),
            icon=":material/stop:",
            on_click=_cancel,
            disabled=not busy,
            key="sql_cancel",
        )
        _choices(_("Examples"), queries.examples(), "sql_example")
        _choices(_("Asked before"), {one: one for one in _history()}, "sql_before")


def answer(here: Screen) -> None:
    """The rows, or why there are none; while it runs, how long."""
    asked = _asked()
    if asked is None:
        st.caption(
            _(
                "Read-only. Stopped after {seconds} seconds or {mb} MB of"
                " memory; the first {rows} rows are shown."
            ).format(
                seconds=formats.trimmed(queries.ASK_LIMITS.seconds),
                mb=formats.number(queries.ASK_LIMITS.memory_mb or 0),
                rows=formats.number(queries.ASK_LIMITS.rows or 0),
            )
        )
        return
    if not asked.ended.is_set():
        _watch()
        return
    if asked.failure:
        st.error(formats.plain(formats.sentence(asked.failure)), icon=":material/error:")
        return
    if asked.answer is not None:
        _rows(here, asked.answer)


def dictionary(here: Screen) -> None:
    """Every table with its columns and what they mean; one is put into the editor by a click."""
    st.subheader(_("What there is to ask"), anchor=False)
    known = queries.tables(here.view.snapshot)
    chosen = st.selectbox(
        _("Table"),
        list(known),
        index=list(known).index("backlog.lines") if "backlog.lines" in known else 0,
        key="sql_table",
        help=_("Type to search."),
    )
    st.markdown(formats.plain(texts.meaning(known[chosen])))
    st.button(
        _("Ask {table}").format(table=chosen),
        icon=":material/edit:",
        on_click=_put,
        args=(queries.first_rows(chosen),),
        key="sql_ask",
    )
    tables.dictionary(here, chosen)


def elsewhere(here: Screen) -> None:
    """The same file in other programs, none of which holds up a refresh."""
    with st.expander(_("In other programs"), icon=":material/open_in_new:"):
        st.markdown(
            _(
                "The figures are one DuckDB file, replaced by a new one at each refresh and never"
                " changed, so whoever reads it holds nobody up.\n\n"
                "- **DuckDB CLI**: `duckdb -readonly`, then the file below.\n"
                "- **DBeaver and others by JDBC or ODBC**: connect to the file, read-only.\n"
                "- **Excel, Power BI**: the downloads here, or"
                ' `backorders query "from backlog.lines" -o lines.parquet` on a schedule.\n'
                "- **Notebooks**: `duckdb.connect(path, read_only=True)`."
            )
        )
        st.code(str(here.view.snapshot.path.parent / "latest.duckdb"), language=None)


def _rows(here: Screen, found: sandbox.Answer) -> None:
    frame = found.frame
    told = _("The first {rows} in {seconds} s") if found.is_cut else _("{rows} in {seconds} s")
    st.caption(
        told.format(
            rows=formats.count(frame.height, "row"), seconds=formats.number(found.seconds, 1)
        )
    )
    shown = st.segmented_control(
        _("Show as"),
        [N_("Table"), N_("Chart")],
        default="Table",
        format_func=_,
        key="sql_as",
        label_visibility="collapsed",
    )
    if shown == "Chart":
        _picture(frame)
    else:
        st.dataframe(_plain(frame), hide_index=True, alt=_("Rows of the answer"))
    tables.downloads(partial(_file, frame), f"answer-{here.about.as_of}", frame.height, "sql_file")


def _picture(frame: pl.DataFrame) -> None:
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    others = [name for name in frame.columns if name not in numbers]
    if not numbers or frame.is_empty():
        st.info(_("A chart needs rows with at least one column of numbers."))
        return
    with st.container(horizontal=True):
        across = st.selectbox(_("Across"), others + numbers, key="sql_across")
        up = st.selectbox(_("Up"), numbers, key="sql_up")
    pictures.show(
        charts.of_answer(frame, across, up), _("{up} by {across}").format(up=up, across=across)
    )


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Decimals as floats, which is what a browser's table shows as numbers."""
    return frame.with_columns(
        pl.col(name).cast(pl.Float64) for name, kind in frame.schema.items() if kind.is_decimal()
    )


def _file(frame: pl.DataFrame, kind: str) -> bytes:
    try:
        return queries.file_of(frame, kind)
    except export.ExportError as error:
        return str(error).encode()


def _asked() -> Asked | None:
    found: Asked | None = st.session_state.get(_RUNNING)
    return found


def _history() -> list[str]:
    found: list[str] = st.session_state.setdefault(_HISTORY, [])
    return found


def _start(here: Screen) -> None:
    sql = (st.session_state.get(EDITOR) or "").strip()
    if not sql or not access.may(Role.ANALYST):
        return
    _cancel()
    if not _SEATS.acquire(blocking=False):
        st.toast(
            _("{n} questions are running already; ask again in a moment.").format(n=AT_ONCE),
            icon=":material/hourglass_top:",
        )
        return
    snap = here.view.snapshot
    note = partial(access.noter(), scenario=[*snap.scenario] or None)
    try:
        asked = Asked(sql, queries.ask(snap, sql), note)
    except BaseException:
        _SEATS.release()
        raise
    threading.Thread(target=asked.wait, daemon=True).start()
    st.session_state[_RUNNING] = asked
    before = [one for one in _history() if one != sql]
    st.session_state[_HISTORY] = [sql, *before][:_REMEMBERED]


def _cancel() -> None:
    asked = _asked()
    if asked is not None and not asked.ended.is_set():
        asked.query.cancel()
        asked.ended.wait(5)


@st.fragment(run_every=_POLL_SECONDS)
def _watch() -> None:
    asked = _asked()
    if asked is None or asked.ended.is_set():
        st.rerun()
    else:
        st.progress(
            min(asked.query.seconds / queries.ASK_LIMITS.seconds, 1.0),
            _("Running for {seconds} s").format(seconds=formats.number(asked.query.seconds)),
        )


def _choices(title: str, statements: dict[str, str], key: str) -> None:
    """A list of statements, of which the one picked is put into the editor."""

    def picked() -> None:
        wanted = st.session_state.get(key)
        # Asked in another language a moment ago, it is not among them.
        if wanted in statements:
            _put(statements[wanted])
        st.session_state[key] = None

    st.selectbox(
        title,
        list(statements),
        format_func=given,
        index=None,
        key=key,
        on_change=picked,
        placeholder=title,
        label_visibility="collapsed",
        disabled=not statements,
        width=230,
    )


def _put(sql: str) -> None:
    st.session_state[EDITOR] = sql
