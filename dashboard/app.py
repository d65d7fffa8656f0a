"""The frame around every page: which snapshot, which filters, and what to show without them.

Run with `backorders serve`, or `streamlit run dashboard/app.py`.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import (
    access,
    door,
    dropzone,
    elements,
    filters,
    language,
    logs,
    pictures,
    queries,
    states,
    texts,
    tour,
    what_if,
)
from dashboard.access import Outsider, Reader
from dashboard.queries import DataError, Snapshot, View
from dashboard.texts import _

WATCH_SECONDS = 5

texts.settle(st.query_params.get(texts.LANG), st.context.locale)

PAGES = [
    st.Page(
        "app_pages/overview.py",
        title=_("Overview"),
        icon=":material/dashboard:",
        default=True,
        help=_("What is waiting, since when, and what it is worth."),
    ),
    st.Page(
        "app_pages/backlog.py",
        title=_("Backlog"),
        icon=":material/list_alt:",
        help=_("The backlog by any dimension, its age and trend, and its lines with their supply."),
    ),
    st.Page(
        "app_pages/actions.py",
        title=_("Actions"),
        icon=":material/checklist:",
        help=_("What to do about the backlog, what is worth most first."),
    ),
    st.Page(
        "app_pages/causes.py",
        title=_("Causes"),
        icon=":material/troubleshoot:",
        help=_("Why lines are short, or went short when they fell due, down to the records."),
    ),
    st.Page(
        "app_pages/risk.py",
        title=_("Risk"),
        icon=":material/warning:",
        help=_("What may be lost, by whom and when: orders, cash, customers, stock, capacity."),
    ),
    st.Page(
        "app_pages/cash_flow.py",
        title=_("Cash flow"),
        icon=":material/payments:",
        help=_("The balance to come, the money to be found, and who owes what to whom."),
    ),
    st.Page(
        "app_pages/allocation.py",
        title=_("Allocation"),
        icon=":material/swap_horiz:",
        help=_("Who gets the stock and the supply to come, when, and under which rule."),
    ),
    st.Page(
        "app_pages/materials.py",
        title=_("Materials"),
        icon=":material/category:",
        help=_("What can be made now, which components keep the rest, and what to order."),
    ),
    st.Page(
        "app_pages/suppliers.py",
        title=_("Suppliers"),
        icon=":material/local_shipping:",
        help=_("Who is late, by how much, and what waits for it; each supplier's record."),
    ),
    st.Page(
        "app_pages/planned.py",
        title=_("Planned backorders"),
        icon=":material/schedule:",
        help=_("Whether waiting on purpose pays, how much of it would, and what to stock."),
    ),
    st.Page(
        "app_pages/what_if.py",
        title=_("What if"),
        icon=":material/alt_route:",
        help=_("What a change of supply, demand or rule would do, beside what is."),
    ),
    st.Page(
        "app_pages/data.py",
        title=_("Data"),
        icon=":material/fact_check:",
        help=_("What is loaded, what was refused, what contradicts itself; and loading more."),
    ),
    st.Page(
        "app_pages/definitions.py",
        title=_("Definitions"),
        icon=":material/menu_book:",
        help=_("What each figure means: its formula, grain, SQL, source, assumptions and places."),
    ),
    st.Page(
        "app_pages/sql.py",
        title=_("SQL"),
        icon=":material/terminal:",
        help=_("Any question to the published figures, in SQL, read-only."),
    ),
    st.Page(
        "app_pages/settings.py",
        title=_("Settings"),
        icon=":material/settings:",
        help=_("Who may do what here, and who did what."),
    ),
]
# Pages that heed only some of the filters: the others speak of order lines.
HEEDED = {
    "data": frozenset[str](),
    "definitions": frozenset[str](),
    "sql": frozenset[str](),
    "settings": frozenset[str](),
    "what_if": frozenset[str](),
    "actions": frozenset({"item", "category", "customer", "supplier"}),
    "cash_flow": filters.ALL - {filters.UNIT},
    "planned": frozenset({"item", "category", "supplier"}),
    "risk": filters.ALL - {filters.UNIT},
    "materials": frozenset({"item", "category", "supplier", filters.UNIT}),
    "suppliers": frozenset({"supplier", filters.UNIT}),
}
# Pages that show what is published, whatever scenario is looked at.
PUBLISHED_ONLY = {"data", "settings", "what_if"}


def name_of(page: Page) -> str:
    """The name of a page's file; the first page has no path of its own."""
    return page.url_path or "overview"


def menu(reader: Reader | Outsider) -> list[Page]:
    """All pages; those that are not open to the reader can be asked for, and are not listed."""
    return [
        page
        if isinstance(reader, Reader) and reader.may_open(name_of(page))
        else door.hidden(page, name_of(page))
        for page in PAGES
    ]


def enter(page: Page) -> Reader:
    """The reader, who may open the page; any other sees why not, and this run ends."""
    reader = access.who()
    if isinstance(reader, Outsider):
        door.closed(reader, page.url_path)
        st.stop()
    door.welcome(reader)
    if (before := door.wanted()) and before[0] in {each.url_path for each in PAGES}:
        st.switch_page(f"app_pages/{before[0] or 'overview'}.py", query_params=before[1])
    if not reader.may_open(name_of(page)):
        door.badge(reader)
        door.refused(reader, name_of(page), page.title)
        st.stop()
    return reader


def leaf(page: Page, reader: Reader) -> None:
    """The page before and the one after; their buttons show the keys that press them."""
    opened = [each for each in PAGES if reader.may_open(name_of(each))]
    here = [each.url_path for each in opened].index(page.url_path)
    with st.sidebar:
        for title, icon, keys, step in (
            (_("Page before"), ":material/arrow_back:", "Alt+PageUp", -1),
            (_("Next page"), ":material/arrow_forward:", "Alt+PageDown", 1),
        ):
            if st.button(title, icon=icon, shortcut=keys, key=f"leaf_{step}", width="stretch"):
                # Without `query_params` Streamlit does not go while a filter stands in the address.
                st.switch_page(opened[(here + step) % len(opened)], query_params={})


@st.fragment(run_every=WATCH_SECONDS)
def watch(shown: Snapshot | None, reader: Reader) -> None:
    """Starts the page again when another snapshot is published, or access has changed."""
    if queries.snapshot() != shown or access.who() != reader:
        st.rerun()


started = perf_counter()
st.set_page_config(
    page_title=_("Backorders"),
    page_icon=str(Path(__file__).with_name("favicon.svg")),
    layout="wide",
)
st.html(Path(__file__).with_name("look.css"))
page = st.navigation(menu(access.who()), position="top")
language.keep()
reader = enter(page)
snapshot = queries.snapshot()
watch(snapshot, reader)
if snapshot is None:
    language.menu()
    door.badge(reader)
    states.no_data()
    with st.container(border=True):
        dropzone.panel(is_sample=False)
    st.stop()
snapshot = replace(snapshot, scope=reader.scope)
try:
    about = queries.about(snapshot)
    filters.arrive(page.url_path)
    chosen, unit = filters.bar(snapshot, HEEDED.get(page.url_path))
    elements.for_paper()
    language.menu()
    leaf(page, reader)
    states.banner(about, datetime.now(UTC).date())
    door.badge(reader)
    door.limits(reader)
    settings = what_if.current(snapshot) if reader.scope is None else ()
    if settings and what_if.everywhere() and page.url_path not in PUBLISHED_ONLY:
        snapshot = replace(snapshot, scenario=settings)
        what_if.banner(settings)
    elif settings and what_if.everywhere() and page.url_path != "what_if":
        st.caption(_("This page shows what is published, whatever scenario is looked at."))
    st.session_state[elements.SCREEN] = elements.Screen(View(snapshot, chosen), about, unit)
    if about.is_sample and reader.scope is None:
        tour.guide(page.url_path or "overview")
        tour.again()
    pictures.begin()
    with logs.page_run(name_of(page), reader.name, snapshot, started):
        page.run()
        pictures.to_take_away(elements.screen())
except DataError as error:
    states.broken(error, snapshot)
