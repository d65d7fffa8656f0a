"""The drop zone: files in, what they are and how they would load, and on request published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, formats, loader, queries, upload
from dashboard.loader import Failure, Job
from dashboard.texts import Texts, _
from dashboard.upload import Folder, UploadError

POLL_SECONDS = 1.0
SOON_SECONDS = 2.0
"""What most previews take; they are waited for, so that no progress flickers by."""

DATES = Texts({"day-first": "Day first", "month-first": "Month first"})
DECIMALS = Texts({",": "Comma: 1.234,50", ".": "Point: 1,234.50"})
_STATE = "drop"


@dataclass
class Drop:
    """What one reader dropped, and how far it is; `round` names the uploader of the moment."""

    folder: Folder = field(default_factory=Folder)
    round: int = 0
    turned_away: list[Failure] = field(default_factory=list)
    job: Job | None = None
    is_publishing: bool = False
    asked: tuple[Any, ...] | None = None
    published: list[str] | None = None
    failure: Failure | None = None

    def empty(self) -> None:
        """Forget the files and all that was found out about them."""
        if self.job is not None and not self.is_publishing:
            self.job.stop()
        self.folder = Folder()
        self.turned_away, self.job, self.is_publishing, self.asked = [], None, False, None


def panel(is_sample: bool) -> None:
    """The whole drop zone; says why where the reader may not use it."""
    st.subheader(_("Load exports"), anchor=False)
    why_not = upload.refusal()
    if why_not:
        st.caption(f":material/lock: {formats.plain(why_not)}")
        return
    drop: Drop = st.session_state.setdefault(_STATE, Drop())
    if drop.is_publishing and drop.job is not None:
        _publishing(drop, drop.job)
        return
    _outcome(drop)
    key = f"upload_{drop.round}"
    upload.admit()
    st.file_uploader(
        _(
            "Exports of any system, recognised by their headers: CSV, Excel, Parquet, JSON, or a"
            " zip of them"
        ),
        type=list(upload.SUFFIXES),
        accept_multiple_files=True,
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=upload.limit_mb(),
        help=_("Nothing is published before you have seen what the files are and say so."),
    )
    for each in drop.turned_away:
        _tell(each)
    if not drop.folder.files:
        return
    options, day, names = _reading(drop)
    _looked_at(drop, options, day)
    if drop.job is None or drop.job.is_running:
        _waiting(drop)
        return
    found = loader.preview_result(drop.job)
    if found is None:
        _tell(drop.job.failure or Failure(_("the files could not be looked at")))
        st.button(_("Discard"), on_click=drop.empty, key="discard", icon=":material/delete:")
        return
    _found(found)
    _decide(drop, found, [*options, *names], day, is_sample)


def _take(key: str) -> None:
    """Keeps what was dropped, and empties the uploader, which held it in memory."""
    drop: Drop = st.session_state[_STATE]
    drop.turned_away, drop.published, drop.failure = [], None, None
    for each in st.session_state[key] or []:
        try:
            drop.folder.add(each)
        except UploadError as error:
            drop.turned_away.append(error.failure)
    drop.asked = None
    drop.round += 1


def _reading(drop: Drop) -> tuple[list[str], date | None, list[str]]:
    """How to read the files: options of both commands, the export's day, options of a refresh."""
    names = ", ".join(each.name for each in drop.folder.files)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/draft: {formats.plain(names)}", width="stretch")
        with st.popover(_("How to read them"), icon=":material/tune:"):
            dates = st.segmented_control(
                _("Dates such as 03/04/2026"),
                list(DATES),
                format_func=DATES.__getitem__,
                key="drop_dates",
            )
            decimal = st.segmented_control(
                _("Numbers"), list(DECIMALS), format_func=DECIMALS.__getitem__, key="drop_decimal"
            )
            day = st.date_input(
                _("Exported on"),
                value=None,
                max_value=datetime.now(UTC).date(),
                key="drop_day",
                format="YYYY-MM-DD",
                help=_("Of two exports of the same records the later one counts. Empty: today."),
            )
            full = st.checkbox(
                _("Full extracts"),
                key="drop_full",
                help=_(
                    "They hold all there is: what earlier exports of the same reports had and"
                    " these lack is then closed."
                ),
            )
    options = [f"--date-format={dates}"] if dates else []
    options += [f"--decimal={decimal}"] if decimal else []
    return options, day, ["--full"] if full else []


def _looked_at(drop: Drop, options: Sequence[str], day: date | None) -> None:
    """Starts a preview, unless the one there is of these files and read in this way."""
    asked = (tuple(drop.folder.files), tuple(options), day)
    if asked == drop.asked:
        return
    if drop.job is not None:
        drop.job.stop()
    drop.folder.dated(day)
    drop.job = loader.preview(drop.folder.files, options, queries.store_dir())
    drop.asked = asked
    with st.spinner(_("Looking at the files")):
        drop.job.wait(SOON_SECONDS)


@st.fragment(run_every=POLL_SECONDS)
def _waiting(drop: Drop) -> None:
    if drop.job is None or not drop.job.is_running:
        st.rerun()
    st.progress(0.0, _("Looking at the files"))


@st.fragment(run_every=POLL_SECONDS)
def _publishing(drop: Drop, job: Job) -> None:
    """How far the refresh is; at its end the files are let go, or its error is kept with them."""
    if job.is_running:
        st.progress(job.progress.share, formats.plain(job.progress.text))
        st.caption(_("The figures in force stay until the new ones are complete."))
        return
    drop.failure, drop.job, drop.is_publishing = job.failure, None, False
    drop.asked = None
    if drop.failure is None:
        drop.published = job.narration
        drop.empty()
    st.rerun()


def _outcome(drop: Drop) -> None:
    """What became of the last publication."""
    if drop.published is not None:
        # The preview told of unused columns before.
        told = [line for line in drop.published if ": columns not used" not in line]
        lines = [f"- {formats.plain(line)}" for line in told]
        st.success("\n".join(lines), title=_("Published"), icon=":material/check_circle:")
    if drop.failure is not None:
        _tell(drop.failure, _("Not published; the figures in force are unchanged"))


def _tell(failure: Failure, title: str | None = None) -> None:
    """An error: what happened, where, and how to mend it."""
    lines = [formats.sentence(failure.what)]
    if failure.where:
        lines.append(_("Where: {where}").format(where=formats.plain(failure.where)))
    if failure.remedy:
        lines.append(_("Remedy: {remedy}").format(remedy=formats.plain(failure.remedy)))
    st.error("  \n".join(lines), title=title, icon=":material/error:")


def _found(found: dict[str, Any]) -> None:
    """What each file was recognised as, what is refused, and the first rows as converted."""
    for problem in found["problems"]:
        _tell(Failure(problem["what"], problem["where"], problem["remedy"]))
    for file in found["files"]:
        _file(file)
    refused = [
        {"file": file["file"], **each, "table": formats.word(each["table"])}
        for file in found["files"]
        for each in (*file["refusals"], *file["cells"])
    ]
    if refused:
        st.markdown(_("**Refused**"))
        _rows(pl.DataFrame(refused, infer_schema_length=None), _("Rows and cells refused"))
    if found["tables"]:
        st.markdown(_("**As they would be loaded**"))
        titles = [formats.word(table["table"]) for table in found["tables"]]
        for tab, table in zip(st.tabs(titles), found["tables"], strict=True):
            with tab:
                st.caption(
                    _("{rows}, the first of them").format(rows=formats.count(table["rows"], "row"))
                )
                columns = [formats.label(name) for name in table["columns"]]
                _rows(_frame(table["columns"], table["first"]), _("First rows"), columns)
    for note in found["notes"]:
        st.caption(f":material/info: {formats.plain(note)}")


def _file(file: dict[str, Any]) -> None:
    books = _("{loaded} of {rows} would be loaded").format(
        loaded=formats.number(file["loaded"]), rows=formats.count(file["rows"], "row")
    )
    if file["refused"]:
        books += _(", {refused} refused").format(refused=formats.number(file["refused"]))
    if file["superseded"]:
        books += _(", {superseded} superseded by later ones").format(
            superseded=formats.number(file["superseded"])
        )
    if file["refused_cells"]:
        books += _(", {cells} refused").format(cells=formats.count(file["refused_cells"], "cell"))
    is_clean = not (file["refused"] or file["refused_cells"])
    icon = ":material/check_circle:" if is_clean else ":material/warning:"
    known = formats.word(file["layout_title"])
    if file["profile"] != "contract":
        known = f"{file['title']}: {file['layout_title']}"
    st.markdown(
        icon
        + " "
        + _("**{file}** is *{known}*; {books}.").format(
            file=formats.plain(file["file"]), known=formats.plain(known), books=books
        )
    )
    read_as = file["format"].replace("%d", "DD").replace("%m", "MM").replace("%Y", "YYYY")
    facts = [
        _("{format}; header in row {row}").format(
            format=formats.plain(read_as), row=file["header_row"]
        )
    ]
    if file["gives"]:
        facts.append(_("Gives: {gives}").format(gives=formats.plain(file["gives"])))
    if file["lacks"]:
        facts.append(_("Lacks: {lacks}").format(lacks=formats.plain(file["lacks"])))
    if file["absent"]:
        facts.append(
            _("Could also have: {absent}").format(
                absent=formats.plain(formats.some(file["absent"]))
            )
        )
    if file["note"]:
        facts.append(formats.sentence(file["note"]))
    st.caption("  \n".join(facts))


def _frame(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)


def _rows(frame: pl.DataFrame, spoken: str, columns: Sequence[str] | None = None) -> None:
    names = columns or [formats.label(name) for name in frame.columns]
    config = dict(zip(frame.columns, names, strict=True))
    st.dataframe(frame, hide_index=True, column_config=config, placeholder="", alt=spoken)


def _decide(
    drop: Drop, found: dict[str, Any], options: Sequence[str], day: date | None, is_sample: bool
) -> None:
    """Publish what can be, or let go of all."""
    broken = {problem["file"] for problem in found["problems"]}
    files = drop.folder.files
    good = [each for each in files if each.name not in broken]
    # A problem of all together, or of a file in a zip, leaves nothing that could be left out.
    is_whole = broken <= {each.name for each in files}
    loaded = sum(file["loaded"] for file in found["files"])
    if is_sample:
        st.info(
            _("The figures of the sample business are in force. Yours take their place."),
            icon=":material/science:",
        )
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Publish {n} of {files} files").format(n=len(good), files=len(files))
            if broken
            else _("Publish"),
            key="publish",
            type="primary",
            icon=":material/publish:",
            disabled=not (good and loaded and is_whole),
            on_click=_publish,
            args=(drop, good, options, day),
        )
        st.button(_("Discard"), on_click=drop.empty, key="discard", icon=":material/delete:")


def _publish(drop: Drop, files: list[Path], options: Sequence[str], day: date | None) -> None:
    """Starts the refresh; a widget callback. Who may is asked again: the page may be old."""
    if upload.refusal():
        return
    drop.folder.dated(day)
    who = access.reader()
    access.note(
        "uploaded",
        files=[each.name for each in files],
        bytes=sum(each.stat().st_size for each in files),
    )
    drop.job = loader.refresh(
        files, options, queries.store_dir(), held=drop.folder, user=who.name, role=who.role.word
    )
    drop.is_publishing = True
