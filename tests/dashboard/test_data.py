"""The page *Data*: the books as they are, and the rows behind every complaint."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import queries
from dashboard.queries import Snapshot
from tests.dashboard.conftest import APP, Run
from tests.dashboard.store import BAD_ROW, LINES, STOCK

ROWS = len(LINES) + len(STOCK)
ORDERS = (
    b"order_id,line_id,order_date,item_id,ordered_qty\nO1,1,2026-03-01,LAMP,10\nO2,1,soon,X,1\n"
)


@pytest.fixture(scope="module")
def page(store: Path) -> Iterator[AppTest]:
    """The page as it is opened, for the tests that only look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKORDERS_DB", str(store))
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.switch_page("app_pages/data.py").run()
        assert not app.exception
        yield app


@pytest.fixture
def snap(store: Path, use: Callable[[Path], None]) -> Snapshot:
    use(store)
    found = queries.snapshot()
    assert found
    return found


def table(app: AppTest, column: str) -> pl.DataFrame:
    """The table on the page that has a column of that name."""
    found = [each.value for each in app.dataframe if column in each.value.columns]
    assert found, f"no table has {column}"
    return pl.DataFrame({name: list(found[0][name]) for name in found[0].columns})


def texts(app: AppTest) -> str:
    return " ".join(each.value for kind in ("markdown", "caption") for each in app.get(kind))


def test_the_state_of_the_data_is_said_at_the_top(page: AppTest) -> None:
    assert page.title[0].value == "What is loaded, and can it be trusted?"
    assert f"**{ROWS} of {ROWS + 1} rows** read from 2 files are in force" in texts(page)
    assert "**1 row and 1 cell refused**" in texts(page)
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Rows in force"] == str(ROWS)
    assert shown["Rows refused"] == "1"
    assert int(shown["Contradictions"]) >= 1
    assert all(metric.help for metric in page.metric)


def test_the_books_of_every_file_are_shown(page: AppTest) -> None:
    books = table(page, "rows_superseded")
    assert books["source_file"].to_list() == ["stock.csv", "orders.csv"]
    assert books["rows_refused"].to_list() == [0, 1]


def test_filters_do_not_touch_the_page_and_are_kept_for_the_others(
    store: Path, run: Run, page: AppTest
) -> None:
    filtered = run(store, "data", item="HEATER")
    assert [m.value for m in page.metric] == [m.value for m in filtered.metric]
    assert filtered.multiselect(key="item").disabled
    filtered.switch_page("app_pages/backlog.py").run()
    assert filtered.button(key="chip_item")


def test_refused_rows_and_cells_are_found_by_what_they_contain(store: Path, run: Run) -> None:
    app = run(store, "data")
    assert table(app, "row_text")["row_text"].to_list() == [BAD_ROW]
    app.text_input(key="refused_text").set_value("HEATER").run()
    assert table(app, "row_text").height == 1
    app.text_input(key="refused_text").set_value("no such text").run()
    assert "No refused row matches" in texts(app)
    app.text_input(key="refused_text").set_value("").run()
    app.button_group(key="refused_kind").set_value("cells").run()
    assert table(app, "reason")["value"].to_list() == ["soon"]
    assert not app.exception


def test_refused_rows_download_without_a_formula(snap: Snapshot) -> None:
    text = queries.file_of(queries.refused(snap, "rows", limit=None), "csv").decode("utf-8-sig")
    assert f"'{BAD_ROW}" in text
    assert queries.refused(snap, "rows", ("stock.csv",)).is_empty()


def test_every_check_that_found_rows_shows_them(snap: Snapshot) -> None:
    found = queries.findings(snap)
    assert "warn_shipped_over_ordered" in found["check_name"].to_list()
    for check, rows in found.select("check_name", "rows").iter_rows():
        assert queries.found_by(snap, check, limit=None).height == rows
    with pytest.raises(queries.DataError, match="no check"):
        queries.found_by(snap, "loads; drop table quality.loads")


def test_a_selected_check_shows_its_rows(store: Path, run: Run, snap: Snapshot) -> None:
    app = run(store, "data")
    checks = queries.findings(snap)["check_name"].to_list()
    row = checks.index("warn_shipped_over_ordered")
    key = f"findings_{snap.version}"
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    assert not app.exception
    assert table(app, "cancelled_qty")["order_id"].to_list() == ["SO10"]


def test_what_a_missing_table_costs_is_said(page: AppTest, snap: Snapshot) -> None:
    missing = queries.table(snap, "quality.answers", "where not is_loaded")
    assert "demand_forecasts" in missing["table_name"].to_list()
    shown = texts(page)
    assert "**Demand forecasts**" in shown
    assert "**Sales order lines**" not in shown


def test_who_moved_promises_is_shown_with_each_move(page: AppTest, snap: Snapshot) -> None:
    drift = table(page, "mean_moved_days")
    assert drift.select("party_name", "lines_moved", "mean_moved_days").rows() == [
        ("COIL Ltd", 1, 10.0)
    ]
    assert queries.promise_changes(snap, "purchase", "COIL")["document_id"].to_list() == ["PO2"]
    assert queries.promise_changes(snap, "sales", "COIL").is_empty()


def test_files_are_taken_on_this_machine(page: AppTest) -> None:
    assert page.get("file_uploader")


def test_an_unusable_file_says_what_where_and_how_to_mend_it(store: Path, run: Run) -> None:
    app = run(store, "data")
    dropped = [
        ("orders.csv", ORDERS, "text/csv"),
        ("../odd.csv", b"a,b\n1,2\n", "text/csv"),
    ]
    app.file_uploader[0].set_value(dropped).run()
    deadline = time.monotonic() + 60
    while "As they would be loaded" not in texts(app) and time.monotonic() < deadline:
        app.run()
    assert not app.exception
    (error,) = [each.value for each in app.error]
    assert "No header of a known layout was found" in error
    assert "Where: odd.csv" in error
    assert "Remedy: " in error
    assert "**orders.csv** is *Sales order lines*; 1 of 2 rows would be loaded, 1 refused" in texts(
        app
    )
    assert app.button(key="publish").label == "Publish 1 of 2 files"
    app.button(key="discard").click().run()
    assert not app.error
    assert "orders.csv** is" not in texts(app)


def test_the_first_files_may_be_dropped_before_anything_is_loaded(tmp_path: Path, run: Run) -> None:
    assert run(tmp_path).file_uploader[0].proto.multiple_files
