"""Nothing is lost, nothing is counted twice: what must hold after any load of any file."""

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import InputError
from etl.load import LoadOptions
from etl.profiles import recognise
from etl.read import cut_preamble, read
from sql.models import load_models

# A profile may make several rows of a record, some of which are refused.
ONE_ROW_EACH = "loads.source_system = 'contract'"
CONTRACT = [m.name for m in load_models().values() if m.schema == "contract"]


def unaccounted(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Sentences on what does not add up in the books of a database; none when all is well."""
    in_force = " union all ".join(
        f"select '{table}' as into_table, load_id, source_row from contract.{table}"
        for table in CONTRACT
    )
    con.execute(f"create or replace temp view in_force as {in_force}")
    checks = {
        "rows in are loaded, refused or superseded": (
            "from quality.loads where rows_in <> rows_loaded + rows_refused + rows_superseded"
            " or least(rows_in, rows_loaded, rows_refused, rows_superseded, refused_cells) < 0"
        ),
        "rows loaded are in the contract": (
            "select loads.load_id, rows_loaded, count(distinct source_row) as found"
            " from quality.loads as loads left join in_force using (load_id)"
            " where tables not in ('none', 'look-up') group by all having rows_loaded <> found"
        ),
        "rows refused are listed": (
            "select loads.load_id, rows_refused, count(distinct source_row) as found"
            " from quality.loads as loads left join quality.rejected_rows using (load_id)"
            " group by loads.load_id, rows_refused, tables, loads.source_system having"
            f" case when {ONE_ROW_EACH} then rows_refused <> found else rows_refused > found end"
        ),
        "cells refused are listed": (
            "select loads.load_id, refused_cells, count(cells.load_id) as found"
            " from quality.loads as loads left join quality.rejected_cells as cells using (load_id)"
            " group by all having refused_cells <> found"
        ),
        "every row has a place in its file": (
            "select each.load_id, each.source_row from (select load_id, source_row from in_force"
            " union all select load_id, source_row from quality.rejected_rows"
            " union all select load_id, source_row from quality.rejected_cells) as each"
            " left join quality.loads as loads using (load_id)"
            " where not coalesce(each.source_row between 1 and loads.rows_in, false)"
        ),
        "no row is loaded and refused": (
            "select load_id, source_row from in_force"
            " semi join quality.rejected_rows as refused using (load_id, source_row)"
            f" semi join (from quality.loads as loads where {ONE_ROW_EACH}) using (load_id)"
        ),
        "no row is refused twice": (
            "select load_id, source_row from quality.rejected_rows"
            f" semi join (from quality.loads as loads where {ONE_ROW_EACH}) using (load_id)"
            " group by all having count(*) > 1"
        ),
        "every refusal has a reason": (
            "select load_id, source_row from (select load_id, source_row, reason"
            " from quality.rejected_rows union all select load_id, source_row, reason"
            " from quality.rejected_cells) where coalesce(reason, '') = ''"
        ),
    }
    found = []
    for rule, query in checks.items():
        rows = con.execute(query).fetchmany(3)
        if rows:
            found.append(f"{rule}: {rows}")
    return found


def records(path: Path, **options: Any) -> list[Sequence[str]] | None:
    """The records below the header of a delimited file, cut by Python's reader; None if in doubt.

    In doubt means: not delimited, not recognised, or with quotation marks in the wrong places.
    """
    with tempfile.TemporaryDirectory() as scratch:
        (source, *others) = read(path, Path(scratch), LoadOptions(**options).delimiter)
        if others or not source.is_delimited:
            return None
        try:
            source = recognise(source).source
        except InputError:
            return None
        source = cut_preamble(source, Path(scratch))
        assert source.text_path is not None
        text = source.text_path.read_bytes().decode("utf-8-sig", errors="replace")
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        return None
    # In a file of one column a blank line is an empty cell.
    return [row for row in rows[source.header_row + 1 :] if row or len(source.header) == 1]
