"""The screen a page works with, and the blocks of facts that pages share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from dashboard import access, filters, formats, queries, states, texts
from dashboard.queries import About, View
from dashboard.texts import _

SCREEN = "screen"
LOADING = 420
"""Height of what stands for a page's figures before they are there."""
PRINT = "print"
"""Key of the switch that makes tables fit for paper, and its name in the URL."""


@dataclass(frozen=True)
class Screen:
    """What the page in front of the reader shows."""

    view: View
    about: About
    unit: str

    def without(self, name: str) -> View:
        """The view without one filter: a chart that sets it keeps showing the other choices."""
        return replace(self.view, filters=replace(self.view.filters, **EMPTY[name]))

    @property
    def supplier(self) -> str | None:
        """The supplier chosen, where exactly one is."""
        chosen = self.view.filters.supplier
        return chosen[0] if len(chosen) == 1 else None

    def unfiltered(self) -> Screen:
        """The same of all that is loaded: for pages that the filters do not speak of."""
        return replace(self, view=View(self.view.snapshot))

    def in_money(self) -> Screen:
        """The same in money: for figures that have no units."""
        return replace(self, unit="value")

    def amount(self, row: Mapping[str, Any], measure: str) -> str:
        """One measure of a row in the unit shown."""
        return formats.amount(row, measure, self.unit, self.about.currency)


def for_paper() -> None:
    """The switch that shows tables as text, which a printer breaks into pages."""
    with st.sidebar:
        st.toggle(
            _("Tables for paper"),
            key=PRINT,
            bind="query-params",
            help=_(
                "Shows tables as text, so that the browser prints them whole. Menus, buttons and"
                " this sidebar are never printed."
            ),
        )


EMPTY: dict[str, dict[str, Any]] = {
    **{name: {name: ()} for name in (*queries.DIMENSIONS, filters.AGE)},
    filters.PLANNED: {"planned": None},
    filters.MONTH: {"ordered_from": None, "ordered_to": None},
}
"""Filter → the fields that empty it."""


def screen() -> Screen:
    """The screen app.py prepared for this run."""
    found: Screen = st.session_state[SCREEN]
    return found


def heading(title: str, here: Screen) -> Mapping[str, Any]:
    """Title, freshness and chips; returns the totals, or stops on a designed empty state."""
    st.title(title, anchor=False)
    states.freshness(here.about, here.view.snapshot)
    filters.chips(here.view.snapshot, here.view.filters)
    with loading():
        totals = queries.totals(here.view)
    if not totals["lines"]:
        if here.view.filters.active():
            states.nothing_matches()
        else:
            nothing_open(here)
        st.stop()
    return totals


def nothing_open(here: Screen) -> None:
    """No order line is open; where none is loaded, the pages that show what is."""
    states.nothing_open(here.about)
    if here.about.order_lines:
        return
    with st.container(horizontal=True):
        link("suppliers", _("Suppliers"), ":material/local_shipping:")
        link("materials", _("Materials"), ":material/category:")
        link("cash_flow", _("Cash flow"), ":material/payments:")
        link("data", _("What is loaded"), ":material/fact_check:")


def loading() -> AbstractContextManager[Any]:
    """Grey bars where the figures will stand, while those are read."""
    return st.skeleton(height=LOADING)


def title_of_all(title: str, here: Screen) -> None:
    """Title, freshness and chips of a page whose figures are of all that is loaded."""
    st.title(title, anchor=False)
    states.freshness(here.about, here.view.snapshot)
    filters.chips(here.view.snapshot, here.view.filters)
    if here.view.filters.active():
        text = _(
            "The figures are of all that is loaded, for what is short or owed is decided among all"
            " orders. The filters leave out rows, as each list says."
        )
        st.caption(f":material/filter_alt: {text}")


def heeding(here: Screen, rows: tuple[str, str]) -> None:
    """Says which of the filters set a list heeds, and which do not speak of its rows."""
    text = formats.heeding(
        here.view.filters.active(), queries.heeded(rows, here.view.filters), filters.WORDS
    )
    if text:
        st.caption(f":material/filter_alt: {text}")


# The one place that needs a style of its own: config.toml has one size for all metrics.
_LARGE = "<style>.st-key-headline [data-testid='stMetricValue'] {font-size: 2.8rem}</style>"


def headline(here: Screen, totals: Mapping[str, Any]) -> None:
    """The number the page is about, its change, and the answer in a sentence."""
    before = queries.earlier(here.view)
    # More waiting is bad news: up is red.
    large(here, totals, before, "backordered", _("Backordered"), formats.answer(totals), "inverse")


def large(
    here: Screen,
    row: Mapping[str, Any],
    before: queries.Earlier | None,
    measure: str,
    title: str,
    text: str,
    delta_color: Literal["normal", "inverse"] = "normal",
    model: str = "backlog.lines",
) -> None:
    """One figure of a row in large, its change since the snapshot before, and a sentence."""
    column = f"{measure}_{here.unit}"
    change = formats.change(
        row[column],
        before.totals.get(column) if before else None,
        here.unit,
        here.about.currency,
    )
    big(
        title,
        here.amount(row, measure),
        change,
        formats.since(before.as_of, before.is_published) if before else "",
        help_of(here, measure, model),
        text,
        _("No earlier snapshot to compare with: the change is shown from the next refresh on."),
        delta_color,
    )


def big(
    title: str,
    amount: str,
    change: str | None,
    since: str,
    help_text: str | None,
    answer: str,
    unchanging: str,
    delta_color: Literal["normal", "inverse"],
) -> None:
    """One large number with its change, beside the answer in a sentence.

    Without a change `unchanging` says why; `delta_color` is "inverse" where more is bad.
    """
    st.html(_LARGE)
    is_unchanged = change == _(formats.UNCHANGED)
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="large", key="headline"
    ):
        st.metric(
            title,
            formats.plain(amount),
            change and formats.plain(change),
            delta_color="off" if is_unchanged else delta_color,
            delta_arrow="off" if is_unchanged else "auto",
            delta_description=since if change else None,
            help=help_text,
            width=300,
        )
        with st.container(width="stretch"):
            st.markdown(answer)
            if not change:
                st.caption(unchanging)


def fact(
    here: Screen,
    row: Mapping[str, Any],
    measure: str,
    title: str,
    note: str = "",
    model: str = "backlog.lines",
) -> None:
    """One figure in the unit shown, the other unit beneath, its definition behind the mark."""
    other = "qty" if here.unit == "value" else "value"
    beneath = formats.amount(row, measure, other, here.about.currency)
    if beneath == formats.UNKNOWN:
        beneath = _("value not known") if other == "value" else _("quantity not known")
    help_text = help_of(here, measure, model)
    st.metric(
        title,
        formats.plain(here.amount(row, measure)),
        formats.plain(note or beneath),
        delta_color="off",
        delta_arrow="off",
        help=help_text,
        border=True,
        height="stretch",
    )


def metric(title: str, value: str, beneath: str, help_text: str | None) -> None:
    """One figure in a frame, a note beneath it, its definition behind the mark."""
    st.metric(
        title,
        formats.plain(value),
        formats.plain(beneath) or None,
        delta_color="off",
        delta_arrow="off",
        help=help_text,
        border=True,
        height="stretch",
    )


def meaning(here: Screen, model: str, *columns: str) -> str | None:
    """What columns of a model mean, from the dictionary."""
    known = queries.comments(here.view.snapshot, model)
    told = [name for name in columns if name in known]
    said = [formats.sentence(texts.meaning(known[name])) for name in told]
    return "\n\n".join([*said, _formula(model, told[0])]) if told else None


def _formula(model: str, column: str) -> str:
    """A link, in a help text, to how a figure is computed."""
    return f"[{_('How it is computed')}](definitions?model={model}&column={column})"


def figure(here: Screen, model: str, title: str, value: str, beneath: str, *columns: str) -> None:
    """One figure of a model, explained by its columns."""
    metric(title, value, beneath, meaning(here, model, *columns))


def waiting(here: Screen, totals: Mapping[str, Any]) -> None:
    """How long, on average and at most."""
    st.metric(
        _("Mean wait"),
        formats.days(totals["mean_wait_days"]),
        _("oldest {day}").format(day=formats.day(totals["oldest_order_date"])),
        delta_color="off",
        delta_arrow="off",
        help=meaning(here, "backlog.totals", "mean_wait_days"),
        border=True,
        height="stretch",
    )


def tested(here: Screen) -> None:
    """How well the days foretold were kept in the backtest, where one was run."""
    if text := formats.tested(queries.tested(here.view.snapshot)):
        st.caption(text)


def unknowns(totals: Mapping[str, Any]) -> None:
    """Says for how many lines money is unknown; they are never counted as zero in silence."""
    text = formats.unknown_values(totals["price_missing_lines"], totals["cost_missing_lines"])
    if text:
        st.caption(f":material/help: {text}")


def link(page: str, title: str, icon: str, **params: str) -> None:
    """A link to another page with something chosen there; nothing where the reader has none."""
    script = Path(__file__).parent / "app_pages" / f"{page}.py"
    if script.exists() and access.reader().may_open(page):
        st.page_link(f"app_pages/{page}.py", label=title, icon=icon, query_params=params)


def help_of(here: Screen, measure: str, model: str = "backlog.lines") -> str | None:
    """What a measure means, in the unit shown and in the other, from the dictionary."""
    other = "qty" if here.unit == "value" else "value"
    return meaning(here, model, f"{measure}_{here.unit}", f"{measure}_{other}")
