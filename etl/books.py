"""The books: what became of every record of every file, in quality.loads and rejected_rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import duckdb

from etl.batch import Batch, File
from etl.profiles import CONTRACT
from etl.read import counted, quote
from etl.records import as_text
from etl.stage import gaps, record_text
from sql.models import over

# Tables of what is open or in stock: what a full extract lacks is so no more, from a day on that
# core.closed_loads tells. A master record or an event that an extract lacks was still so.
CLOSED_ON = {
    "sales_order_lines": "sales_closed_on",
    "purchase_order_lines": "purchase_closed_on",
    "production_orders": "production_closed_on",
    "inventory_balances": "stock_closed_on",
}


@dataclass(frozen=True)
class Loaded:
    """One line of quality.loads, as reported to the user."""

    load_id: int
    source_file: str
    tables: str
    rows_in: int
    rows_loaded: int
    rows_refused: int
    rows_superseded: int
    refused_cells: int
    seconds: float
    note: str


def account(batch: Batch, file: File) -> None:
    """Enter what became of the file's rows, refusing those that no rule took."""
    layout = file.match.layout
    if not file.works:
        as_text(batch, file)
        refuse_unused(batch, file, layout.ignore)
        tables = "none" if layout.ignore else "look-up"
    else:
        refuse_untaken(batch, file)
        tables = ", ".join(work.into for work in file.works)
    accepted = " union all ".join(
        f"select record_no from accepted_{work.load_id}_{work.into}" for work in file.works
    )
    if len(file.works) == 1 and not file.text_table:
        taken = batch.number(f"select count(*) from ({accepted})")
    elif file.works:
        taken = batch.number(f"select count(distinct record_no) from ({accepted})")
    else:
        taken = file.rows_in - batch.number(
            f"select count(distinct source_row) from quality.rejected_rows"
            f" where load_id = {file.load_id}"
        )
    cells = f"(select count(*) from quality.rejected_cells where load_id = {file.load_id})"
    if not file.rows_in:
        file.notes.append("no rows below the header")
    read_as = [file.match.source.format]
    if file.formats.decimal == ",":
        read_as.append("decimal comma")
    if file.formats.dates:
        read_as.append(f"dates {' or '.join(file.formats.dates)}")
    batch.con.execute(
        f"update quality.loads set tables = ?, format = ?, note = ?, seconds = ?,"
        f" rows_in = ?, rows_refused = ?, rows_loaded = ?, refused_cells = {cells}"
        f" where load_id = {file.load_id}",
        [
            tables,
            ", ".join(read_as),
            "; ".join(file.notes) or None,
            file.seconds,
            file.rows_in,
            file.rows_in - taken,
            taken,
        ],
    )

    for work in file.works:
        batch.con.execute(f"drop view accepted_{work.load_id}_{work.into}")
        batch.con.execute(f"drop table {work.stage}")
        batch.con.execute(f"drop table {work.saved}")


def refuse_unused(batch: Batch, file: File, ignored: str) -> None:
    """Records of a file that feeds no table: not used, or looked up by nobody."""
    if ignored:
        refuse(batch, file, f"not used: {ignored}", "true")
        return
    rules = file.match.profile.rules
    joined = [r for r in rules if any(j.file == file.match.layout.id for j in r.join)]
    if joined:
        names = ", ".join(sorted({rule.source for rule in joined}))
        refuse(
            batch,
            file,
            f"nothing in {names} refers to it",
            f"place not in (select place from referred where load_id = {file.load_id})",
        )


def refuse_untaken(batch: Batch, file: File) -> None:
    """Rows that every rule of the profile skipped."""
    profile = file.match.profile
    if profile.name == CONTRACT:
        return
    table = file.text_table or f"(select *, rowid + 1 as place from {file.works[0].stage})"
    taken = " union all ".join(
        f"select {work.order} from {work.stage} where not skip" for work in file.works
    )
    refuse(
        batch, file, f"no rule of profile {profile.name} takes it", f"place not in ({taken})", table
    )


def refuse(batch: Batch, file: File, reason: str, test: str, table: str = "") -> None:
    """Enter the records that pass `test` as refused for `reason`."""
    shown = f"[{', '.join(file.shown_cells)}]"
    text = record_text(shown) if not table or table == file.text_table else "null"
    before = (
        f"coalesce((select max(before) from {gaps(file.load_id)} where after_place < place), 0)"
        if batch.number(
            f"select count(*) from duckdb_tables() where table_name = '{gaps(file.load_id)}'"
        )
        else "0"
    )
    batch.con.execute(
        f"insert into quality.rejected_rows select {file.load_id}, {quote(file.name)},"
        f" place + {before}, '', null, null, {quote(reason)}, {text}"
        f" from {table or file.text_table} where {test}"
    )


def recount(con: duckdb.DuckDBPyConnection, loads: Collection[int]) -> None:
    """rows_loaded is what is in force now; what a newer load replaced is superseded."""
    listed = ", ".join(str(each) for each in sorted(loads)) or "null"
    found = con.execute(
        f"select distinct unnest(string_split(tables, ', ')) from quality.loads"
        f" where load_id in ({listed}) and tables not in ('none', 'look-up')"
    ).fetchall()
    if not found:
        return
    in_force = " union all ".join(
        f"select load_id, source_row from {CONTRACT}.{table}" for (table,) in sorted(found)
    )
    con.execute(
        f"update quality.loads as loads set rows_loaded = now.rows,"
        f" rows_superseded = rows_in - rows_refused - now.rows"
        f" from (select id, count(distinct source_row) as rows"
        f" from (select unnest([{listed}]) as id)"
        f" left join ({in_force}) on load_id = id group by id) as now"
        f" where loads.load_id = now.id and tables not in ('none', 'look-up')"
    )


def note_closed(batch: Batch) -> None:
    """Say in the books what a full extract closes: the rows of its series that it lacks."""
    told: set[tuple[str, str]] = set()
    for file in batch.files:
        ((series, made_at),) = batch.con.execute(
            f"select series, exported_at from quality.loads where load_id = {file.load_id}"
        ).fetchall()
        new = [work.into for work in file.works if (series, work.into) not in told]
        told |= {(series, table) for table in new}
        closed = [
            f"{counted(batch.number(_closed(table, series, made_at)), 'row')} of {table}"
            for table in new
            if table in CLOSED_ON
        ]
        kept = [table for table in new if table not in CLOSED_ON]
        notes = [f"as a full extract it closes {' and '.join(closed)}"] if closed else []
        if kept:
            notes.append(f"full or not, nothing is closed in {' and '.join(kept)}")
        if notes:
            batch.con.execute(
                "update quality.loads set note = concat_ws('; ', note, ?) where load_id = ?",
                ["; ".join(notes), file.load_id],
            )


def _closed(table: str, series: str, made_at: datetime) -> str:
    """SQL: number of rows that a full extract of then closes, and none before it did."""
    day = CLOSED_ON[table]
    return (
        f"select count(*) from {CONTRACT}.{table} as known"
        f" inner join ({_closings(series, '<=', made_at)}\n) as now"
        f" on known.load_id = now.load_id and now.{day} is not null"
        f" left join ({_closings(series, '<', made_at)}\n) as earlier"
        f" on known.load_id = earlier.load_id"
        f" where earlier.{day} is null"
    )


def _closings(series: str, until: str, made_at: datetime) -> str:
    """SQL: what the model closes, given the loads of one series until then, on no certain day."""
    loads = f"series = {quote(series)} and exported_at {until} timestamp '{made_at}'"
    return over(
        "core.closed_loads",
        {
            "quality.loads": f"(select * from quality.loads where {loads})",
            "core.run": "(select cast(null as date) as as_of)",
        },
    )


def report(batch: Batch, file: File) -> Loaded:
    """The file's line of quality.loads."""
    row = batch.con.execute(
        "select load_id, source_file, tables, rows_in, rows_loaded, rows_refused,"
        " rows_superseded, refused_cells, seconds, coalesce(note, '')"
        f" from quality.loads where load_id = {file.load_id}"
    ).fetchone()
    assert row is not None
    return Loaded(*row)
