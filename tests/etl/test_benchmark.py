"""`backorders score-benchmark`: the score and its figures against a calculation of their own."""

import csv
import json
import math
import random
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from etl import benchmark
from etl.cli import Exit, cli
from etl.errors import InputError

Row = dict[str, Any]


def rows(count: int = 400) -> list[Row]:
    """Items invented from a fixed seed: some without demand, lead time or performance."""
    chance = random.Random(5)
    made = []
    for number in range(count):
        month = chance.choice([0, 0, 1, 4, 20])
        months = [max(0, round(chance.gauss(month, month / 2))) for _ in range(9)]
        stock = chance.randint(-2, 6 * month + 3)
        quarter = round(3 * month * chance.uniform(0.5, 1.5))
        made.append(
            {
                "sku": number,
                "national_inv": stock,
                "lead_time": chance.choice([None, 2, 8, 16, 30, 52]),
                "in_transit_qty": chance.choice([0, 0, month]),
                "forecast_3_month": quarter,
                "forecast_6_month": 2 * quarter,
                "forecast_9_month": 3 * quarter + month,
                "sales_1_month": months[0],
                "sales_3_month": sum(months[:3]),
                "sales_6_month": sum(months[:6]),
                "sales_9_month": sum(months),
                "min_bank": month,
                "perf_6_month_avg": chance.choice([-99, 0.5, 0.9]),
                "local_bo_qty": chance.choice([0, 0, 1]),
                "went_on_backorder": "Yes"
                if chance.random() < (0.6 if stock < month else 0.1)
                else "No",
            }
        )
    return made


def write(folder: Path, made: list[Row], *, name: str = "snapshot.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(made[0]))
        writer.writeheader()
        writer.writerows(made)
    return path


def demand(row: Row, days: float) -> float:
    three, six, nine = (row[f"forecast_{months}_month"] for months in (3, 6, 9))
    if not nine:
        return float(row["sales_3_month"] * days / 91)
    points = [(0, 0), (91, three), (182, six), (273, nine)]
    for (start, low), (end, high) in pairwise(points):
        if days <= end:
            return float(low + (high - low) * (days - start) / (end - start))
    return float(nine * days / 273)


def risk(row: Row, *, with_supply: bool) -> float:
    """The chance to run short, by the error function of the standard library."""
    days = (row["lead_time"] or 3) * 7
    mean = demand(row, days)
    ones, threes, sixes, nines = (row[f"sales_{months}_month"] for months in (1, 3, 6, 9))
    stretches = [(1, ones), (2, threes - ones), (3, sixes - threes), (3, nines - sixes)]
    variance = sum(n * (sold / n - nines / 9) ** 2 for n, sold in stretches) / 3 * days * 3 / 91
    deviation = math.sqrt(max(variance, mean))
    stock = row["national_inv"] - (row["local_bo_qty"] if row["national_inv"] >= 0 else 0)
    stock += row["in_transit_qty"] if with_supply else 0
    if not deviation:
        return float(stock < 0)
    return math.erfc((stock + 0.5 - mean) / deviation / math.sqrt(2)) / 2


def pairs_won(scored: list[tuple[float, bool]]) -> float:
    """The area under the curve, pair by pair."""
    short = [value for value, is_short in scored if is_short]
    fine = [value for value, is_short in scored if not is_short]
    won = sum((a > b) + (a == b) / 2 for a in short for b in fine)
    return won / (len(short) * len(fine))


def mean_precision(scored: list[tuple[float, bool]]) -> float:
    """The precision at each threshold, weighted by the recall it adds."""
    total, seen, hits = 0.0, 0, 0
    for _, group in groupby(sorted(scored, reverse=True), key=lambda one: one[0]):
        found = [is_short for _, is_short in group]
        seen += len(found)
        hits += sum(found)
        total += sum(found) * hits / seen
    return total / hits


def test_the_figures_are_those_of_an_independent_calculation(tmp_path: Path) -> None:
    made = rows()
    found = benchmark.score(write(tmp_path, made))
    outcome = [row["went_on_backorder"] == "Yes" for row in made]
    assert (found.rows, found.left_out, found.short) == (400, 0, sum(outcome))
    by_name = {one.score: one for one in found.scores}
    wanted = {
        "after_short_rate": [risk(row, with_supply=True) for row in made],
        "before_short_rate": [risk(row, with_supply=False) for row in made],
        "least_stock": [-row["national_inv"] for row in made],
        "below_minimum": [row["min_bank"] - row["national_inv"] for row in made],
        "supplier_performance": [
            -math.inf if row["perf_6_month_avg"] == -99 else -row["perf_6_month_avg"]
            for row in made
        ],
        "at_random": [0.0 for _ in made],
    }
    for name, values in wanted.items():
        scored = list(zip(values, outcome, strict=True))
        # The normal distribution by a formula, 7e-8 off, may turn a few of 30,000 pairs.
        assert by_name[name].roc_auc == pytest.approx(pairs_won(scored), abs=2e-4), name
        assert by_name[name].average_precision == pytest.approx(mean_precision(scored), abs=2e-3), (
            name
        )
    assert by_name["at_random"].roc_auc == 0.5
    assert by_name["at_random"].average_precision == pytest.approx(found.short / 400)


def test_a_ranking_that_puts_all_short_items_first_is_worth_one(tmp_path: Path) -> None:
    made = [
        {**row, "went_on_backorder": "Yes" if risk(row, with_supply=True) > 0.5 else "No"}
        for row in rows(80)
    ]
    best = benchmark.score(write(tmp_path, made)).scores[0]
    assert (best.score, best.roc_auc, best.average_precision) == ("after_short_rate", 1, 1)


def test_ties_count_for_half(tmp_path: Path) -> None:
    # Two of one stock, one of them short; one with more, not short: (.5 + 1) / 2, and 1 of 2.
    base = {**rows(1)[0], "lead_time": 8}
    made = [
        {**base, "national_inv": 1, "went_on_backorder": "Yes"},
        {**base, "national_inv": 1, "went_on_backorder": "No"},
        {**base, "national_inv": 9, "went_on_backorder": "No"},
    ]
    found = {one.score: one for one in benchmark.score(write(tmp_path, made)).scores}
    assert found["least_stock"].roc_auc == 0.75
    assert found["least_stock"].average_precision == 0.5


def test_rows_without_outcome_or_stock_are_left_out_and_counted(tmp_path: Path) -> None:
    made = rows(20)
    footnote = dict.fromkeys(made[0]) | {"sku": "(20 rows)"}
    unknown = {**made[0], "national_inv": "n/a"}
    found = benchmark.score(write(tmp_path, [*made, footnote, unknown]))
    assert (found.rows, found.left_out) == (20, 2)


def test_parquet_and_a_file_without_the_optional_columns(tmp_path: Path) -> None:
    made = [{name: row[name] for name in benchmark.REQUIRED} for row in rows(50)]
    path = tmp_path / "snapshot.parquet"
    source = write(tmp_path, made)
    with duckdb.connect() as con:
        con.execute(f"copy (select * from read_csv('{source}')) to '{path}'")
    names = [one.score for one in benchmark.score(path).scores]
    assert "below_minimum" not in names
    assert "after_short_rate" in names


def test_one_outcome_only_has_no_figures(tmp_path: Path) -> None:
    made = [{**row, "went_on_backorder": "No"} for row in rows(9)]
    assert {one.roc_auc for one in benchmark.score(write(tmp_path, made)).scores} == {None}


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    made = [
        {("went_on_back_order" if name == benchmark.TARGET else name): row[name] for name in row}
        for row in rows(3)
    ]
    with pytest.raises(InputError, match="went_on_backorder is missing") as raised:
        benchmark.score(write(tmp_path, made))
    assert raised.value.remedy == "The nearest one is went_on_back_order; rename it"


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    path = write(tmp_path, rows(30))
    shown = CliRunner().invoke(cli, ["score-benchmark", str(path)])
    assert shown.exit_code == Exit.OK
    assert shown.stdout.splitlines()[0].split()[:3] == ["score", "roc_auc", "average_precision"]
    assert "of 30 items ran short; 0 rows left out" in shown.stderr
    told = CliRunner().invoke(cli, ["score-benchmark", str(path), "--format", "json"])
    assert {one["score"] for one in json.loads(told.stdout)["scores"]} >= {"after_short_rate"}
