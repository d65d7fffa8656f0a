"""What was injected and which documents it touched: the answer that models are judged by."""

from datetime import timedelta

import numpy as np
import polars as pl

from etl.simulate.books import Books
from etl.simulate.config import Config
from etl.simulate.injections import Injection
from etl.simulate.stock import stock_adjustments
from etl.simulate.streams import Flags, Ints

SCHEMA = {
    "injection_id": pl.String,
    "cause": pl.String,
    "kind": pl.String,
    "item_id": pl.String,
    "location_id": pl.String,
    "supplier_id": pl.String,
    "customer_id": pl.String,
    "document_ids": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "magnitude": pl.Float64,
    "unit": pl.String,
    "note": pl.String,
}


def truth(config: Config, injections: list[Injection], books: Books) -> pl.DataFrame:
    """One row per injection that took place, with the documents it changed.

    `document_ids` are separated by spaces: order/line, PO/line, production order or adjustment,
    as the kind has it; empty for causes that show in no document of their own.
    """
    documents = _Documents(books)
    names = books.world.items.ids
    places = ("WH1", "WH2")
    rows = []
    for number, one in enumerate(injections):
        if one.id in config.leave_out:
            continue
        # what touches only the future has not happened yet
        end = min(one.end, books.last)
        rows.append(
            (
                one.id,
                one.kind.cause,
                one.kind.name,
                names[one.item] if one.item >= 0 else None,
                places[one.location] if one.location >= 0 else None,
                books.supplier_id(one.supplier),
                books.customer_id(one.customer),
                " ".join(documents.of(number, one)),
                config.start + timedelta(days=one.start),
                config.start + timedelta(days=end),
                one.magnitude,
                one.kind.unit,
                one.note,
            )
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


class _Documents:
    """Finds the documents an injection touched."""

    def __init__(self, books: Books) -> None:
        self.books = books
        adjustments = stock_adjustments(books).filter(pl.col("reason") == "count difference")
        self.counts = {
            (item, place, day): name
            for name, item, place, day in adjustments.select(
                "adjustment_id", "item_id", "location_id", "adjusted_on"
            ).iter_rows()
        }

    def of(self, number: int, one: Injection) -> list[str]:
        books, name = self.books, one.kind.name
        out, lines = books.outcome, books.lines
        po, mo = out.purchases, out.productions
        if name in ("spike_without_event", "spike_on_event", "event_missed"):
            return self._lines(lines.injection == number)
        if name in ("supplier_late", "factory_closed", "component_late"):
            return self._purchases(self._within(po["pool"], po["planned_ship"], one))
        if name in ("transit_late", "port_strike"):
            return self._purchases(self._within(po["pool"], po["shipped"], one))
        if name in ("short_shipped", "rejected"):
            touched = po["rest_qty"] if name == "short_shipped" else po["rejected"]
            return self._purchases(self._within(po["pool"], po["arrives"], one) & (touched > 0))
        if name in ("machine_down", "component_not_made"):
            begun = mo["start"] <= books.last
            rows = np.flatnonzero(self._within(mo["pool"], mo["planned_start"], one) & begun)
            return books.production_ids(rows).to_list()
        if name == "count_loss":
            key = (
                books.world.items.ids[one.item],
                ("WH1", "WH2")[one.location],
                books.config.start + timedelta(days=one.start),
            )
            return [self.counts[key]] if key in self.counts else []
        if name == "quality_hold":
            return self._lines(
                np.isin(lines.pool, one.pools)
                & (lines.hold_start >= one.start)
                & (lines.hold_end == one.end)
            )
        if name == "credit_hold":
            waiting = (out.ship_day >= one.start) | (out.shipped < lines.qty)
            return self._lines(
                (lines.customer == one.customer)
                & (lines.day <= one.end)
                & waiting
                & (out.cancel_day >= one.start)
            )
        return []

    def _within(self, pools: Ints, days: Ints, one: Injection) -> Flags:
        # a document counts when what was injected had shown by the as-of date
        seen = np.minimum(one.end, self.books.last)
        return np.asarray(np.isin(pools, one.pools) & (days >= one.start) & (days <= seen))

    def _lines(self, which: Flags) -> list[str]:
        rows = np.flatnonzero(which)
        number = pl.Series(self.books.lines.line_no[rows]).cast(pl.String)
        return (self.books.order_ids(rows) + "/" + number).to_list()

    def _purchases(self, which: Flags) -> list[str]:
        order, line = self.books.purchase_ids(np.flatnonzero(which))
        return (order + "/" + line).to_list()
