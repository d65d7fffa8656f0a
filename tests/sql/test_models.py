"""The model files keep their promises: named, ordered, documented, used, and built as they say."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sql import models

from .conftest import World

ALL = models.load_models()
MODELS = [model for model in ALL.values() if not model.recorded]
TODAY = re.compile(r"\b(now|today|get_current_timestamp|current_(date|time|timestamp))\b", re.I)


@pytest.fixture(scope="module")
def built() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    models.build(con)
    return con


def test_a_model_comes_after_all_it_reads() -> None:
    seen: set[str] = set()
    for model in models.order(list(ALL.values())):
        assert seen.issuperset(model.depends), model.full_name
        seen.add(model.full_name)


@pytest.mark.parametrize("name", ALL)
def test_every_column_is_documented(name: str, built: duckdb.DuckDBPyConnection) -> None:
    columns = [one for one in models.dictionary(built) if one.table == name]
    assert columns
    assert [one.column for one in columns if not one.comment] == []
    assert set(ALL[name].columns) <= {one.column for one in columns}
    named = {one.column for one in columns} | {models.ONE_ROW}
    assert set(ALL[name].grain) <= named


def test_no_model_asks_what_day_it_is() -> None:
    asking = [m.full_name for m in MODELS if TODAY.search(re.sub("--.*", "", m.sql))]
    assert asking == []


def test_no_left_join_picks_its_right_side_by_a_constant() -> None:
    """DuckDB 2.0.0 takes a sum over such a join for 0 where nothing is picked: `sum(q) > 0` fails.

    A column of the right side belongs on both sides, or in a table of its own.
    """
    joined = re.compile(r"left join \S+ as \w+((?:\s+(?:on|and) [^\n]+)+)")
    picking = re.compile(r"(?:on|and) \w+\.\w+ = (?:'|\d|true|false)")
    found = {
        model.full_name
        for model in MODELS
        for conditions in joined.findall(model.sql)
        if picking.search(conditions)
    }
    # One row, and the buckets: nothing sums over them.
    assert found == {"backlog.totals", "backlog.ageing"}


def test_every_model_is_used_by_a_page_another_model_or_the_cli(root: Path) -> None:
    files = [*root.glob("etl/**/*.py"), *root.glob("dashboard/**/*.py")]
    files.append(root / "sql" / "scenario.py")  # what both show of a what-if
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    read = {table for model in MODELS for table in model.depends}
    checks = {name for name in ALL if name.startswith("quality.error_")}  # the build runs them
    mentioned = {name for name in ALL if re.search(rf"\b{re.escape(name)}\b", text)}
    assert {model.full_name for model in MODELS} - read - checks - mentioned == set()


def test_every_model_has_a_case_or_is_read_by_one_that_has(root: Path) -> None:
    cases = "\n".join(path.read_text("utf-8") for path in root.glob("tests/sql/*/*.yaml"))
    named = tuple(name for name in ALL if re.search(rf"^  {re.escape(name)}[:(]", cases, re.M))
    tested = models.upstream(named) | {name for name in ALL if name.startswith("quality.error_")}
    assert set(ALL) - tested - {name for name in ALL if ALL[name].recorded} == set()


def test_the_dictionary_is_up_to_date() -> None:
    written = (models.SQL_DIR / "README.md").read_text(encoding="utf-8")
    assert written == models.readme(), "run: python -m sql.models"


def test_building_twice_is_building_once() -> None:
    con = duckdb.connect()
    first = [(one.model, one.store, one.rows) for one in models.build(con).models]
    con.execute("create view backlog.left_over as select 1 as one")
    assert [(one.model, one.store, one.rows) for one in models.build(con).models] == first
    assert (
        con.execute("select * from duckdb_views() where view_name = 'left_over'").fetchall() == []
    )


def test_a_build_says_what_it_does() -> None:
    heard: list[tuple[str, int, int]] = []
    report = models.build(
        duckdb.connect(), on_progress=lambda name, number, of: heard.append((name, number, of))
    )
    assert [name for name, _, _ in heard] == [one.model for one in report.models]
    assert heard[-1][1] == heard[-1][2] == len(report.models)


def test_the_run_is_recorded() -> None:
    con = duckdb.connect()
    models.build(
        con, date(2026, 3, 31), "EUR", is_sample=True, overrides={"allocation_rule": "value"}
    )
    assert con.execute("select * from core.as_of").fetchall() == [(date(2026, 3, 31), "EUR", True)]
    query = "select value, default_value from core.assumptions where assumption = 'allocation_rule'"
    assert con.execute(query).fetchall() == [("value", "order_date")]


def test_a_text_is_taken_as_it_is() -> None:
    con = duckdb.connect()
    models.build(con, overrides={"win_segments": "Key accounts, (none)"})
    query = "select segment, strategy from core.segment_strategies"
    assert con.execute(query).fetchall() == [("(none)", "win")]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("alocation_rule", "value", "there is no assumption alocation_rule, which no file defines;"
         " the nearest name is allocation_rule"),
        ("allocation_rule", "luck", "assumption allocation_rule must be one of order_date, "),
        ("allocate_across_locations", "yes", "must be one of true, false, not yes"),
        ("fill_tolerance_days", "31", "assumption fill_tolerance_days must be 0 to 30, not 31"),
        ("fill_tolerance_days", "few", "fill_tolerance_days must be a number, not 'few'"),
    ],
)  # fmt: skip
def test_a_wrong_assumption_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(models.ModelError, match=re.escape(message)):
        models.build(duckdb.connect(), overrides={name: value})


def test_a_failed_check_stops_the_build_and_names_the_rows() -> None:
    con = duckdb.connect()
    models.create_recorded(con)
    con.execute(
        "insert into quality.loads by name select 7 as load_id, 'bad.csv' as source_file,"
        " 'x' as sha256, 1 as bytes, 'contract' as source_system, 'items' as layout,"
        " 'bad' as series, timestamp '2026-03-31' as exported_at, false as is_full,"
        " 'items' as tables, '' as whole_documents, '' as joined_loads, 'csv' as format,"
        " 3 as rows_in, 1 as rows_loaded, 1 as rows_refused, 0 as rows_superseded,"
        " 0 as refused_cells, 1 as seconds, timestamp '2026-03-31' as loaded_at"
    )
    with pytest.raises(models.ModelError, match=r"quality.error_loads found 1 rows .* load_id 7, "):
        models.build(con)


def test_a_model_that_is_not_unique_stops_the_build() -> None:
    con = duckdb.connect()
    models.create_recorded(con)
    line = "('A', '1', date '2026-03-01', 'I', 1)"
    con.execute(
        "insert into contract.sales_order_lines"
        f" (order_id, line_id, order_date, item_id, ordered_qty) values {line}, {line}"
    )
    with pytest.raises(
        models.ModelError, match=r"core/known_sales_lines.sql is not unique on order_id"
    ):
        models.build(con)


@pytest.mark.parametrize(
    ("select", "is_unique"),
    [
        ("select t.a as k, sum(b) as n from s.t as t group by t.a", True),
        ("select left(a, 1) as k, sum(b) as n from s.t group by left(a, 1)", True),
        ("select left(a, 1) as k, sum(b) as n from s.t group by k", True),
        ("with u as (select a from s.t) select a as k, count(*) as n from u group by a", True),
        ("select left(a, 1) as k, sum(b) as n from s.t group by a", False),
        ("select a as k, sum(b) as n from s.t group by a, c", False),
        ("select a as k, sum(b) as n from s.t group by rollup (a)", False),
        ("select a as k from s.t", False),
    ],
)
def test_grouping_by_the_grain_makes_rows_unique(
    tmp_path: Path, select: str, is_unique: bool
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    file = folder / "m.sql"
    file.write_text(f"-- Rows by k.\n-- grain: k\n{select}", encoding="utf-8")
    with duckdb.connect() as parser:
        assert models.read(file, parser).is_grouped is is_unique


def test_the_same_formula_over_other_rows(world: World) -> None:
    lines = [
        {"order_id": order, "item_id": item, "order_date": date(2026, 3, 1), "ordered_qty": 4,
         "shipped_qty": 1, "shipped_date": date(2026, 3, 5)}
        for order, item in (("A", "I1"), ("B", "I2"), ("C", "I2"))
    ]  # fmt: skip
    world.fill({"sales_order_lines": lines}, date(2026, 3, 31))
    some = "(select * from backlog.lines where item_id = 'I2')"
    totals = models.over("backlog.totals", {"backlog.lines": some})
    assert world.rows(f"select lines, open_qty from ({totals})") == [(2, 6)]
    by_item = models.over("backlog.by_item", {"backlog.lines": some})
    assert world.rows(f"select item_id, open_qty from ({by_item})") == [("I2", 6)]
    one = "(select * from core.order_lines where order_id = 'A')"
    daily = models.over("backlog.daily", {"core.order_lines": one})
    last = f"select closing_qty, shipped_qty from ({daily}) where day = date '2026-03-05'"
    assert world.rows(last) == [(3, 1)]


@pytest.mark.parametrize(
    ("model", "replace", "message"),
    [
        ("backlog.total", "backlog.lines", "there is no backlog.total, .* backlog.totals"),
        ("backlog.totals", "backlog.line", "there is no backlog.line, .* backlog.lines"),
        ("backlog.totals", "quality.orphans", "backlog.totals does not read quality.orphans"),
    ],
)
def test_other_rows_for_a_wrong_name_are_refused(model: str, replace: str, message: str) -> None:
    with pytest.raises(models.ModelError, match=message):
        models.over(model, {replace: "(select 1)"})


def test_rows_carry_their_source(built: duckdb.DuckDBPyConnection) -> None:
    for name, model in ALL.items():
        if model.schema == "contract":
            columns = [one.column for one in models.dictionary(built) if one.table == name]
            assert columns[-4:] == ["source_system", "source_file", "source_row", "load_id"]
