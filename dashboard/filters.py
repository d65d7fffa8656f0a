"""The shared filter bar: in the sidebar, held in the URL, and set by clicks in charts."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import charts, formats, queries
from dashboard.queries import DIMENSIONS, Filters, Snapshot, View
from dashboard.texts import N_, Texts, _

# Widget keys are the names in the URL: a link from one person to another must keep working.
PLANNED, AGE, FROM, TO, UNIT = "planned", "age", "from", "to", "unit"
MONTH = "month"
"""Not a filter of its own: a month picked sets both dates."""

UNITS = {N_("Money"): "value", N_("Units"): "qty"}
EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)

TITLES = Texts(
    {
        "item": "Item",
        "category": "Category",
        "customer": "Customer",
        "supplier": "Supplier",
        "location": "Location",
    }
)
ALL = frozenset({*TITLES, PLANNED, AGE, FROM, TO, UNIT})
WORDS = Texts(
    {
        **TITLES.english,
        "planned": "Planned or not",
        "age": "Days past due",
        "ordered_from": "First day of order",
        "ordered_to": "Last day of order",
    }
)
"""Field of the filters → what it is called."""
_HELP = Texts(
    {
        "supplier": "The item's usual supplier. Type an id that is not in the list.",
        "planned": "Planned: made to order, sold ahead, or within the backorder the item may have.",
        "age": "Open lines only: the daily trend and the rates ignore it.",
    }
)


_SPOKEN = Texts(
    {
        UNIT: "Money or units",
        **TITLES.english,
        PLANNED: "Planned or not",
        AGE: "Days past due",
    }
)
_PAGE = "page_before"


def arrive(page: str) -> None:
    """Takes what a link from another page chooses: a filter that is drawn already has its own mind.

    Streamlit reads the URL for a widget only when it draws it for the first time.
    """
    before = st.session_state.get(_PAGE)
    st.session_state[_PAGE] = page
    if before in (None, page):
        return
    for name in TITLES:
        wanted = [formats.chosen(one) for one in st.query_params.get_all(name)]
        if wanted and wanted != st.session_state.get(name):
            st.session_state[name] = wanted


def bar(snap: Snapshot, heeded: frozenset[str] | None = None) -> tuple[Filters, str]:
    """Draws the filters in the sidebar; returns what they hold and the unit to show in.

    `heeded` names those the page heeds, all if None. The others are switched off and keep what
    they hold, for the pages they speak of.
    """

    def is_on(name: str) -> bool:
        return heeded is None or name in heeded

    with st.sidebar:
        if heeded is not None and heeded < ALL - {UNIT}:
            names = [formats.inside(title) for key, title in _SPOKEN.items() if key in heeded]
            st.caption(
                _("For this page: {filters}. The others are for the other pages.").format(
                    filters=formats.some(names)
                )
                if heeded
                else _("This page shows all that is loaded; the filters are for the other pages.")
            )
        unit = st.segmented_control(
            _("Show in"),
            list(UNITS),
            default="Money" if queries.has_prices(snap) else "Units",
            format_func=_,
            required=True,
            key=UNIT,
            bind="query-params",
            width="stretch",
            disabled=not is_on(UNIT),
        )
        chosen = {name: _dimension(snap, name, is_on(name)) for name in TITLES}
        planned = st.segmented_control(
            _("Planned or not"),
            [charts.PLANNED, charts.UNPLANNED],
            format_func=_,
            key=PLANNED,
            bind="query-params",
            help=_HELP["planned"],
            width="stretch",
            disabled=not is_on(PLANNED),
        )
        age = st.multiselect(
            _("Days past due"),
            queries.ages(snap),
            key=AGE,
            bind="query-params",
            placeholder=_("All"),
            select_all=False,
            help=_HELP["age"],
            disabled=not is_on(AGE),
        )
        start = _date(_("Ordered from"), FROM, is_on(FROM))
        end = _date(_("Ordered to"), TO, is_on(TO))
        st.button(
            _("Clear filters"),
            on_click=clear,
            icon=":material/filter_alt_off:",
            shortcut="Alt+X",
            width="stretch",
            disabled=heeded is not None and not heeded,
        )
    filters = Filters(
        **chosen,
        planned=None if planned is None else planned == charts.PLANNED,
        age=tuple(age),
        ordered_from=start,
        ordered_to=end,
        basis=None,
        fell_due_in=None,
    )
    return filters, UNITS.get(unit or "", "value")


def _dimension(snap: Snapshot, name: str, is_on: bool) -> tuple[str, ...]:
    found = queries.options(snap, name)
    names = dict(found)
    picked = st.multiselect(
        TITLES[name],
        list(names),
        format_func=lambda key: formats.choice(key, names.get(key)),
        key=name,
        bind="query-params",
        placeholder=_("All"),
        # A link must still mean the same when its item has left the list after a refresh.
        accept_new_options=True,
        select_all=False,
        help=_HELP.get(name) or _("Type to search; an id that is not in the list can be typed."),
        disabled=not is_on,
    )
    return tuple(formats.chosen(one) for one in picked)


def _date(title: str, key: str, is_on: bool) -> date | None:
    return st.date_input(
        title,
        value=None,
        min_value=EARLIEST,
        max_value=LATEST,
        key=key,
        bind="query-params",
        format="YYYY-MM-DD",
        disabled=not is_on,
    )


def clear(name: str | None = None) -> None:
    """Empties one filter, or all; a widget callback."""
    for key in (*TITLES, AGE):
        if name in (None, key):
            st.session_state[key] = []
    for key in (PLANNED, FROM, TO):
        if name in (None, key):
            st.session_state[key] = None


def pick(name: str, chart_key: str) -> None:
    """Puts what was clicked in a chart into a filter; a second click on it takes it out."""
    picked = st.session_state[chart_key]["selection"].get(charts.PICK, [])
    keys = list(dict.fromkeys(str(one["key"]) for one in picked if "key" in one))
    if name == PLANNED:
        key = keys[-1] if keys else None
        st.session_state[PLANNED] = None if key == st.session_state.get(PLANNED) else key
        return
    if name == MONTH:
        first, last = formats.month_of(date.fromisoformat(keys[-1])) if keys else (None, None)
        same = st.session_state.get(FROM) == first and st.session_state.get(TO) == last
        st.session_state[FROM], st.session_state[TO] = (None, None) if same else (first, last)
        return
    before = [formats.chosen(one) for one in st.session_state.get(name, [])]
    st.session_state[name] = [] if keys == before else keys


def chips(snap: Snapshot, filters: Filters) -> None:
    """One button for each filter that is set: what it holds, and a click removes it."""
    set_now = _words(snap, filters)
    if not set_now:
        return
    with st.container(horizontal=True, gap="small", key="chips"):
        for key, text in set_now.items():
            st.button(
                formats.plain(text),
                key=f"chip_{key}",
                icon=":material/close:",
                icon_position="right",
                on_click=clear,
                args=(key,),
                help=_("Remove this filter"),
            )


def spoken(view: View) -> list[str]:
    """What the filters hold, a line each."""
    return list(_words(view.snapshot, view.filters).values())


def _words(snap: Snapshot, filters: Filters) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name in DIMENSIONS:
        wanted = getattr(filters, name)
        if wanted:
            names = dict(queries.options(snap, name))
            if name == "supplier":
                names |= queries.supplier_names(snap)
            first = names.get(wanted[0]) or wanted[0]
            texts[name] = f"{TITLES[name]}: {formats.some([first, *wanted[1:]], 1)}"
    if filters.planned is not None:
        texts[PLANNED] = _(charts.PLANNED if filters.planned else charts.UNPLANNED)
    if filters.age:
        texts[AGE] = _("Past due: {ages} days").format(ages=", ".join(filters.age))
    if filters.ordered_from:
        texts[FROM] = _("Ordered from {ordered_from}").format(
            ordered_from=formats.day(filters.ordered_from)
        )
    if filters.ordered_to:
        texts[TO] = _("Ordered to {ordered_to}").format(ordered_to=formats.day(filters.ordered_to))
    return texts
