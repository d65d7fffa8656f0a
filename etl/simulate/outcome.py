"""What the day loop leaves behind: growing tables of documents and arrays of order lines."""

from dataclasses import dataclass

import numpy as np

from etl.simulate.streams import Flags, Ints


class Table:
    """Growing columns of integers, filled a batch of rows at a time."""

    def __init__(self, *names: str) -> None:
        self._columns: dict[str, Ints] = {name: np.zeros(1024, dtype=np.int64) for name in names}
        self.size = 0

    def __getitem__(self, name: str) -> Ints:
        return self._columns[name][: self.size]

    def add(self, **values: Ints | int) -> Ints:
        """Append rows; scalars repeat. Returns the new rows' numbers."""
        count = max(np.size(v) for v in values.values())
        end = self.size + count
        for name, column in self._columns.items():
            if end > len(column):
                grown = np.zeros(max(end, 2 * len(column)), dtype=np.int64)
                grown[: self.size] = column[: self.size]
                self._columns[name] = column = grown
            column[self.size : end] = values.get(name, 0)
        rows = np.arange(self.size, end)
        self.size = end
        return rows


@dataclass
class Outcome:
    """What happened. Days count from the first; NEVER or -1 where a thing did not happen."""

    shipped: Ints
    cancelled: Ints
    cancel_day: Ints
    ship_day: Ints
    first_promise: Ints
    promise: Ints
    reserved: Ints  # at the end of the last day
    is_held: Flags  # at the end of the last day
    shipments: Table  # line, day, qty
    purchases: Table
    productions: Table
    receipts: Table  # source (0 purchase, 1 production), document, day, qty, rejected
    consumption: Table  # pool, day, qty, production
    losses: Table  # pool, day, qty, kind (0 injected, 1 everyday)
    opening: Ints  # on hand per pool before the first day
    snapshots: dict[int, Ints]  # day -> on hand per pool at its end
    safety_stock: Ints
    reorder_point: Ints
