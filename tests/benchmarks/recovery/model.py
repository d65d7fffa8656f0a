"""The other side: what the product's models, and a report's plain rules, say about a business.

The contract's tables of a seed are kept in a database file; a run copies them into memory, leaves
out what a variant withholds, and builds only the models that the answer depends on.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl

from etl.simulate import PARTED, WHOLE, run
from etl.simulate.config import Config
from sql import models
from tests.benchmarks.recovery.truth import code_of

ORDERS_STOCK_PURCHASES = (
    "sales_order_lines",
    "inventory_balances",
    "purchase_order_lines",
    "uom_conversions",  # quantities in cases would be unknown without it
)
TABLES = (*PARTED, *WHOLE)
# What a variant takes away: tables, and columns of tables.
WITHHELD: dict[str, dict[str, tuple[str, ...]]] = {
    "forecasts": {"demand_forecasts": ()},
    "ship_dates": {"purchase_order_lines": ("planned_ship_date", "shipped_date")},
    "stock_adjustments": {"stock_adjustments": ()},
    "all_but_orders_stock_purchases": {
        **{table: () for table in TABLES if table not in ORDERS_STOCK_PURCHASES},
        "purchase_order_lines": ("planned_ship_date", "shipped_date"),
    },
}
LOOK_BACK = {"cause_history_days": "3660"}  # every day is judged
ANSWER = ("basis", "item_id", "location_id", "on_date", "cause", "units", "confidence")
CAUSES = """
    select
        causes.basis,
        lines.item_id,
        lines.location_id,
        causes.on_date,
        causes.cause,
        cast(sum(causes.cause_qty) as double) as units,
        sum(causes.cause_qty * claims.confidence) / sum(causes.cause_qty) as confidence,
    from causes.lines as causes
    inner join causes.claims as claims
        on causes.basis = claims.basis
        and causes.pool_id = claims.pool_id
        and causes.on_date = claims.on_date
        and causes.cause = claims.cause
    inner join core.order_lines as lines
        on causes.order_id = lines.order_id
        and causes.line_id = lines.line_id
    group by all
    having sum(causes.cause_qty) > 0
"""
NAIVE = (Path(__file__).parent / "naive.sql").read_text(encoding="utf-8")


def has_causes() -> bool:
    """The product says what the causes are."""
    return "causes.lines" in models.load_models()


def contract(folder: Path, seed: int, lines: int) -> Path:
    """A database with the recorded tables of a seed, made once."""
    file = folder / f"contract-{lines}-{seed}-{code_of()}.duckdb"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        simulation = run(Config(seed=seed, lines=lines))
        with duckdb.connect(unfinished) as con:
            con.execute("create schema contract")
            for name, frame in simulation.tables.items():
                con.execute(f"create table contract.{name} as from frame")
                del frame
        unfinished.rename(file)
    return file


def built(
    source: Path,
    withheld: Iterable[str],
    wanted: Iterable[str],
    assumptions: Mapping[str, str],
) -> duckdb.DuckDBPyConnection:
    """A database in memory with the models wanted, built from what is not withheld."""
    con = duckdb.connect(config={"threads": 2})
    models.create_recorded(con)
    con.execute(f"attach '{source}' as source (read_only)")
    without = [WITHHELD[name] for name in withheld]
    for table in TABLES:
        nulled = [columns[table] for columns in without if table in columns]
        if () in nulled:
            continue
        drop = {column for columns in nulled for column in columns}
        columns = [
            row[0]
            for row in con.execute(f"describe source.contract.{table}").fetchall()
            if row[0] not in drop
        ]
        names = ", ".join(columns)
        con.execute(
            f"insert into contract.{table} ({names}) select {names} from source.contract.{table}"
        )
    con.execute("detach source")
    con.execute("insert into core.run values (null, null, false, 'benchmark')")
    models.write_assumptions(con, {**LOOK_BACK, **assumptions})
    needed = upstream(wanted)
    known = [m for m in models.load_models().values() if not m.recorded and m.full_name in needed]
    for schema in sorted({model.schema for model in known}):
        con.execute(f"create schema if not exists {schema}")
    for model in known:
        try:
            con.execute(f"create {model.store} {model.full_name} as\n{model.sql}")
        except duckdb.Error as error:
            raise models.ModelError(f"{model.path} cannot be built: {error}") from error
    return con


def upstream(names: Iterable[str]) -> set[str]:
    """The models named and all they depend on."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(models.load_models()[name].depends)
    return needed


def answers(
    source: Path,
    withheld: Iterable[str] = (),
    only: str | None = None,
    assumptions: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, pl.DataFrame]:
    """Units and confidence by pool, date and cause (ANSWER): of the product, and of plain rules."""
    wanted = {"product": (CAUSES, ("causes.lines", "core.order_lines"))} if has_causes() else {}
    wanted["naive"] = (NAIVE, ("core.order_lines", "backlog.lines"))
    wanted = {name: asked for name, asked in wanted.items() if only in (None, name)}
    needs = {model for _, models_needed in wanted.values() for model in models_needed}
    with built(source, withheld, needs, assumptions) as con:
        return {
            name: pl.DataFrame(con.sql(query).to_arrow_table()).select(ANSWER)
            for name, (query, _) in wanted.items()
        }
