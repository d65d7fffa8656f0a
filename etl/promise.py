"""The days to quote for a quantity of an item, and the supply they rest on."""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import duckdb

from etl.errors import InputError, StoreError
from etl.snapshot import Store

QUOTES = ("pool", "available_on_day", "p50", "p80", "p95")
SUPPLIES = ("supply", "supplier", "promised", "p50", "p80", "p95", "qty", "pegged", "free")


@dataclass(frozen=True)
class Answer:
    """Rows of QUOTES, one per pool, and of SUPPLIES, what the pools have or expect by then."""

    as_of: date
    quotes: tuple[tuple[Any, ...], ...]
    supplies: tuple[tuple[Any, ...], ...]


def promise(
    store: Store,
    item: str,
    qty: float,
    start: date | None = None,
    location: str | None = None,
) -> Answer | None:
    """Ask backlog.promise of the snapshot in force; None when nothing was published yet.

    Raises InputError for an item the snapshot does not know, with the nearest one it does.
    """
    path = store.current()
    if path is None:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return _asked(con, item, qty, start, location)
    except duckdb.Error as error:
        raise StoreError(
            f"the snapshot cannot be asked: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="Build it again with `backorders build`",
        ) from error


def _asked(
    con: duckdb.DuckDBPyConnection,
    item: str,
    qty: float,
    start: date | None,
    location: str | None,
) -> Answer:
    known = [name for (name,) in con.execute("select item_id from core.items").fetchall()]
    if item not in known:
        near = get_close_matches(item, known, n=1, cutoff=0.5)
        raise InputError(
            f"there is no item {item!r}",
            remedy=f"The nearest one is {near[0]}"
            if near
            else "See core.items for those there are",
        )
    quotes = con.execute(
        "select pool_id, available_qty, promise_p50_date, promise_p80_date, promise_p95_date"
        " from backlog.promise($item, $qty, wanted_from := $start, wanted_location := $location)"
        " order by promise_p50_date nulls last, pool_id",
        {"item": item, "qty": qty, "start": start, "location": location},
    ).fetchall()
    supplies = con.execute(
        "select supply_id, supplier_name, promised_date, expected_date, expected_p80_date,"
        " expected_p95_date, supply_qty, pegged_qty, free_qty"
        " from backlog.supply_pegs where pool_id in (select unnest($pools))"
        " order by expected_date nulls last, supply_id",
        {"pools": [row[0] for row in quotes]},
    ).fetchall()
    (as_of,) = con.execute("select as_of from core.as_of").fetchall()[0]
    return Answer(as_of, tuple(quotes), tuple(supplies))
