"""What to do about the backlog, from the published snapshot, for the command line and files."""

from pathlib import Path

import duckdb
import polars as pl

from etl.errors import InputError, StoreError

COLUMNS = (
    "action_rank",
    "action_name",
    "owner",
    "subject_id",
    "item_name",
    "party_name",
    "action_qty",
    "act_by_date",
    "is_overdue",
    "worth_value",
    "cost_value",
    "lines",
    "evidence_model",
)


def actions(snapshot: Path, kinds: tuple[str, ...] = (), top: int | None = None) -> pl.DataFrame:
    """The ranked list, of some kinds or all; InputError for a kind there is not."""
    with _opened(snapshot) as con:
        known = [row[0] for row in con.execute(_KINDS).fetchall()]
        if odd := sorted(set(kinds) - set(known)):
            raise InputError(
                f"there is no kind of action {odd[0]}", remedy=f"Kinds are: {', '.join(known)}"
            )
        rows: pl.DataFrame = con.sql(
            f"select action_kind, {', '.join(COLUMNS)} from actions.ranked"
            " where list_contains($kinds, action_kind) order by action_rank",
            params={"kinds": list(kinds) or known},
        ).pl()
    return rows if top is None else rows.head(top)


def draft_purchases(snapshot: Path) -> pl.DataFrame:
    """Suggested purchases as lines of purchase orders, in the columns they are loaded by."""
    with _opened(snapshot) as con:
        rows: pl.DataFrame = con.sql("from actions.draft_purchases order by po_id, line_id").pl()
        return rows


_KINDS = "select action_kind from actions.kinds order by kind_rank"


def _opened(snapshot: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(snapshot), read_only=True)
    try:
        con.execute("select 1 from actions.ranked limit 1").fetchall()
    except duckdb.CatalogException as error:
        con.close()
        raise StoreError(
            "the snapshot was built by an earlier version, which knew no actions",
            where=str(snapshot),
            remedy="Run `backorders build`",
        ) from error
    return con
