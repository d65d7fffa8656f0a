"""Scenarios on the screen: which one is looked at, and the blocks of the page *What if*."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from dashboard import access, charts, elements, formats, pictures, queries, tables
from dashboard.access import Role
from dashboard.elements import Screen
from dashboard.queries import DataError, Snapshot
from dashboard.texts import N_, Texts, _, given

PARAM = "set"
"""Name in the URL of each setting of the scenario looked at."""

_CHOSEN, _SHOWN, _FAILED = "scenario", "scenario_everywhere", "scenario_failed"
MOVED_COLUMNS = (
    "outcome",
    "order_id",
    "line_id",
    "customer_name",
    "item_name",
    "open_qty",
    "open_value",
    "promised_date",
    "baseline_fill_date",
    "scenario_fill_date",
    "moved_days",
)


# Which scenario is looked at


def current(snap: Snapshot) -> tuple[str, ...]:
    """The settings chosen: of the link at first, then of this visit. The URL always has them."""
    if _CHOSEN not in st.session_state:
        st.session_state[_CHOSEN] = ()
        if asked := st.query_params.get_all(PARAM):
            _take(snap, asked)
            st.session_state[_SHOWN] = bool(st.session_state[_CHOSEN])
    chosen: tuple[str, ...] = st.session_state[_CHOSEN]
    if tuple(st.query_params.get_all(PARAM)) != chosen:
        if chosen:
            st.query_params[PARAM] = list(chosen)
        else:
            st.query_params.pop(PARAM, None)
    return chosen


def everywhere() -> bool:
    """Whether the other pages show the scenario too."""
    return bool(st.session_state.get(_SHOWN))


def banner(settings: tuple[str, ...]) -> None:
    """Says on every page that its figures are a scenario's, and how to leave it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            _("**Scenario, not the published figures**: {settings}").format(
                settings=formats.plain(words(settings))
            ),
            icon=":material/alt_route:",
        )
        st.button(_("Leave the scenario"), on_click=_leave, key="scenario_leave")


def words(settings: tuple[str, ...]) -> str:
    """The settings in one line."""
    return "; ".join(settings)


def _leave() -> None:
    st.session_state[_SHOWN] = False


def _take(snap: Snapshot, settings: list[str]) -> None:
    try:
        st.session_state[_CHOSEN] = queries.understood(snap, settings)
        st.session_state.pop(_FAILED, None)
    except DataError as error:
        st.session_state[_FAILED] = str(error)


# The blocks of the page


def heading() -> None:
    """What the page is for."""
    st.title(_("What if …"), anchor=False)
    st.caption(
        _(
            "Change supply, demand or a rule, and see what it does to the backlog, its dates and"
            " its money. Nothing published is touched; the link of this page carries the scenario."
        )
    )


def builder(here: Screen) -> tuple[str, ...]:
    """The levers, those set so far, and the saved scenarios; returns the settings."""
    snap = here.view.snapshot
    chosen = current(snap)
    levers = queries.levers()
    # A line of its own: some changes take a long sentence.
    name = st.selectbox(
        _("What changes"),
        list(levers),
        format_func=lambda key: given(str(levers[key]["label"])),
        key="lever",
    )
    lever = levers[name]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = _subject(snap, name, lever)
        value = _value(name, lever)
        st.button(
            _("Add"),
            type="primary",
            icon=":material/add:",
            key="lever_add",
            on_click=_add,
            args=(snap, name, subject, value),
            disabled=bool(lever.get("subject")) and not subject and name not in _FOR_ALL,
        )
    st.caption(formats.plain(f"{given(lever['source'])}."))
    if failed := st.session_state.get(_FAILED):
        st.error(formats.plain(formats.sentence(failed)), icon=":material/error:")
    with st.container(horizontal=True, gap="small"):
        for setting in chosen:
            st.button(
                formats.plain(setting),
                icon=":material/close:",
                key=f"drop_{setting}",
                on_click=_drop,
                args=(setting,),
                help=_("Take it out"),
            )
    _saving(snap, chosen)
    return chosen


def figures(here: Screen, settings: tuple[str, ...]) -> None:
    """Baseline, scenario and difference of each figure."""
    snap = here.view.snapshot
    with elements.loading():
        outcome = queries.outcome(snap, settings)
    found = outcome.figures
    st.markdown(
        _("**{better} order lines are filled earlier, {worse} later or not at all.**").format(
            better=formats.number(outcome.earlier), worse=formats.number(outcome.later)
        )
        if outcome.earlier or outcome.later
        else _("**No order line is filled on another day.**")
    )
    for subject, title in (
        ("backlog", _("Backlog")),
        ("dates", _("Dates")),
        ("risk", _("Risk")),
        ("cash", _("Cash")),
    ):
        _block(here, title, found.filter(pl.col("subject") == subject))
    made = partial(queries.file_of_figures, snap, settings)
    tables.downloads(made, f"what-if-figures-{here.about.as_of}", found.height, "figures")


def picture(here: Screen, settings: tuple[str, ...]) -> None:
    """How much each figure moves, of what it was."""
    found = queries.outcome(here.view.snapshot, settings).figures
    st.subheader(_("What moves most"), anchor=False)
    rows = found.filter((pl.col("baseline") != 0) & (pl.col("difference") != 0))
    if rows.is_empty():
        st.caption(_("Nothing moves."))
        return
    pictures.legend({charts.BETTER: charts.BLUE, charts.WORSE: charts.VERMILLION})
    pictures.show(charts.changes(rows), _("Change of each figure in per cent of the published one"))


def moved_lines(here: Screen, settings: tuple[str, ...]) -> None:
    """The lines that get better and worse."""
    moved = queries.outcome(here.view.snapshot, settings).moved
    st.subheader(_("Whose lines move"), anchor=False)
    if moved.is_empty():
        st.caption(_("No line is filled on another day."))
        return
    shown = moved.head(queries.LINES_SHOWN)
    if shown.height < moved.height:
        st.caption(
            _("The {rows} that move most of {all}; downloads have all.").format(
                rows=formats.number(shown.height), all=formats.number(moved.height)
            )
        )
    tables.table(shown, here, "backlog.promises", _("Lines filled on another day"), MOVED_COLUMNS)
    made = partial(queries.file_of, moved)
    tables.downloads(made, f"what-if-{here.about.as_of}", moved.height, "moved")


def causes(here: Screen, settings: tuple[str, ...]) -> None:
    """Why what is short today is short: last, for some levers explain all of it anew."""
    with elements.loading():
        rows = queries.cause_outcome(here.view.snapshot, settings)
    _block(here, _("Causes of what is short today"), rows)


def tornado(here: Screen) -> None:
    """Which lever matters most for one figure, each on its own."""
    st.subheader(_("Which lever matters most"), anchor=False)
    found = queries.outcome(here.view.snapshot, ()).figures
    names = {
        row["figure"]: f"{given(row['figure_name'])}, {given(row['unit'])}"
        for row in found.iter_rows(named=True)
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        figure = st.selectbox(
            _("Figure"),
            list(names),
            format_func=lambda key: names[key],
            index=list(names).index("mean_wait_days") if "mean_wait_days" in names else 0,
            key="tornado_figure",
        )
        asked = st.toggle(_("Try each lever"), key="tornado")
    if not asked:
        st.caption(_("Each lever is tried alone, both ways: this takes a few seconds."))
        return
    with elements.loading():
        rows = queries.tornado(here.view.snapshot, figure)
    if rows.is_empty():
        st.caption(_("No lever moves it."))
        return
    known = queries.subjects(here.view.snapshot, "supplier")
    settings = [_lever(setting, known) for setting in rows["setting"]]
    pictures.show(
        charts.tornado(rows.with_columns(lever=pl.Series(settings)), names[figure]),
        _("What each lever does to {figure}").format(figure=names[figure]),
    )


def _lever(setting: str, suppliers: Mapping[str, str]) -> str:
    """A setting that the tornado tries, in words."""
    lever, _equals, value = setting.partition("=")
    name, _colon, subject = lever.partition(":")
    if name == "allocation_rule":
        return _("Served first by {rule}").format(rule=given(value.replace("_", " ")))
    if not subject:
        label, _rest, _more = given(str(queries.levers()[name]["label"])).partition(";")
        return label
    if name == "supplier_days":
        return _("{supplier}: {days} days").format(
            supplier=suppliers.get(subject, subject), days=formats.signed(int(value))
        )
    return _("Order {order}: {n} days earlier").format(order=subject, n=formats.number(-int(value)))


def comparison(here: Screen) -> None:
    """Saved scenarios side by side."""
    saved = queries.saved_scenarios()
    if not saved:
        return
    st.subheader(_("Saved scenarios side by side"), anchor=False)
    names = st.multiselect(
        _("Scenarios"),
        list(saved),
        key="compared",
        max_selections=queries.COMPARED,
        placeholder=_("Up to four"),
    )
    if not names:
        return
    rows = queries.side_by_side(here.view.snapshot, {name: saved[name] for name in names})
    st.dataframe(rows, hide_index=True, alt=_("Figures of the saved scenarios side by side"))
    tables.downloads(partial(queries.file_of, rows), "scenarios", rows.height, "compared_file")


def _block(here: Screen, title: str, rows: pl.DataFrame) -> None:
    if rows.is_empty():
        return
    st.subheader(title, anchor=False)
    with st.grid(4, min_column_width=150, gap="small"):
        for row in rows.iter_rows(named=True):
            _figure(here, row)


def _figure(here: Screen, row: dict[str, Any]) -> None:
    difference = row["difference"]
    moved = difference is not None and abs(difference) > 1e-9
    st.metric(
        given(row["figure_name"]),
        formats.plain(formats.measure(row["scenario"], row["unit"], here.about.currency)),
        formats.plain(formats.measure(difference, row["unit"], here.about.currency, sign=True))
        if moved
        else _(formats.UNCHANGED),
        delta_color="off" if not moved else "normal" if row["is_more_better"] else "inverse",
        delta_arrow="auto" if moved else "off",
        delta_description=formats.plain(
            _("was {amount}").format(
                amount=formats.measure(row["baseline"], row["unit"], here.about.currency)
            )
        ),
        border=True,
        height="stretch",
    )


def _subject(snap: Snapshot, name: str, lever: dict[str, Any]) -> str:
    kind = lever.get("subject")
    if not kind:
        return ""
    known = queries.subjects(snap, kind)
    needed = name not in _FOR_ALL
    options = list(known) if needed else ["", *known]
    chosen: str | None = st.selectbox(
        _SUBJECTS[kind.removeprefix("any ")],
        options,
        format_func=lambda key: formats.choice(key, known.get(key)) if key else _("All"),
        key=f"lever_{kind}_{needed}",
        width=420,
    )
    return chosen or ""


def _value(name: str, lever: dict[str, Any]) -> str:
    if "choices" in lever:
        return str(st.selectbox(_("To"), lever["choices"], key=f"value_{name}"))
    default = lever.get("default")
    if isinstance(default, bool):
        return str(st.selectbox(_("To"), ["true", "false"], key=f"value_{name}"))
    if isinstance(default, str):
        return str(st.text_input(_("To"), key=f"value_{name}"))
    if lever["minimum"] == lever["maximum"]:
        return ""
    whole = isinstance(lever["step"], int)
    number: type[int] | type[float] = int if whole else float
    start = default if default is not None else _STARTS.get(name, lever["minimum"])
    amount = st.number_input(
        formats.capital(given(lever["unit"] or N_("value"))),
        min_value=number(lever["minimum"]),
        max_value=number(lever["maximum"]),
        value=number(start),
        step=number(lever["step"]),
        key=f"value_{name}",
        width=160,
    )
    text = f"{amount:g}"
    if name in _DATED:
        days = st.number_input(
            _DATED[name], min_value=0, max_value=365, value=14, key="value_days", width=160
        )
        text += f"@{days}"
    return text


_STARTS = {
    "supply_days": 7,
    "supplier_days": 7,
    "extra_supply": 100,
    "capacity_rate": 1.2,
    "demand_percent": 20,
    "item_demand_percent": 20,
    "category_demand_percent": 20,
    "segment_demand_percent": 20,
    "demand_spike": 100,
    "customer_days": 15,
    "customer_deposit": 0.3,
    "supplier_terms_days": 15,
}
"""Where a number begins that has no default."""
_DATED = Texts({"extra_supply": "There after days", "demand_spike": "Wanted in days"})
"""What is asked beside the quantity."""
_FOR_ALL = ("supplier_days", "stop_selling")
"""Changes that may be about every one of their kind."""
_SUBJECTS = Texts(
    {
        "supply": "Order",
        "supplier": "Supplier",
        "item": "Item",
        "customer": "Customer",
        "category": "Product group",
        "segment": "Customer segment",
        "cause": "Cause",
    }
)


def _saving(snap: Snapshot, chosen: tuple[str, ...]) -> None:
    saved = queries.saved_scenarios()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(_("Name"), key="scenario_name", placeholder=_("Save as …"), width=220)
        st.button(
            _("Save"),
            icon=":material/bookmark:",
            key="scenario_save",
            on_click=_save,
            args=(snap, chosen),
            disabled=not chosen or not access.may(Role.ANALYST),
            help=_("For analysts"),
        )
        st.selectbox(
            _("Saved"),
            list(saved),
            index=None,
            key="scenario_saved",
            placeholder=_("Open a saved one"),
            on_change=_open,
            args=(snap,),
            disabled=not saved,
            width=220,
        )
        st.toggle(
            _("Show it on every page"),
            key=_SHOWN,
            persist_state="session",
            disabled=not chosen,
            help=_("All other pages then show the scenario, and say so."),
        )


def _add(snap: Snapshot, name: str, subject: str, value: str) -> None:
    text = f"{name}:{subject}" if subject else name
    _take(snap, [*st.session_state[_CHOSEN], f"{text}={value}" if value else text])


def _drop(setting: str) -> None:
    st.session_state[_CHOSEN] = tuple(each for each in st.session_state[_CHOSEN] if each != setting)
    st.session_state.pop(_FAILED, None)


def _save(snap: Snapshot, chosen: tuple[str, ...]) -> None:
    if not access.may(Role.ANALYST):
        return
    name = str(st.session_state.get("scenario_name") or "").strip()
    try:
        queries.save_scenario(snap, name, chosen)
        st.session_state.pop(_FAILED, None)
    except DataError as error:
        st.session_state[_FAILED] = str(error)


def _open(snap: Snapshot) -> None:
    name = st.session_state.get("scenario_saved")
    if name:
        _take(snap, [*queries.saved_scenarios().get(name, ())])
        st.session_state["scenario_saved"] = None
