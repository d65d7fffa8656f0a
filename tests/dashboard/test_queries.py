"""The door to the data: filtered figures are the models' own, and what is shown can be rerun."""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dashboard import queries, warm
from dashboard.queries import Filters, Statement, View
from tests.dashboard.store import publish_changed

MODELS = [
    "backlog.totals",
    "backlog.by_item",
    "backlog.by_customer",
    "backlog.by_supplier",
    "backlog.by_location",
    "backlog.by_category",
    "backlog.by_type",
    "backlog.by_order_month",
    "backlog.ageing",
    "backlog.lines",
    "backlog.pegs",
    "backlog.daily",
    "backlog.projected",
    "backlog.fill_rates",
    "backlog.otif",
    "backlog.allocation_rules",
    "backlog.rule_lines",
    "backlog.rule_winners",
    "backlog.supply_pegs",
    "causes.totals",
    "causes.by_cause",
    "causes.by_dimension",
    "causes.months",
    "causes.month_totals",
    "causes.lines",
    "causes.line_details",
    "causes.if_mended",
    "causes.mended_by_cause",
    "causes.unknowns",
    "causes.typed_reasons",
]
ADDITIVE = ["lines", "backordered_lines", "open_qty", "backordered_qty", "backordered_value"]


@pytest.fixture
def view(store: Path, use: Callable[[Path], None]) -> View:
    use(store)
    found = queries.snapshot()
    assert found
    return View(found)


def keep_all(view: View) -> View:
    """A filter that is set and leaves every row, so that the filtered path is taken."""
    return View(view.snapshot, Filters(ordered_from=date(1900, 1, 1)))


@pytest.mark.parametrize("name", MODELS)
def test_a_filter_that_keeps_all_rows_changes_nothing(view: View, name: str) -> None:
    assert queries.statement(name, keep_all(view).filters).params
    built, filtered = queries.model(view, name), queries.model(keep_all(view), name)
    assert built.height > 0
    assert_frame_equal(built, filtered, check_row_order=False)


@pytest.mark.parametrize("name", list(queries.DIMENSIONS))
def test_the_parts_a_filter_offers_sum_to_the_whole(view: View, name: str) -> None:
    whole = queries.totals(view)
    sums = dict.fromkeys(ADDITIVE, 0)
    for key, _ in queries.options(view.snapshot, name):
        part = queries.totals(View(view.snapshot, Filters(**{name: (key,)})))
        assert part["lines"] > 0
        for measure in ADDITIVE:
            sums[measure] += part[measure] or 0
    assert sums == {measure: whole[measure] for measure in ADDITIVE}


def test_a_filter_does_not_change_who_gets_the_stock(view: View) -> None:
    alone = View(view.snapshot, Filters(customer=("BERT",)))
    shown = queries.lines(alone).select("order_id", "allocated_qty", "backordered_qty")
    all_of_them = queries.lines(view).select(shown.columns)
    assert shown.height > 1
    assert_frame_equal(shown, all_of_them.join(shown.select("order_id"), on="order_id", how="semi"))


@pytest.mark.parametrize("name", MODELS)
def test_the_sql_shown_gives_the_rows_shown(view: View, name: str) -> None:
    filters = Filters(
        item=("HEATER", "it's $item"), planned=False, ordered_to=date(2026, 3, 30), age=("46+",)
    )
    rows = queries.model(View(view.snapshot, filters), name)
    with duckdb.connect(str(view.snapshot.path), read_only=True) as con:
        rerun = con.sql(queries.formula(name, filters)).pl()
        as_built = con.sql(queries.formula(name, Filters())).pl()
    assert_frame_equal(rows, rerun, check_row_order=False, check_dtypes=False)
    assert_frame_equal(queries.model(view, name), as_built, check_row_order=False)


def test_history_ignores_the_age_of_open_lines(view: View) -> None:
    aged = View(view.snapshot, Filters(age=("46+",)))
    assert_frame_equal(
        queries.model(view, "backlog.daily"),
        queries.model(aged, "backlog.daily"),
        check_row_order=False,
    )


def test_pegs_are_those_of_the_lines_asked_for(view: View) -> None:
    pegs = queries.pegs(view, [("SO1", "1"), ("SO4", "1")])
    assert set(pegs["order_id"]) == {"SO1", "SO4"}
    assert "PO2" in set(pegs["document_id"])
    assert queries.pegs(view, [("SO8", "1")]).is_empty()


def test_files_hold_every_line_of_the_view(view: View) -> None:
    some = View(view.snapshot, Filters(item=("HEATER",)))
    texts = pl.read_csv(queries.file_of_lines(some, "csv"))
    book = pl.read_excel(io.BytesIO(queries.file_of_lines(some, "xlsx")))
    exact = pl.read_parquet(queries.file_of_lines(some, "parquet"))
    for frame in (texts, book, exact):
        assert sorted(frame["order_id"]) == ["SO3", "SO4", "SO5"]
    assert exact["open_value"].sum() == queries.totals(some)["open_value"]


def test_the_table_is_bounded_and_the_file_is_not(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries.lines(view, limit=3).height == 3
    assert queries.lines(view, limit=None).height == 8
    assert queries.lines(view)["order_id"][0] == "SO8"


def test_the_dictionary_explains_every_measure(view: View) -> None:
    known = queries.comments(view.snapshot, "backlog.totals")
    assert set(queries.model(view, "backlog.totals").columns) <= set(known)


def test_moves_compare_days_apart(view: View) -> None:
    found = {gap: (then, now) for gap, then, now in queries.moves(view, "qty")}
    daily = queries.model(view, "backlog.daily", "order by day")["closing_qty"]
    assert found == {7: (daily[-8], daily[-1]), 30: (daily[-31], daily[-1])}


def test_a_missing_store_is_no_snapshot(tmp_path: Path, use: Callable[[Path], None]) -> None:
    use(tmp_path / "none")
    assert queries.snapshot() is None


def test_a_new_snapshot_is_asked_what_was_asked_before(
    store: Path,
    tmp_path: Path,
    use: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = store / (store / "CURRENT").read_text().strip()
    publish_changed(first, tmp_path, "20260401T060000")
    use(tmp_path)
    before = queries.snapshot()
    assert before
    queries.totals(View(before))
    question = queries.questions()[0]
    monkeypatch.setattr(warm, "LOOKS_SECONDS", 0.01)
    heard: list[tuple[str, Statement]] = []
    fetch = queries._fetch

    def listened(snap: queries.Snapshot, statement: Statement) -> pl.DataFrame:
        heard.append((snap.version, statement))
        return fetch(snap, statement)

    looks: list[queries.Snapshot | None] = []
    look = queries.snapshot

    def looked() -> queries.Snapshot | None:
        looks.append(look())
        return looks[-1]

    monkeypatch.setattr(queries, "_fetch", listened)
    monkeypatch.setattr(queries, "snapshot", looked)

    async def until_read() -> None:
        keeping = asyncio.create_task(warm.keep())
        while len(looks) < 3:
            await asyncio.sleep(0.01)
        # What is in force at first is nobody's news.
        assert not heard
        publish_changed(first, tmp_path, "20260401T070000")
        while ("20260401T070000-000", question) not in heard:
            await asyncio.sleep(0.01)
            assert not keeping.done()
        keeping.cancel()

    # In a thread of its own: a browser test of the same process leaves a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(until_read(), 30))).result()
    after = queries.snapshot()
    assert after
    heard.clear()
    queries.totals(View(after))
    assert not heard
