"""The page *Definitions*: any figure is found, explained, and said truly where it is shown."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from babel import Locale
from streamlit.testing.v1 import AppTest

from dashboard import definitions, formats, places, queries
from dashboard.texts import speaking
from sql import models
from tests.dashboard.conftest import Run


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "header", "subheader")
    return " ".join(each.value for kind in kinds for each in app.get(kind)).replace("\\", "")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("fill rate", "backlog.fill_rates"),
        ("backlog.fill_rates.rate", "backlog.fill_rates.rate"),
        ("funding gap", "cash_flow.totals.funding_gap_value"),
        ("Mean wait", "backlog.totals.mean_wait_days"),
        ("capital_cost_rate", "core.assumptions.capital_cost_rate"),
    ],
)
def test_a_figure_is_found_by_its_name_or_label(text: str, first: str) -> None:
    assert first in [one.name for one in definitions.search(text)[: definitions.RESULTS]]


def test_a_figure_is_found_by_what_it_means() -> None:
    found = definitions.search("chance cancelled before filled")
    assert "risk.lines.cancel_rate" in [one.name for one in found]
    assert not definitions.search("no such words at all")


def test_every_label_of_a_figure_leads_to_it() -> None:
    for model in ("backlog.totals", "cash_flow.totals", "materials.totals", "risk.lines"):
        for column in models.load_models()[model].columns:
            found = definitions.search(formats.label(column))
            assert column in [one.column for one in found[:40]], column


def test_whoever_asks_first_sets_no_language() -> None:
    definitions.all_of_them.cache_clear()
    with speaking(Locale("de")):
        assert definitions.search("Rückstand")
    assert "lines" in [one.column for one in definitions.search("Lines")[:40]]


def test_a_figure_of_several_models_is_listed_once_by_the_total() -> None:
    found = [one.name for one in definitions.search("mean wait days")]
    assert found[0] == "backlog.totals.mean_wait_days"
    assert "backlog.by_item.mean_wait_days" not in found
    assert definitions.search("backlog.by_item.mean_wait_days")[0].model == "backlog.by_item"


def test_a_link_opens_one_definition_with_all_that_is_to_say(store: Path, run: Run) -> None:
    app = run(store, "definitions", model="backlog.fill_rates", column="rate")
    said = texts(app)
    assert [header.value for header in app.header] == ["Rate"]
    assert "backlog.fill_rates.rate" in said
    assert "one row per month_start, basis, pass" in said
    assert "sql/backlog/fill_rates.sql" in said
    code = [block.value for block in app.code]
    assert code[0] == "cast(filled as double) / nullif(cast(total as double), 0) as rate"
    assert code[-1] == models.load_models()["backlog.fill_rates"].sql
    [assumed] = [each.value for each in app.dataframe if "source" in each.value.columns]
    assert assumed["assumption"].iloc[0] == "fill_tolerance_days"
    assert {"Minimum", "value", "source"} & set(assumed.columns)
    buttons = {str(button.key) for button in app.button}
    assert {"to_core.order_lines", "to_contract.sales_order_lines"} <= buttons


def test_typing_finds_and_a_click_looks_at_another(store: Path, run: Run) -> None:
    app = run(store, "definitions")
    app.text_input(key=definitions.TEXT).set_value("fill rate").run()
    assert app.header[0].value == "Fill rates"
    app.button(key="found_backlog.fill_rates.filled").click().run()
    assert app.header[0].value == "Filled"
    assert app.query_params["model"] == "backlog.fill_rates"
    assert app.query_params["column"] == "filled"
    app.button(key="to_core.order_lines").click().run()
    assert app.header[0].value == "Order lines"
    assert "column" not in app.query_params
    app.text_input(key=definitions.TEXT).set_value("zzz").run()
    assert not app.header
    assert app.info


def test_an_assumption_says_its_value_range_source_and_users(store: Path, run: Run) -> None:
    app = run(store, "definitions", q="fill_tolerance_days")
    [shown] = [each.value for each in app.dataframe]
    assert shown["value"].iloc[0] == "0"
    assert shown["maximum"].iloc[0] == 30
    assert shown["source"].iloc[0]
    assert app.button(key="to_backlog.fill_rates")


def test_an_old_link_to_a_name_that_is_gone_is_explained(store: Path, run: Run) -> None:
    app = run(store, "definitions", model="backlog.gone")
    said = [each.value.replace("\\", "") for each in app.warning]
    assert any("no definition of backlog.gone" in text for text in said)


def test_help_leads_to_the_definition(store: Path, run: Run) -> None:
    for metric in run(store, "backlog").metric:
        found = re.search(r"\(definitions\?model=([a-z_.]+)&column=(\w+)\)", metric.help)
        assert found, metric.label
        assert found[2] in models.load_models()[found[1]].columns


PAGES = [page.name for page in places.pages()]


@pytest.mark.parametrize("page", [name for name in PAGES if name not in places.ANY])
def test_where_a_model_is_shown_is_where_it_is_asked_for(
    store: Path, run: Run, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """What the page really reads is what the code of the page was said to reach."""
    asked: set[str] = set()
    fetch: Callable[..., object] = queries._fetch
    names = re.compile(r"\b[a-z_]+\.[a-z_]+\b")

    def heard(snap: queries.Snapshot, statement: queries.Statement) -> object:
        asked.update(set(names.findall(statement.sql)) & models.load_models().keys())
        return fetch(snap, statement)

    monkeypatch.setattr(queries, "_fetch", heard)
    app = run(store)
    if page != "overview":
        st.cache_data.clear()
        asked.clear()
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
    # What stands around every page: filters, banners, the day.
    frame = places._named(places._reached("dashboard.app")) | {
        "core.as_of",
        "core.run",
        "quality.loads",
        "core.order_lines",
    }
    extra = asked - places.shown_on(page) - frame
    if page == "causes":
        # It is always of one basis, so that models are rewritten into what they read.
        extra -= models.upstream(sorted(places.shown_on(page)))
    assert not extra
    assert asked & places.shown_on(page) or not places.shown_on(page)


def test_pages_are_told_apart() -> None:
    assert [page.name for page in places.pages_of("cash_flow.daily")] == ["cash_flow"]
    assert "cash_flow.totals" not in places.shown_on("risk")
    assert "risk.totals" not in places.shown_on("cash_flow")
    assert {"overview", "backlog"} <= {page.name for page in places.pages_of("backlog.daily")}
    assert "backlog.fill_rates" not in places.shown_on("overview")
