"""`backorders check` and `backorders preview`: what can be trusted, and what would be loaded."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import cli
from etl.load import LoadOptions
from etl.preview import preview
from sql.store import current_path

ORDERS = """\
Order ID;Line ID;Order Date;Item ID;Ordered Qty;Shipped Qty;Unit Price;Requested Date;Sales rep
O1;1;01.03.2026;LAMP;10;4;12,50;20.03.2026;Kim
O2;1;13.03.2026;LAMP;5;0;12,50;tomorrow;Kim
O3;1;12.03.2026;=VASE;2;3;30,00;;Jo
O4;1;12.03.2026;VASE;-2;0;30,00;;Jo
O2;1;13.03.2026;LAMP;6;0;12,50;30.03.2026;Kim
Total;;;;23;;;;
"""
STOCK = "as_of,item_id,on_hand_qty\n2026-03-31,LAMP,6\n"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "orders.csv").write_text(ORDERS)
    (folder / "stock.csv").write_text(STOCK)
    return folder


@pytest.fixture(scope="module")
def store(exports: Path) -> Path:
    assert cli._run(["refresh", str(exports), "--db", str(exports / "store")]) == 0
    return exports / "store"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli._run([str(each) for each in arguments])
    captured = capsys.readouterr()
    return int(code), captured.out, captured.err


def test_check_tells_what_was_refused_and_what_contradicts(
    capsys: pytest.CaptureFixture[str], store: Path
) -> None:
    code, out, err = run(capsys, "check", "--db", store)
    assert (code, err) == (0, "")
    head = out.splitlines()[:3]
    assert head[0].endswith("as of 2026-03-31: 7 rows in 2 files")
    assert head[1] == "4 loaded, 1 superseded, 2 refused, and 1 cell"
    assert re.fullmatch(r"\d kinds? of contradiction, in \d rows?", head[2])
    assert "warn_shipped_over_ordered" in out
    assert "must be at least 0" in out
    assert "demand_forecasts" in out


def test_check_as_json_has_the_same_facts(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    code, out, _ = run(capsys, "check", "--db", store, "--format", "json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    assert (found["rows_in"], found["rows_loaded"], found["rows_refused"]) == (7, 4, 2)
    assert found["is_sound"] is False
    checks = {each["check_name"]: each for each in found["parts"]["checks"]}
    assert checks["warn_shipped_over_ordered"]["severity"] == "contradiction"
    assert found["contradictions"] == sum(
        each["severity"] == "contradiction" for each in checks.values()
    )
    assert [each["file"] for each in found["parts"]["loads"]] == ["orders.csv", "stock.csv"]
    assert {each["reason"] for each in found["parts"]["refused"]} == {
        "must be at least 0",
        "a total or group row",
    }


def test_strict_is_for_programs_that_must_stop(
    capsys: pytest.CaptureFixture[str], store: Path
) -> None:
    code, out, err = run(capsys, "check", "--db", store, "--strict")
    assert code == cli.Exit.MODEL
    assert "2 refused" in out
    assert "remedy: " in err


def test_sound_data_passes_strictly(
    capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path
) -> None:
    shutil.copytree(store, tmp_path / "store", symlinks=True)
    path = current_path(tmp_path / "store")
    assert path
    with duckdb.connect(str(path), config={"threads": 1}) as con:
        con.execute("update quality.loads set rows_refused = 0, refused_cells = 0")
        con.execute("delete from quality.checks where severity = 'contradiction'")
    assert run(capsys, "check", "--db", tmp_path / "store", "--strict")[0] == 0


def test_check_without_a_store_says_how_to_begin(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "check", "--db", tmp_path)
    assert code == cli.Exit.STORE
    assert "backorders refresh" in err


def test_preview_tells_what_a_file_is_and_what_becomes_of_its_rows(exports: Path) -> None:
    found = preview([exports / "orders.csv", exports / "stock.csv"])
    orders, stock = found.files
    assert (orders.profile, orders.layout, orders.tables) == (
        "contract",
        "sales_order_lines",
        "sales_order_lines",
    )
    assert "semicolon" in orders.format
    assert "decimal comma" in orders.format
    assert orders.header_row == 1
    assert orders.unused == ("Sales rep",)
    assert "promised_date" in orders.absent
    assert (orders.rows, orders.loaded, orders.refused, orders.superseded) == (6, 3, 2, 1)
    assert orders.reasons == (("a total or group row", 1), ("must be at least 0", 1))
    assert [(each.row, each.column, each.value) for each in orders.refusals] == [
        (4, "ordered_qty", "-2"),
        (6, None, None),
    ]
    assert (stock.rows, stock.loaded, stock.refusals) == (1, 1, ())
    lines = found.tables[0]
    assert (lines.table, lines.rows) == ("sales_order_lines", 3)
    first = [dict(zip(lines.columns, row, strict=True)) for row in lines.first]
    assert {each["order_id"]: float(each["ordered_qty"]) for each in first} == {
        "O1": 10,
        "O2": 6,
        "O3": 2,
    }
    assert not {"promised_date", "load_id", "source_file"} & set(lines.columns)
    assert found.problems == ()


def test_preview_goes_on_after_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "a_unknown.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b_stock.csv").write_text(STOCK)
    (tmp_path / "c_ambiguous.csv").write_text(
        "order_id,line_id,order_date,item_id,ordered_qty\nO1,1,03/04/2026,X,1\n"
    )
    found = preview([tmp_path])
    assert [each.file for each in found.problems] == ["a_unknown.csv", "c_ambiguous.csv"]
    assert all(each.what and each.remedy for each in found.problems)
    assert [each.file for each in found.files] == ["b_stock.csv"]
    mended = preview([tmp_path], LoadOptions(date_format="day-first"))
    assert [each.file for each in mended.problems] == ["a_unknown.csv"]


def test_preview_keeps_nothing(capsys: pytest.CaptureFixture[str], exports: Path) -> None:
    before = sorted(path.name for path in exports.rglob("*"))
    code, out, err = run(capsys, "preview", exports / "orders.csv", "--db", exports / "elsewhere")
    assert (code, err) == (0, "")
    assert "orders.csv: sales_order_lines of profile contract" in out
    assert "6, of which 3 would be loaded, 2 refused, 1 superseded" in out
    assert "columns not used: Sales rep" in out
    assert sorted(path.name for path in exports.rglob("*")) == before


def test_preview_as_json_names_the_problems_and_exits_for_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    (tmp_path / "stock.csv").write_text(STOCK)
    code, out, err = run(capsys, "preview", tmp_path, "--format", "json", "--db", tmp_path / "db")
    assert code == cli.Exit.INPUT
    assert "odd.csv" in err
    found = json.loads(out)
    assert [each["file"] for each in found["problems"]] == ["odd.csv"]
    assert found["tables"][0]["first"][0][-1] == 6.0


def test_progress_is_told_in_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(STOCK)
    target = ["--db", tmp_path / "store", "--progress"]
    code, _, err = run(capsys, "load", tmp_path / "stock.csv", *target)
    assert code == 0
    assert err.splitlines()[0] == "Loading stock.csv (1 of 1)"
