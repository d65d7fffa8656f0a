"""The blocks of the page *Definitions*: find a figure, read how it is made and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl
import streamlit as st

from dashboard import access, elements, formats, places, queries, states, tables, texts
from dashboard.elements import Screen
from dashboard.texts import _
from sql import lineage, models

# Widget keys are the names in the URL: `?q=` searches, `?model=&column=` is one definition.
TEXT, PAGE, MODEL, COLUMN = "q", "on", "model", "column"
RESULTS = 8

ASSUMPTION_COLUMNS = (
    "label",
    "value",
    "default_value",
    "minimum",
    "maximum",
    "choices",
    "unit",
    "source",
    "used_by",
    "assumption",
)


@dataclass(frozen=True)
class Definition:
    """A model, a column of one, or (in model core.assumptions, by its name) an assumption."""

    model: str
    column: str | None
    title: str
    meaning: str

    @property
    def name(self) -> str:
        """What it is called in SQL."""
        return f"{self.model}.{self.column}" if self.column else self.model


@cache
def all_of_them() -> tuple[Definition, ...]:
    """Every model, every column, every assumption, with their titles in English."""
    found: list[Definition] = []
    for name, model in models.load_models().items():
        if model.schema == models.HISTORY:
            continue
        found.append(Definition(name, None, formats.english_label(model.name), model.description))
        if name == lineage.LEVERS:
            continue  # its columns are the assumptions, which say more
        found += [
            Definition(name, column, formats.english_label(column), comment)
            for column, comment in model.columns.items()
        ]
    found += [
        Definition("core.assumptions", name, lever["label"], lever["source"])
        for name, lever in models.assumptions().items()
    ]
    return tuple(found)


def search(text: str, page: str | None = None) -> list[Definition]:
    """The definitions in which every word of the text is found, the nearest first.

    Names and labels come before meanings, what pages show before what only other models read.
    With a page: only what that page shows.
    """
    words = text.lower().replace("_", " ").split()
    whole = " ".join(words)
    shown = _shown()
    is_foreign = texts.language() != texts.SOURCE.language
    ranked: list[tuple[tuple[int, bool, bool, bool, int], Definition]] = []
    for one in all_of_them():
        if page is not None and page not in shown.get(one.model, ()):
            continue
        if not words and one.column:
            continue
        label = f"{one.title} {_title(one)}".lower() if is_foreign else one.title.lower()
        name = one.name.lower().replace("_", " ")
        last = (one.column or one.model.partition(".")[2]).lower().replace("_", " ")
        labels = (one.title.lower(), _title(one).lower()) if is_foreign else (label,)
        if whole in (*labels, last, name, last.removesuffix("s")):
            rank = 0
        elif last.startswith(whole) or any(each.startswith(whole) for each in labels):
            rank = 1
        elif all(word in f"{label} {name}" for word in words):
            rank = 2
        elif all(word in f"{label} {name} {one.meaning.lower()}" for word in words):
            rank = 3
        else:
            continue
        is_total = models.load_models()[one.model].grain == (models.ONE_ROW,)
        order = (rank, one.model not in shown, bool(one.column), not is_total, len(ranked))
        ranked.append((order, one))
    # The same figure of several models is listed once: by the total, where there is one.
    once: dict[tuple[str | None, str], Definition] = {}
    for _order, one in sorted(ranked, key=lambda each: each[0]):
        once.setdefault((one.column, one.meaning), one)
    return list(once.values())


@cache
def _shown() -> Mapping[str, tuple[str, ...]]:
    """Model → the pages that show it."""
    found: dict[str, list[str]] = {}
    for page in places.pages():
        if page.name not in places.ANY:
            for name in places.shown_on(page.name):
                found.setdefault(name, []).append(page.name)
    return {name: tuple(pages) for name, pages in found.items()}


def heading(here: Screen) -> None:
    """The title and the day."""
    st.title(_("What does a figure mean, and how is it made?"), anchor=False)
    states.freshness(here.about, here.view.snapshot)


def finder() -> Definition | None:
    """The search, and what it found; returns what is looked at."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            _("Search by name, label or meaning"),
            key=TEXT,
            bind="query-params",
            placeholder=_("backordered, fill rate, capital cost …"),
            icon=":material/search:",
            on_change=look_at,
            width=420,
        )
        titles = {
            page.name: _(page.title) for page in places.pages() if page.name not in places.ANY
        }
        page = st.selectbox(
            _("Shown on"),
            list(titles),
            format_func=lambda name: titles[name],
            index=None,
            placeholder=_("Any page"),
            key=PAGE,
            bind="query-params",
            on_change=look_at,
            width=220,
        )
    with elements.loading():
        found = search(text or "", page)
    chosen = _chosen()
    if chosen and not (text or page):
        return chosen
    if not found:
        st.info(
            _(
                "Nothing has all of these words in its name or meaning. Try one word of them, or"
                " the name of a column in a download."
            ),
            title=_("Nothing found"),
            icon=":material/search_off:",
        )
        return chosen
    if not (text or page):
        st.caption(_("The figures of the first page; type to find any other."))
        found = search("", "overview")
    results(found, chosen or found[0])
    return chosen or found[0]


def results(found: Sequence[Definition], chosen: Definition) -> None:
    """The nearest definitions, each a click away."""
    with st.container(key="results", gap=None):
        for one in found[:RESULTS]:
            st.button(
                f"{'**' if one == chosen else ''}{formats.plain(_title(one))}"
                f"{'**' if one == chosen else ''} :small[:gray[{formats.plain(one.name)}]]",
                key=f"found_{one.name}",
                type="tertiary",
                on_click=look_at,
                args=(one.model, one.column),
                help=_meaning(one.meaning),
                icon=":material/arrow_right:" if one == chosen else ":material/functions:",
            )
    if len(found) > RESULTS:
        st.caption(
            _("{n} more: another word, or a page, leaves fewer.").format(
                n=formats.number(len(found) - RESULTS)
            )
        )


def look_at(model: str | None = None, column: str | None = None) -> None:
    """Chooses a definition, or none; a widget callback."""
    st.session_state[MODEL], st.session_state[COLUMN] = model, column


def _chosen() -> Definition | None:
    """What the address or a click chose, where there is such a thing."""
    for key in (MODEL, COLUMN):
        # Held like a widget's value: a click sets it, and the address carries it.
        if key not in st.session_state:
            st.session_state[key] = st.query_params.get(key)
        if st.session_state[key]:
            st.query_params[key] = st.session_state[key]
        else:
            st.query_params.pop(key, None)
    model, column = st.session_state[MODEL], st.session_state[COLUMN]
    if model is None:
        return None
    for one in all_of_them():
        if (one.model, one.column) == (model, column or None):
            return one
    st.warning(
        _(
            "There is no definition of {name}: it may have been called otherwise before. Search for"
            " it above."
        ).format(name=formats.plain(".".join(filter(None, (model, column))))),
        icon=":material/search_off:",
    )
    return None


def one_of_them(here: Screen, one: Definition) -> None:
    """All there is to say about a definition."""
    if one.model == "core.assumptions" and one.column in models.assumptions():
        _assumption(here, one)
        return
    model = models.load_models()[one.model]
    st.header(formats.plain(_title(one)), anchor=False)
    st.caption(formats.plain(one.name))
    st.markdown(_meaning(one.meaning))
    if one.column:
        _formula(one)
        st.markdown(
            _("**In {model}**: {description}").format(
                model=formats.plain(one.model), description=_meaning(model.description)
            )
        )
    grain = formats.plain(", ".join(model.grain))
    is_one = model.grain == (models.ONE_ROW,)
    st.markdown(
        _("**Grain**: one row in all")
        if is_one
        else _("**Grain**: one row per {columns}").format(columns=grain)
    )
    _places(one.model)
    _source(one.model)
    _assumptions(here, one.model)
    _columns(here, one.model)
    _sql(one.model)


def _title(one: Definition) -> str:
    """The label in the reader's language."""
    if one.model == "core.assumptions" and one.column in models.assumptions():
        return _(one.title)
    return formats.label(one.column or one.model.partition(".")[2])


def _meaning(text: str) -> str:
    """A comment of the dictionary as a sentence, in the reader's language where that has it."""
    return formats.sentence(texts.meaning(text))


def _formula(one: Definition) -> None:
    found = lineage.formula(one.model, one.column or "")
    if found is None:
        return
    st.subheader(_("Formula"), anchor=False)
    if not found.sql:
        name = formats.plain(f"{found.model}.{found.column}")
        st.markdown(_("Recorded as it is, in {name}.").format(name=name))
    else:
        st.code(f"{found.sql} as {found.column}", language="sql", wrap_lines=True)
        if found.model != one.model or found.step:
            place = formats.plain(found.model)
            st.caption(
                _("Computed in {place}, step {step}, and handed on as it is.").format(
                    place=place, step=formats.plain(found.step)
                )
                if found.step
                else _("Computed in {place}, and handed on as it is.").format(place=place)
            )
    if found.is_one_of_several:
        st.caption(_("The first of several ways it is got: the whole SQL below has the others."))
    if found.model != one.model:
        _to(found.model, found.column)


def _to(model: str, column: str | None = None) -> None:
    name = f"{model}.{column}" if column else model
    st.button(
        formats.plain(name),
        key=f"to_{name}",
        type="tertiary",
        on_click=look_at,
        args=(model, column),
    )


def _places(model: str) -> None:
    st.subheader(_("Where it is shown"), anchor=False)
    pages = [one for one in places.pages_of(model) if access.reader().may_open(one.name)]
    readers = lineage.readers(model)
    if pages:
        with st.container(horizontal=True, gap="small"):
            for page in pages:
                st.page_link(f"app_pages/{page.name}.py")
    else:
        st.caption(
            _("On no page itself: it is a part of what is. The page *SQL* shows it.")
            if readers
            else _("On no page itself. The page *SQL* shows it.")
        )
    if readers:
        st.caption(_("Goes into"))
        _links(readers)


def _links(names: Iterable[str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for name in names:
            _to(name)


def _source(model: str) -> None:
    known = models.load_models()[model]
    st.subheader(_("What it is made from"), anchor=False)
    st.markdown(_("File `{path}`").format(path=known.path))
    if known.recorded:
        st.caption(_("Filled by loading exports, or by the build; no formula."))
        return
    st.caption(_("Reads"))
    _links(known.depends)
    loaded = [name for name in lineage.recorded(model) if name.startswith("contract.")]
    if loaded:
        st.caption(_("In the end, from what exports hold"))
        _links(loaded)


def _assumptions(here: Screen, model: str) -> None:
    used = lineage.assumptions(model)
    if not used:
        return
    st.subheader(_("What it assumes"), anchor=False)
    own = [name for name, users in used.items() if model in users]
    st.caption(
        _("{own} of its own, {others} of what it is made from.").format(
            own=formats.number(len(own)), others=formats.number(len(used) - len(own))
        )
    )
    frame = queries.assumptions(here.view.snapshot, tuple(used)).with_columns(
        used_by=pl.col("assumption").replace_strict(
            {name: ", ".join(users) for name, users in used.items()}, return_dtype=pl.String
        )
    )
    tables.table(frame, here, "core.assumptions", _("Assumptions"), ASSUMPTION_COLUMNS)
    elements.link("what_if", _("Try other values"), ":material/tune:")


def _assumption(here: Screen, one: Definition) -> None:
    name = one.column or ""
    st.header(formats.plain(_(one.title)), anchor=False)
    st.caption(_("Assumption {name}").format(name=formats.plain(name)))
    frame = queries.assumptions(here.view.snapshot, (name,))
    tables.table(frame, here, "core.assumptions", _("Assumption"), ASSUMPTION_COLUMNS)
    st.subheader(_("What uses it"), anchor=False)
    _links(lineage.users(name))
    elements.link("what_if", _("Try other values"), ":material/tune:")


def _columns(here: Screen, model: str) -> None:
    st.subheader(_("Its columns"), anchor=False)
    tables.dictionary(here, model)


def _sql(model: str) -> None:
    known = models.load_models()[model]
    box = st.expander(_("The whole SQL"), key="definition_sql", icon=":material/code:")
    with box:
        st.code(known.sql, language="sql", wrap_lines=True)
