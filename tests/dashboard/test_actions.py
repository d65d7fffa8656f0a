"""The page *Actions*: what can be done, ranked, and where its evidence is."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import queries
from tests.dashboard.conftest import APP
from tests.dashboard.store import publish_changed


def opened() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    return app.switch_page("app_pages/actions.py").run()


@pytest.fixture
def page(store: Path, use: Callable[[Path], None]) -> AppTest:
    use(store)
    return opened()


def test_the_page_opens_with_what_is_backordered_and_how_much_there_is_to_do(
    page: AppTest,
) -> None:
    assert not page.exception
    snap = queries.snapshot()
    assert snap
    kinds = queries.action_kinds(snap)
    total = int(kinds["actions"].sum())
    assert f"**{total} actions** can be taken now" in " ".join(each.value for each in page.markdown)
    shown = {metric.label: metric.value for metric in page.metric}
    for row in kinds.filter(pl.col("actions") > 0).iter_rows(named=True):
        assert shown[row["action_name"]] == str(row["actions"])


def test_the_list_is_ranked_and_narrowed_by_kind(page: AppTest) -> None:
    rows = page.dataframe[0].value
    assert list(rows["action_rank"]) == list(range(1, len(rows) + 1))
    worth = [value for value in rows["worth_value"] if value == value]
    assert worth == sorted(worth, reverse=True)
    page.pills(key="action_kinds").set_value(["order_now"]).run()
    assert not page.exception
    assert set(page.dataframe[0].value["action_name"]) == {"Place an order"}


def test_downloads_have_every_action(page: AppTest) -> None:
    snap = queries.snapshot()
    assert snap
    file = queries.file_of_actions(snap, (), queries.EVERYTHING, "csv").decode("utf-8-sig")
    with duckdb.connect(str(snap.path), read_only=True) as con:
        row = con.execute("select count(*) from actions.ranked").fetchone()
    assert row
    assert len(file.splitlines()) == row[0] + 1


def test_with_nothing_to_do_it_says_so(
    store: Path, tmp_path: Path, use: Callable[[Path], None]
) -> None:
    snap = sorted(store.glob("backorders-*.duckdb"))[-1]
    publish_changed(snap, tmp_path / "store", "20260401T070000", "delete from actions.ranked")
    use(tmp_path / "store")
    app = opened()
    assert not app.exception
    assert "For open orders nothing has to be ordered" in app.success[0].value
