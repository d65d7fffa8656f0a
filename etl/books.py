"""The books: what became of every record of every file, in quality.loads and rejected_rows."""

from dataclasses import dataclass

from etl.batch import Batch, File
from etl.profiles import CONTRACT
from etl.read import quote
from etl.records import as_text
from etl.stage import gaps, record_text


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
    cells = [f"c{i}" for i in range(len(file.match.source.header))]
    text = record_text(f"[{', '.join(cells)}]") if not table or table == file.text_table else "null"
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


def recount(batch: Batch) -> None:
    """rows_loaded is what is in force now; what a later load replaced is superseded."""
    touched = {work.into for file in batch.files for work in file.works}
    loads = batch.con.execute(
        "select load_id, tables from quality.loads where tables not in ('none', 'look-up')"
    ).fetchall()
    affected = {i: t.split(", ") for i, t in loads if touched & set(t.split(", "))}
    if not affected:
        return
    tables = sorted({table for names in affected.values() for table in names})
    in_force = " union all ".join(
        f"select load_id, source_row from {CONTRACT}.{table}" for table in tables
    )
    batch.con.execute(
        f"update quality.loads as loads set rows_loaded = coalesce(now.rows, 0)"
        f" from (select id, count(distinct source_row) as rows"
        f" from (select unnest({sorted(affected)}) as id)"
        f" left join ({in_force}) on load_id = id group by id) as now"
        f" where loads.load_id = now.id"
    )
    batch.con.execute(
        "update quality.loads set rows_superseded = rows_in - rows_refused - rows_loaded"
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
