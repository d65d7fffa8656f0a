"""Puts the rows of one file into its contract table: a newer row supersedes an older one."""

from collections.abc import Mapping

from etl.batch import Batch, File
from etl.profiles import CONTRACT
from etl.read import counted, quote
from etl.stage import Work, contract_columns, positioned, source
from etl.versions import Versions
from sql.models import recorded_models


def merge(batch: Batch, file: File, work: Work) -> None:
    """Put the file's rows into its contract table, or where newer ones are in force, history."""
    derived = derive(batch, file, work)
    names = [c.name for c in work.columns] + list(derived)
    if "line_id" in derived:
        batch.con.execute(
            "update quality.loads set whole_documents ="
            f" concat_ws(', ', nullif(whole_documents, ''), '{work.into}')"
            f" where load_id = {file.load_id}"
        )
    rows = (
        f"(select {', '.join(names)}, {quote(file.match.profile.name)} as source_system,"
        f" {quote(file.name)} as source_file, record_no as source_row,"
        f" {file.load_id} as load_id from {_accepted(batch, work, derived)})"
    )
    versions = Versions(batch.con, work.into)
    if versions.meets(rows, names):
        batch.touched |= versions.add(file.load_id, rows)
        late = batch.number(
            f"select count(*) from {versions.history} where load_id = {file.load_id}"
        )
        if late:
            file.notes.append(f"{counted(late, 'row')} older than what is in force")
    else:
        batch.touched.add(file.load_id)
        batch.con.execute(f"insert into {versions.table} by name select * from {rows}")


def _accepted(batch: Batch, work: Work, derived: Mapping[str, str]) -> str:
    """SQL of the accepted rows, the last of those with one key, and `record_no`."""
    own = [c.name for c in work.columns]
    columns = ", ".join(own)
    values = ", ".join([*own, *(f"{sql} as {name}" for name, sql in derived.items())])
    batch.con.execute(
        f"create or replace temp view accepted_{work.load_id}_{work.into} as"
        f" select {columns}, {positioned(work)} from {source(work)}"
        f" where kept is null and not skip"
        f" union all by name select {columns}, record_no from {work.saved}"
    )
    rows = f"(select {values}, record_no from accepted_{work.load_id}_{work.into})"
    if "line_id" in derived:
        return rows
    key = recorded_models()[f"{CONTRACT}.{work.into}"].grain
    keyed = [name for name in key if name in own or name in derived]
    last = f"last_{work.load_id}_{work.into}"
    batch.con.execute(
        f"create or replace temp table {last} as"
        f" select {', '.join(keyed)}, max(record_no) as record_no from {rows}"
        f" group by {', '.join(keyed)} having count(*) > 1"
    )
    if not batch.number(f"select count(*) from {last}"):
        return rows
    same = " and ".join(f"row.{k} is not distinct from last.{k}" for k in keyed)
    return (
        f"(select row.* from {rows} as row anti join {last} as last"
        f" on {same} and row.record_no < last.record_no)"
    )


def derive(batch: Batch, file: File, work: Work) -> dict[str, str]:
    """SQL of columns the file lacks but the contract supplies: a line's rank, a day."""
    own = {c.name for c in work.columns}
    wanted = {c.name for c in contract_columns(work.into)} - own
    derived: dict[str, str] = {}
    if "line_id" in wanted:
        parent = recorded_models()[f"{CONTRACT}.{work.into}"].grain[0]
        derived["line_id"] = (
            f"cast(row_number() over (partition by {parent} order by record_no) as varchar)"
        )
    if work.into == "inventory_balances" and "as_of" in wanted:
        day = batch.options.as_of or file.made_on
        origin = "as asked" if batch.options.as_of else "the file's own date; or say --as-of"
        file.notes.append(f"balances dated {day}, {origin}")
        derived["as_of"] = f"date '{day}'"
    return derived
