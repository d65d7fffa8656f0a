"""Puts the rows of one file into its contract table: a later row supersedes an earlier one."""

from etl.batch import Batch, File
from etl.profiles import CONTRACT
from etl.read import quote
from etl.stage import Work, contract_columns, positioned, source
from sql.models import load_models


def merge(batch: Batch, file: File, work: Work) -> None:
    """Put the rows in force into the contract table; later rows supersede earlier ones."""
    table = f"{CONTRACT}.{work.into}"
    key = load_models()[table].grain
    own = [c.name for c in work.columns]
    derived = derive(batch, file, work)
    names = [*own, *derived]
    values = ", ".join([*own, *(f"{sql} as {name}" for name, sql in derived.items())])
    columns = ", ".join(own)
    batch.con.execute(
        f"create or replace temp view accepted_{work.load_id}_{work.into} as"
        f" select {columns}, {positioned(work)} from {source(work)}"
        f" where kept is null and not skip"
        f" union all by name select {columns}, record_no from {work.saved}"
    )
    rows = f"(select {values}, record_no from accepted_{work.load_id}_{work.into})"
    if "line_id" not in derived:
        keyed = [name for name in key if name in names]
        last = f"last_{work.load_id}_{work.into}"
        batch.con.execute(
            f"create or replace temp table {last} as"
            f" select {', '.join(keyed)}, max(record_no) as record_no from {rows}"
            f" group by {', '.join(keyed)} having count(*) > 1"
        )
        if batch.number(f"select count(*) from {last}"):
            same = " and ".join(f"row.{k} is not distinct from last.{k}" for k in keyed)
            rows = (
                f"(select row.* from {rows} as row anti join {last} as last"
                f" on {same} and row.record_no < last.record_no)"
            )
    if batch.number(f"select count(*) from (from {table} limit 1)"):
        # Ranks are no identity: a document without line numbers is replaced as a whole.
        whole = [k for k in key if k != "line_id" or k not in derived]
        same = " and ".join(
            f"old.{k} is not distinct from {f'new.{k}' if k in names else 'null'}" for k in whole
        )
        batch.con.execute(f"delete from {table} as old using {rows} as new where {same}")
    batch.con.execute(
        f"insert into {table}"
        f" ({', '.join(names)}, source_system, source_file, source_row, load_id)"
        f" select {', '.join(names)}, {quote(file.match.profile.name)}, {quote(file.name)},"
        f" record_no, {file.load_id} from {rows}"
    )


def derive(batch: Batch, file: File, work: Work) -> dict[str, str]:
    """SQL of columns the file lacks but the contract supplies: a line's rank, a day."""
    own = {c.name for c in work.columns}
    wanted = {c.name for c in contract_columns(work.into)} - own
    derived: dict[str, str] = {}
    if "line_id" in wanted:
        parent = load_models()[f"{CONTRACT}.{work.into}"].grain[0]
        derived["line_id"] = (
            f"cast(row_number() over (partition by {parent} order by record_no) as varchar)"
        )
    if work.into == "inventory_balances" and "as_of" in wanted:
        day = batch.options.as_of or file.written_on
        origin = "as asked" if batch.options.as_of else "the file's own date; or say --as-of"
        file.notes.append(f"balances dated {day}, {origin}")
        derived["as_of"] = f"date '{day}'"
    return derived
