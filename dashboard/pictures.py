"""The charts of the pages: each asks for its rows, draws them, and says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, charts, drawings, elements, filters, formats, queries
from dashboard.access import Role
from dashboard.drawings import Drawing
from dashboard.elements import EMPTY, Screen
from dashboard.texts import N_, Texts, _

BY = {title: name for name, title in filters.TITLES.english.items()} | {
    N_("Month of order"): filters.MONTH
}
BARS = 15


def by(here: Screen, name: str, title: str, rows: int, place: str, label_limit: int = 150) -> None:
    """The largest of one dimension as bars; a click filters by it."""
    st.subheader(title, anchor=False)
    key, label = queries.DIMENSIONS[name]
    frame = queries.largest(here.without(name), name, here.unit, rows)
    if nothing(frame, here.unit):
        return
    chart = charts.bars(
        frame,
        key,
        label,
        here.unit,
        here.about.currency,
        chosen(here, name),
        queries.NONE,
        label_limit,
    )
    most = charts.largest(frame, label, f"backordered_{here.unit}")
    legend(charts.PART_COLOURS)
    picking(
        chart,
        name,
        here,
        _("Backordered by {dimension}, {most}").format(dimension=_dimension(name), most=most),
        place,
    )


def ageing(here: Screen, place: str) -> None:
    """Backordered by days past due; a click filters by the age."""
    st.subheader(_("How long past due"), anchor=False)
    frame = queries.model(here.without("age"), "backlog.ageing", "order by bucket_rank")
    if nothing(frame, here.unit):
        return
    chart = charts.ageing(frame, here.unit, here.about.currency, chosen(here, "age"))
    most = charts.largest(frame, "bucket", f"backordered_{here.unit}")
    legend(charts.PART_COLOURS)
    picking(chart, "age", here, _("Backordered by days past due, {most}").format(most=most), place)


def types(here: Screen, place: str) -> None:
    """Backordered on purpose or not, by type; a click filters by planned or unplanned."""
    st.subheader(_("On purpose, or not"), anchor=False)
    frame = queries.model(here.without("planned"), "backlog.by_type")
    if nothing(frame, here.unit):
        return
    chart = charts.types(frame, here.unit, here.about.currency, chosen(here, "planned"))
    legend(charts.PLANNED_COLOURS)
    picking(chart, "planned", here, _("Backordered by type, planned and unplanned"), place)


def nothing(frame: pl.DataFrame, unit: str) -> bool:
    """Says so, instead of an empty chart, when no row of the frame is backordered."""
    found = (frame[f"backordered_{unit}"] > 0).any()
    if not found:
        st.caption(_("Nothing is backordered."))
    return not found


def _dimension(name: str) -> str:
    return formats.inside(filters.TITLES[name])


def trend(here: Screen) -> None:
    """Open backlog day by day, and how it moved."""
    st.subheader(_("Open backlog, day by day"), anchor=False)
    frame = queries.model(here.view, "backlog.daily", "order by day")
    unit = here.unit
    if frame[f"closing_{unit}"].null_count() == frame.height:
        unit = "qty"
        st.caption(_("In units: what the backlog was worth in the past is not known."))
    if frame.is_empty():
        st.caption(_("No history for these filters."))
        return
    show(
        charts.trend(frame, unit, here.about.currency), alt=_("Open backlog at the end of each day")
    )
    st.caption(formats.moves(queries.moves(here.view, unit), unit, here.about.currency))


def coming(here: Screen) -> None:
    """The backlog of the coming weeks."""
    st.subheader(_("Backlog in the coming weeks"), anchor=False)
    frame = queries.model(here.view, "backlog.projected", "order by week_start")
    if not frame[f"projected_backlog_{here.unit}"].sum():
        st.caption(_("Nothing is due in the coming weeks that is not filled in time."))
        return
    legend(charts.PART_COLOURS)
    show(
        charts.projected(frame, here.unit, here.about.currency),
        alt=_("What is due and still waits at the end of each coming week"),
    )
    st.caption(
        _(
            "Due and not filled by the week's end, if every supply arrives on the day expected and"
            " nothing new is ordered."
        )
    )
    elements.tested(here)


PASSES = Texts({"first_pass": "From stock when due", "final": "Up to now"})


def fill_rates(here: Screen) -> None:
    """Share of what was ordered that is filled, by month due."""
    st.subheader(_("How much is filled"), anchor=False)
    chosen_pass = st.segmented_control(
        _("Filled"),
        list(PASSES),
        format_func=lambda one: PASSES[one],
        default="first_pass",
        required=True,
        key="pass",
        bind="query-params",
        label_visibility="collapsed",
    )
    frame = queries.fill_rates(here.view, chosen_pass or "first_pass")
    if frame.is_empty():
        st.caption(_("No line of these filters has fallen due."))
        return
    frame = frame.with_columns(basis=formats.words(frame["basis"]))
    colours = charts.series_colours(frame["basis"].unique(maintain_order=True).to_list())
    legend(colours)
    chart = charts.rates(frame, "basis", "rate", "filled", "total", colours)
    show(chart, alt=_("Fill rate by month due: of units, of lines and of orders"))
    st.caption(_("Of units, of lines whole, of orders whole; without what is made to order."))


def on_time(here: Screen) -> None:
    """Share of lines shipped on time and in full, by month, on three clocks."""
    st.subheader(_("How much is on time and in full"), anchor=False)
    frame = queries.on_time(here.view)
    if frame.is_empty():
        st.caption(_("No line of these filters has fallen due."))
        return
    frame = frame.with_columns(clock=formats.words(frame["clock"]))
    colours = charts.series_colours(frame["clock"].unique(maintain_order=True).to_list())
    legend(colours)
    chart = charts.rates(frame, "clock", "otif_rate", "otif_lines", "lines_due", colours)
    show(chart, alt=_("Lines on time and in full by month, on three clocks"))
    st.caption(_("Against the day asked for, the first day promised and the day promised last."))


def breakdown(here: Screen) -> None:
    """The backordered by the dimension chosen."""
    title = st.segmented_control(
        _("Break down by"),
        list(BY),
        format_func=_,
        default="Item",
        required=True,
        key="by",
        bind="query-params",
    )
    name = BY[title or "Item"]
    if name != filters.MONTH:
        by(
            here,
            name,
            _("What is backordered, by {dimension}").format(dimension=_dimension(name)),
            BARS,
            "backlog",
            label_limit=220,
        )
        return
    st.subheader(_("What is backordered, by month of order"), anchor=False)
    frame = queries.months(here.without(filters.MONTH))
    if nothing(frame, here.unit):
        return
    dates = here.view.filters
    chart = charts.months(
        frame, here.unit, here.about.currency, dates.ordered_from, dates.ordered_to
    )
    legend(charts.PART_COLOURS)
    picking(chart, filters.MONTH, here, _("Backordered by month of order"), "backlog")


def tabs(here: Screen) -> None:
    """Age, trend, outlook and service; only the one in front is computed."""
    names = [_("Ageing"), _("Trend"), _("Coming weeks"), _("Fill rate"), _("On time")]
    ages, daily, weeks, fill, otif = st.tabs(
        names, on_change="rerun", key="picture", bind="query-params"
    )
    if ages.open:
        with ages:
            ageing(here, "backlog")
    if daily.open:
        with daily:
            trend(here)
    if weeks.open:
        with weeks:
            coming(here)
    if fill.open:
        with fill:
            fill_rates(here)
    if otif.open:
        with otif:
            on_time(here)


_DRAWN = "pictures_drawn"


def begin() -> None:
    """Forgets the pictures of the page before."""
    st.session_state[_DRAWN] = []


def draw(chart: charts.Layered, title: str, alt: str, **how: Any) -> None:
    """Shows a chart, and keeps it for who wants to take it away."""
    st.session_state.setdefault(_DRAWN, []).append(Drawing(title, chart))
    st.altair_chart(charts.quick(charts.inked(chart, st.context.theme.type)), alt=alt, **how)


def to_take_away(here: Screen) -> None:
    """The pictures of the page as files, drawn when asked for; for analysts."""
    found: list[Drawing] = st.session_state.get(_DRAWN, [])
    if not found or not access.may(Role.ANALYST):
        return
    box = st.expander(
        _("Take pictures away"), key="take_away", on_change="rerun", icon=":material/image:"
    )
    if not box.open:
        return
    with box:
        number = st.selectbox(
            _("Picture"),
            range(len(found)),
            format_func=lambda each: found[each].title,
            key="take_away_which",
        )
        theme = st.segmented_control(
            _("On"),
            ["light", "dark"],
            format_func=lambda name: _("Light ground") if name == "light" else _("Dark ground"),
            default=st.context.theme.type or "light",
            required=True,
            key="take_away_theme",
        )
        taken = found[number if number is not None and number < len(found) else 0]
        beneath = [
            _("As of {day}").format(day=formats.day(here.about.as_of)),
            *filters.spoken(here.view),
        ]
        if here.view.snapshot.scope:
            narrowed = access.words(here.view.snapshot.scope)
            beneath.append(_("Narrowed to {scope}").format(scope=narrowed))
        if here.view.snapshot.scenario:
            beneath.append(
                _("Scenario: {settings}").format(settings="; ".join(here.view.snapshot.scenario))
            )
        with st.container(horizontal=True, gap="small"):
            for kind, mime in drawings.KINDS.items():
                name = f"{formats.file_name(taken.title.lower())[:60]}.{kind}"
                drawn = partial(drawings.drawn, taken, tuple(beneath), kind, theme or "light")
                st.download_button(
                    kind.upper(),
                    data=access.noted(drawn, file=name),
                    file_name=name,
                    mime=mime,
                    key=f"take_away_{kind}",
                    icon=":material/download:",
                    on_click="ignore",
                )


def picking(chart: charts.Layered, name: str, here: Screen, spoken: str, place: str) -> None:
    """A chart whose marks, clicked, set a filter."""
    # The key holds the filter it sets: a new choice, wherever made, starts with no mark picked,
    # so that a second click on a bar is heard.
    held = tuple(getattr(here.view.filters, field) for field in EMPTY[name])
    key = f"{place}_{name}_{here.view.snapshot.version}_{held}"
    draw(
        chart,
        spoken,
        key=key,
        on_select=lambda: filters.pick(name, key),
        selection_mode=charts.PICK,
        alt=_("{spoken}. Click a bar to filter by it.").format(spoken=spoken),
    )


def leading(
    chart: charts.Layered, here: Screen, control: str, lists: Mapping[str, str], spoken: str
) -> None:
    """A chart whose marks, clicked, choose the list below: mark → choice of the control named."""
    key = f"to_{control}_{here.view.snapshot.version}_{st.session_state.get(control)}"

    def choose() -> None:
        keys = [one["key"] for one in st.session_state[key]["selection"].get(charts.PICK, [])]
        if keys and keys[-1] in lists:
            st.session_state[control] = lists[keys[-1]]

    draw(
        chart,
        spoken,
        key=key,
        on_select=choose,
        selection_mode=charts.PICK,
        alt=_("{spoken}. Click a bar to see its rows below.").format(spoken=spoken),
    )


def show(chart: charts.Layered, alt: str) -> None:
    """A chart that filters nothing; `alt` is what it is called aloud."""
    draw(chart, alt, alt=alt)


def chosen(here: Screen, name: str) -> tuple[str, ...]:
    """The keys a chart shows lit."""
    if name == filters.PLANNED:
        planned = here.view.filters.planned
        return () if planned is None else (charts.PLANNED if planned else charts.UNPLANNED,)
    keys: tuple[str, ...] = getattr(here.view.filters, name, ())
    return keys


def legend(colours: Mapping[str, str]) -> None:
    """What the colours of the chart below stand for."""
    # A space between them, so that many take several lines on a phone.
    marks = " ".join(
        f'<span style="white-space:nowrap;margin-right:1rem">'
        f'<span style="color:{colour}" aria-hidden="true">&#11044;</span> {escape(_(name))}</span>'
        for name, colour in colours.items()
    )
    st.html(f'<div style="font-size:0.875rem">{marks}</div>')
