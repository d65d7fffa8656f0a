"""Charts are pure: what they draw is in the frame, in one palette that can be told apart."""

import ast
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import pytest
from altair.utils import schemapi

from dashboard import charts

COLOURS = [charts.BLUE, charts.VERMILLION, charts.GREEN, charts.PURPLE, charts.GREY]
BUCKETS = pl.DataFrame(
    {
        "bucket_rank": [2, 1],
        "bucket": ["4-7", "0-3"],
        "lines": [3, 0],
        "covered_qty": [5, 0],
        "uncovered_qty": [7, 0],
        "covered_value": [50.0, None],
        "uncovered_value": [None, None],
        "backordered_value": [50.0, None],
    }
)
NAMED = pl.DataFrame(
    {
        "id": ["C1", "C2", None],
        "name": ["Bert", "Bert", None],
        "lines": [1, 2, 3],
        "covered_qty": [5, 3, 0],
        "uncovered_qty": [0, 1, 2],
    }
)


def data(chart: charts.Layered) -> list[dict[str, Any]]:
    spec = chart.to_dict()
    return [row for rows in spec["datasets"].values() for row in rows]


def test_an_empty_age_group_keeps_its_place_and_unknown_money_is_not_zero() -> None:
    chart = charts.ageing(BUCKETS, "value", "EUR", [])
    assert chart.to_dict()["encoding"]["x"]["scale"]["domain"] == ["0-3", "4-7"]
    assert [(row["bucket"], row["part"], row["amount"]) for row in data(chart)] == [
        ("4-7", charts.COVERED, 50.0)
    ]


def test_two_of_one_name_stay_two_bars_and_no_name_is_said() -> None:
    rows = data(charts.bars(NAMED, "id", "name", "qty", None, ["C2"], "(none)"))
    assert {row["title"] for row in rows} == {"Bert · C1", "Bert · C2", "(none)"}
    assert {row["key"] for row in rows if row["lit"]} == {"C2"}
    assert sum(row["amount"] for row in rows) == 11


def test_a_click_picks_by_key() -> None:
    spec = charts.bars(NAMED, "id", "name", "qty", None, [], "(none)").to_dict()
    assert [(param["name"], param["select"]["fields"]) for param in spec["params"]] == [
        (charts.PICK, ["key"])
    ]


def test_months_light_up_between_the_dates() -> None:
    frame = pl.DataFrame(
        {
            "order_month": [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
            "lines": [1, 1, 1],
            "covered_qty": [1, 1, 1],
            "uncovered_qty": [1, 1, 1],
        }
    )
    rows = data(charts.months(frame, "qty", None, date(2026, 2, 10), date(2026, 2, 28)))
    assert {row["key"] for row in rows if row["lit"]} == {"2026-02-01"}
    rows = data(charts.months(frame, "qty", None, None, None))
    assert all(row["lit"] for row in rows)


def test_uncovered_is_part_of_what_still_waits() -> None:
    frame = pl.DataFrame(
        {
            "week_start": [date(2026, 1, 5)],
            "projected_backlog_qty": [10],
            "projected_backlog_value": [100.0],
            "uncovered_qty": [4],
            "uncovered_value": [33.0],
        }
    )
    rows = {row["part"]: row["amount"] for row in data(charts.projected(frame, "qty", None))}
    assert rows == {charts.COVERED: 6, charts.UNCOVERED: 4}
    money = {row["part"]: row["amount"] for row in data(charts.projected(frame, "value", "EUR"))}
    assert money == {charts.COVERED: 67, charts.UNCOVERED: 33}


def test_the_largest_is_named_for_those_who_cannot_see() -> None:
    assert charts.largest(BUCKETS, "bucket", "backordered_value") == "most in 4-7"
    assert charts.largest(BUCKETS.clear(), "bucket", "backordered_value") == "nothing known"


@pytest.fixture
def theme(root: Path) -> dict[str, Any]:
    text = (root / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["theme"]
    return found


def test_the_palette_is_one(theme: dict[str, Any]) -> None:
    assert theme["chartCategoricalColors"] == COLOURS


def test_pages_do_no_arithmetic(root: Path) -> None:
    pages = sorted((root / "dashboard" / "app_pages").glob("*.py"))
    assert len(pages) > 2
    for page in pages:
        nodes = ast.walk(ast.parse(page.read_text(encoding="utf-8")))
        found = [ast.unparse(node) for node in nodes if isinstance(node, ast.BinOp | ast.AugAssign)]
        assert not found, f"{page.name} computes {found}; that belongs in sql"


def test_no_deprecated_widget_width(root: Path) -> None:
    for module in (root / "dashboard").rglob("*.py"):
        assert "use_container_width" not in module.read_text(encoding="utf-8"), module


def test_a_chart_is_checked_in_tests_and_the_same_where_it_is_not() -> None:
    chart = alt.Chart(pl.DataFrame({"a": [1]})).mark_bar().encode(x="a:Q")
    wrong = alt.Chart(pl.DataFrame({"a": [1]})).mark_bar().encode(x=alt.X("a:Q", title=alt.Color()))
    checked = charts.quick(chart.copy()).to_dict()
    with pytest.raises(schemapi.SchemaValidationError):
        charts.quick(wrong.copy()).to_dict()
    with schemapi.debug_mode(arg=False):
        assert charts.quick(chart.copy()).to_dict() == checked
        charts.quick(wrong.copy()).to_dict()
