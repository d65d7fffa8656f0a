"""The page *SQL*: a question is answered, refused or cancelled, and its link asks it again."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import ask, queries
from sql import sandbox
from tests.dashboard.conftest import APP


@pytest.fixture
def page(store: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("BACKORDERS_DB", str(store))
    app = AppTest.from_file(str(APP), default_timeout=60)
    return app.switch_page("app_pages/sql.py").run()


def asked(page: AppTest, sql: str) -> AppTest:
    """The page after the question was asked and its worker ended."""
    page.text_area(key=ask.EDITOR).set_value(sql).run()
    page.button(key="sql_run").click().run()
    running: ask.Asked = page.session_state["sql_running"]
    assert running.ended.wait(30)
    return page.run()


def test_a_question_is_answered_and_remembered(page: AppTest) -> None:
    sql = "select item_id, sum(open_qty) as waiting from backlog.lines group by all order by all"
    asked(page, sql)
    assert not page.exception
    rows = page.dataframe[0].value
    assert list(rows.columns) == ["item_id", "waiting"]
    assert dict(zip(rows["item_id"], rows["waiting"], strict=True))["CANDLE"] == 20
    assert page.selectbox(key="sql_before").options == [sql]
    page.segmented_control(key="sql_as").set_value("Chart").run()
    assert not page.exception
    assert page.selectbox(key="sql_up").options == ["waiting"]


def test_what_is_no_select_is_refused_in_words(page: AppTest) -> None:
    asked(page, "delete from backlog.lines")
    assert page.error[0].value == "Only one SELECT can be run; this is DELETE."
    asked(page, "from backlog.line")
    assert "Table with name line does not exist" in page.error[0].value


def test_a_long_question_is_cancelled(page: AppTest) -> None:
    page.text_area(key=ask.EDITOR).set_value(
        "select count(*) from range(10000000) as a, range(10000000) as b"
    ).run()
    page.button(key="sql_run").click().run()
    assert page.button(key="sql_run").disabled
    page.button(key="sql_cancel").click().run()
    time.sleep(0.2)
    assert page.run().error[0].value == "Cancelled."
    assert not page.button(key="sql_run").disabled


def test_no_more_questions_run_at_once_than_memory_allows(page: AppTest) -> None:
    for _ in range(ask.AT_ONCE):
        assert ask._SEATS.acquire(blocking=False)
    try:
        page.text_area(key=ask.EDITOR).set_value("from backlog.totals").run()
        page.button(key="sql_run").click().run()
        assert "running already" in page.toast[0].value
        assert "sql_running" not in page.session_state
    finally:
        for _ in range(ask.AT_ONCE):
            ask._SEATS.release()
    # Each answer gives its seat back, whatever became of the question.
    for sql in ["from backlog.totals", "delete from backlog.lines", "from nowhere"] * 2:
        asked(page, sql)
        assert not page.toast


def test_a_table_and_an_example_go_into_the_editor(page: AppTest) -> None:
    page.selectbox(key="sql_table").select("backlog.totals").run()
    page.button(key="sql_ask").click().run()
    assert page.text_area(key=ask.EDITOR).value == "select *\nfrom backlog.totals\nlimit 100"
    question = next(iter(queries.examples()))
    page.selectbox(key="sql_example").select(question).run()
    assert page.text_area(key=ask.EDITOR).value == queries.examples()[question]


def test_every_example_is_answered(store: Path, use: Callable[[Path], None]) -> None:
    use(store)
    found = queries.snapshot()
    assert found
    for question, sql in queries.examples().items():
        assert sandbox.run(found.path, sql).frame.width, question
