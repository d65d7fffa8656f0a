"""Templates are made from the contract, and what they make can be loaded."""

import csv
from pathlib import Path

import duckdb
import fastexcel
import pytest

from etl import template
from etl.errors import InputError
from etl.load import load
from sql.models import LINEAGE, create_recorded, load_models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "new"
    template.write(folder)
    return folder


def contract() -> dict[str, list[str]]:
    """Columns of each contract table as the database has them, lineage left out."""
    with duckdb.connect() as con:
        create_recorded(con)
        rows = con.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where schema_name = 'contract' group by all"
        ).fetchall()
    return {table: [name for name in names if name not in LINEAGE] for table, names in rows}


def test_every_table_has_a_file_and_a_sheet_with_its_headers(folder: Path) -> None:
    book = fastexcel.read_excel(folder / template.WORKBOOK)
    tables = contract()
    assert sorted(book.sheet_names) == sorted(tables)
    for table, columns in tables.items():
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [columns]
        assert book.load_sheet(table).to_polars().columns == columns


def test_each_file_is_recognised_as_its_own_table_and_holds_no_row(folder: Path) -> None:
    with duckdb.connect() as con:
        report = load(con, sorted(folder.glob("*.csv")))
        assert {each.source_file: each.tables for each in report.loads} == {
            f"{table}.csv": table for table in contract()
        }
        assert {each.rows_in for each in report.loads} == {0}


def test_each_sheet_is_recognised_as_its_own_table(folder: Path) -> None:
    with duckdb.connect() as con:
        report = load(con, [folder / template.WORKBOOK])
        assert {each.source_file: each.tables for each in report.loads} == {
            f"{template.WORKBOOK}[{table}]": table for table in contract()
        }


def test_a_filled_template_loads(folder: Path, tmp_path: Path) -> None:
    text = (folder / "customers.csv").read_text(encoding="utf-8")
    filled = tmp_path / "customers.csv"
    filled.write_text(text + "C1,Bäckerei Nord,,1,North,,false,2024-02-29\n", encoding="utf-8")
    with duckdb.connect() as con:
        load(con, [filled])
        rows = con.execute(
            "select customer_name, priority, first_order_date::varchar from contract.customers"
        ).fetchall()
    assert rows == [("Bäckerei Nord", 1, "2024-02-29")]


def test_the_readme_explains_every_column(folder: Path) -> None:
    text = (folder / template.README).read_text(encoding="utf-8")
    for table, columns in contract().items():
        section = text.partition(f"\n## {table}\n")[2].partition("\n## ")[0]
        assert load_models()[f"contract.{table}"].description in section
        for column in columns:
            assert f"\n| {column} | " in section
    orders = text.partition("\n## sales_order_lines\n")[2].partition("\n## ")[0]
    assert "| order_id | yes | text |" in orders
    assert "| line_id |  | text |" in orders
    assert "| order_date | yes | date |" in orders
    assert "| ordered_qty | yes | number, up to 4 decimals, not negative |" in orders
    assert "| deposit_rate |  | number, up to 6 decimals, 0 to 1 |" in orders
    assert "one of open, partially_shipped, shipped, cancelled, on_hold |" in orders


def test_nothing_is_overwritten(folder: Path) -> None:
    with pytest.raises(InputError, match="Name a new or empty folder"):
        template.write(folder)
