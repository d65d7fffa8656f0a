"""What every table of the books shares: how documents, days and places are called.

The books know nothing later than the as-of date. `etl.simulate.sales`, `supply`, `stock` and
`masters` write the contract's tables from them; big ones come in parts, cut between orders.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.simulate.config import Config
from etl.simulate.demand import NEVER, Forecasts, Lines
from etl.simulate.injections import Effects
from etl.simulate.outcome import Outcome
from etl.simulate.streams import Ints
from etl.simulate.world import LOCATIONS, World

FIRST_ORDER = 100_000
FIRST_PURCHASE = 45_000
FIRST_PRODUCTION = 7_000
EPOCH = date(1970, 1, 1)
TERMS: tuple[tuple[str, int, str, float], ...] = (
    ("PREPAY", 0, "order", 1.0),
    ("NET14", 14, "ship", 0.0),
    ("NET30", 30, "ship", 0.0),
    ("EOM30", 30, "end_of_month", 0.0),
    ("DEP30", 30, "ship", 0.3),
    ("S-NET30", 30, "receipt", 0.0),
    ("S-NET60", 60, "invoice", 0.0),
    ("S-DEP30", 0, "ship", 0.3),
)
DEPOSIT = {name: rate for name, _, _, rate in TERMS}
NET_DAYS = {name: days for name, days, _, _ in TERMS}
RATES = {"USD": 0.92, "GBP": 1.17}


def ids(prefix: str, numbers: Ints) -> pl.Series:
    """Document numbers with their prefix."""
    return prefix + pl.Series(numbers).cast(pl.String)


class Books:
    """One run as its documents call it; rows are indexes into the run's own arrays."""

    def __init__(
        self,
        config: Config,
        world: World,
        effects: Effects,
        forecasts: Forecasts,
        lines: Lines,
        outcome: Outcome,
    ) -> None:
        self.config, self.world, self.effects = config, world, effects
        self.forecasts, self.lines, self.outcome = forecasts, lines, outcome
        self.last = config.days - 1
        self.item_ids = pl.Series(world.items.ids)
        self.location_ids = pl.Series([row[0] for row in LOCATIONS])
        width = len(str(len(world.customers.names)))
        self.customer_ids = pl.Series(
            [f"C{n + 1:0{max(width, 4)}d}" for n in range(len(world.customers.names))]
        )
        self.supplier_ids = pl.Series([f"S{n + 1:03d}" for n in range(len(world.suppliers.names))])
        self.customer_terms = pl.Series(world.customers.terms)
        log = outcome.shipments
        by_line = np.lexsort((log["day"], log["line"]))
        self.ship_line = log["line"][by_line]
        self.ship_day = log["day"][by_line]
        self.ship_qty = log["qty"][by_line]
        self.po_numbers, self.po_lines = self._number_purchases()

    def dates(self, days: Ints, known_by: int | None = None) -> pl.Series:
        """Dates of day numbers; null for NEVER and for what comes after `known_by`."""
        limit = NEVER - 1 if known_by is None else known_by
        start = (self.config.start - EPOCH).days
        known = pl.Series(days <= limit)
        series = pl.Series(days + start).cast(pl.Int32).cast(pl.Date)
        return pl.select(pl.when(known).then(series)).to_series()

    def of_pool(self, pool: Ints) -> tuple[pl.Series, pl.Series]:
        """Item and location ids of pools."""
        items = self.item_ids.gather(self.world.pools.item[pool])
        return items, self.location_ids.gather(self.world.pools.location[pool])

    def order_ids(self, rows: Ints) -> pl.Series:
        """Order ids of line rows: webshop orders begin with W, the others with SO-."""
        number = ids("", self.lines.order[rows] + FIRST_ORDER)
        prefix = pl.Series(self.lines.is_b2b[rows]).replace_strict({True: "SO-", False: "W"})
        return prefix + number

    def purchase_ids(self, rows: Ints) -> tuple[pl.Series, pl.Series]:
        """Purchase order and line ids of rows of the purchase table."""
        return ids("PO-", self.po_numbers[rows] + 45_000), ids("", self.po_lines[rows] * 10)

    def production_ids(self, rows: Ints) -> pl.Series:
        """Production order ids of rows of the production table."""
        return ids("MO-", rows + FIRST_PRODUCTION)

    def supplier_id(self, index: int) -> str | None:
        """Id of a supplier, None for -1."""
        return str(self.supplier_ids[index]) if index >= 0 else None

    def customer_id(self, index: int) -> str | None:
        """Id of a customer, None for -1."""
        return str(self.customer_ids[index]) if index >= 0 else None

    def _number_purchases(self) -> tuple[Ints, Ints]:
        po = self.outcome.purchases
        supplier = self.world.items.supplier[self.world.pools.item[po["pool"]]]
        place = self.world.pools.location[po["pool"]]
        order = np.lexsort((np.arange(po.size), po["line"], place, supplier, po["day"]))
        keys = np.stack([po["day"], supplier, place, po["line"]])[:, order]
        is_first = np.ones(po.size, dtype=bool)
        is_first[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
        number, line = np.empty(po.size, np.int64), np.empty(po.size, np.int64)
        number[order] = np.cumsum(is_first)
        firsts = np.flatnonzero(is_first)
        line[order] = np.arange(po.size) - firsts[np.cumsum(is_first) - 1] + 1
        return number, line

    def cuts(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of line rows of about `size`, cut between orders."""
        order, start, n = self.lines.order, 0, len(self.lines)
        while start < n:
            end = min(start + size, n)
            while end < n and order[end] == order[end - 1]:
                end += 1
            yield start, end
            start = end

    def day_column(self, name: str) -> pl.Expr:
        """A column of day numbers as dates."""
        start = (self.config.start - EPOCH).days
        return (pl.col(name) + start).cast(pl.Int32).cast(pl.Date)

    def date_of(self, day: int) -> date:
        """The calendar day of a day number."""
        return self.config.start + timedelta(days=day)
