"""A small company simulated day by day, with the causes of its backorders known.

`run(Config(...))` lives through the days and returns the contract's tables, the truth and the
injections; the same config gives the same bytes. Leaving an injection out
(`Config(leave_out=frozenset({"supplier_late-01"}))`) keeps every other draw as it was, so the
difference between two runs is what that injection did.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from etl.simulate import demand, exports, masters, sales, stock, supply
from etl.simulate.books import Books
from etl.simulate.config import Config
from etl.simulate.injections import AHEAD_DAYS, CAUSES, Injection, combine, plan_injections
from etl.simulate.loop import run_days
from etl.simulate.truth import truth
from etl.simulate.world import build_world

__all__ = ["CAUSES", "Config", "Simulation", "run", "write_contract", "write_sample"]

PART_LINES = 400_000
# Sales tables are made from a range of order lines, the others at once.
PARTED: dict[str, Callable[[Books, int, int], pl.DataFrame]] = {
    "sales_order_lines": sales.sales_order_lines,
    "shipments": sales.shipments,
    "payments": sales.customer_payments,
}
WHOLE: dict[str, Callable[[Books], pl.DataFrame]] = {
    "inventory_balances": stock.inventory_balances,
    "purchase_order_lines": supply.purchase_order_lines,
    "receipts": supply.receipts,
    "production_orders": supply.production_orders,
    "stock_adjustments": stock.stock_adjustments,
    "demand_forecasts": masters.demand_forecasts,
    "items": masters.items,
    "customers": masters.customers,
    "locations": masters.locations,
    "suppliers": masters.suppliers,
    "supplier_items": masters.supplier_items,
    "bom_lines": masters.bom_lines,
    "payment_terms": masters.payment_terms,
    "uom_conversions": masters.uom_conversions,
    "exchange_rates": masters.exchange_rates,
    "calendar_events": masters.calendar_events,
}


@dataclass(frozen=True)
class Simulation:
    """One run: its contract tables, on demand, and what was injected."""

    config: Config
    injections: list[Injection]
    books: Books

    def table(self, name: str) -> pl.DataFrame:
        """A contract table as one frame."""
        return pl.concat(list(self.parts(name)))

    def parts(self, name: str) -> Iterator[pl.DataFrame]:
        """A contract table in pieces that fit into memory, at least one."""
        if name in WHOLE:
            yield WHOLE[name](self.books)
            return
        for first, end in self.books.cuts(PART_LINES):
            yield PARTED[name](self.books, first, end)
        if name == "payments":
            yield supply.supplier_payments(self.books)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every contract table, whole: for small runs."""
        return {name: self.table(name) for name in (*PARTED, *WHOLE)}

    @cached_property
    def truth(self) -> pl.DataFrame:
        """The injections that took place, as in truth.csv."""
        return truth(self.config, self.injections, self.books)


def run(config: Config) -> Simulation:
    """Simulate the business of `config`."""
    world = build_world(config)
    expected = demand.expected_units(config, world, config.days + AHEAD_DAYS)
    injections = plan_injections(config, world, expected)
    effects = combine(config, world, injections)
    plan = demand.forecasts(config, world, expected, effects)
    lines = demand.order_lines(config, world, expected, effects)
    del expected
    outcome = run_days(config, world, effects, plan, lines)
    return Simulation(config, injections, Books(config, world, effects, plan, lines, outcome))


def write_contract(out: Path, lines: int, seed: int = 7) -> dict[str, int]:
    """Write one CSV per contract table, headed as the contract says; returns rows by table."""
    simulation = run(Config(seed=seed, lines=lines))
    out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    for name in (*PARTED, *WHOLE):
        rows[name] = 0
        with (out / f"{name}.csv").open("wb") as file:
            for number, part in enumerate(simulation.parts(name)):
                part.write_csv(file, include_header=number == 0)
                rows[name] += part.height
    return rows


def write_sample(out: Path, seed: int = 7) -> dict[str, int]:
    """Write the sample business: exports as several systems would give them, and the truth."""
    return exports.write(out, run(Config(seed=seed)))
