"""Balances and adjustments: with receipts and shipments they tie out to the unit."""

import numpy as np
import polars as pl

from etl.simulate.books import Books
from etl.simulate.streams import Ints
from etl.simulate.world import DROP_SHIP

QUARANTINE_DAYS = 45
FIRST_ADJUSTMENT = 60_000


def _refused(books: Books) -> tuple[Ints, Ints, Ints]:
    """Refused units: item, day of receipt, units. They lie in quarantine, then go back."""
    log, po = books.outcome.receipts, books.outcome.purchases
    rows = np.flatnonzero(log["rejected"])
    pool = po["pool"][log["document"][rows]]
    return books.world.pools.item[pool], log["day"][rows], log["rejected"][rows]


def stock_adjustments(books: Books) -> pl.DataFrame:
    """Consumption by production, count differences, breakage, and returns from quarantine."""
    used, lost = books.outcome.consumption, books.outcome.losses
    item, location = books.of_pool(used["pool"])
    lost_item, lost_location = books.of_pool(lost["pool"])
    refused, day, units = _refused(books)
    back = day + QUARANTINE_DAYS <= books.last
    frames = [
        pl.DataFrame(
            {
                "item_id": item,
                "location_id": location,
                "day": used["day"],
                "adjusted_qty": -used["qty"],
                "reason": pl.repeat("production consumption", used.size, eager=True),
            }
        )
        .group_by("item_id", "location_id", "day", "reason", maintain_order=True)
        .agg(pl.col("adjusted_qty").sum())
        .select("item_id", "location_id", "day", "adjusted_qty", "reason"),
        pl.DataFrame(
            {
                "item_id": lost_item,
                "location_id": lost_location,
                "day": lost["day"],
                "adjusted_qty": -lost["qty"],
                "reason": pl.Series(lost["kind"]).replace_strict(
                    {0: "count difference", 1: "breakage"}
                ),
            }
        ),
        pl.DataFrame(
            {
                "item_id": books.item_ids.gather(refused[back]),
                "location_id": pl.repeat("QUA", int(back.sum()), eager=True),
                "day": day[back] + QUARANTINE_DAYS,
                "adjusted_qty": -units[back],
                "reason": pl.repeat("returned to supplier", int(back.sum()), eager=True),
            }
        ),
    ]
    return (
        pl.concat(frames)
        .sort("day", "reason", "item_id", "location_id", maintain_order=True)
        .select(
            adjustment_id=pl.format("A{}", pl.int_range(1, pl.len() + 1) + FIRST_ADJUSTMENT),
            item_id="item_id",
            location_id="location_id",
            adjusted_on=books.day_column("day"),
            adjusted_qty="adjusted_qty",
            reason="reason",
        )
    )


def inventory_balances(books: Books) -> pl.DataFrame:
    """Stock at the end of each month, before the first day and on the as-of date."""
    out, po = books.outcome, books.outcome.purchases
    pools, items = books.world.pools, books.world.items
    pool = np.flatnonzero(items.policy[pools.item] != DROP_SHIP)
    item, location = books.of_pool(pool)
    refused, day_in, units = _refused(books)
    cost = pl.Series(items.cost)
    frames = []
    for day, on_hand in {-1: out.opening, **out.snapshots}.items():
        under_way = (po["shipped"] <= day) & (po["arrives"] > day) & (po["line"] < 0)
        transit = np.bincount(
            po["pool"][under_way], po["qty"][under_way], minlength=len(pools.item)
        )
        blocked = books.effects.blocked[:, max(day, 0)]
        frames.append(
            pl.DataFrame(
                {
                    "as_of": pl.repeat(books.date_of(day), len(pool), eager=True),
                    "item_id": item,
                    "location_id": location,
                    "on_hand_qty": on_hand[pool],
                    "unavailable_qty": np.minimum(blocked, on_hand)[pool],
                    "in_transit_qty": transit[pool].astype(np.int64),
                    "unit_cost": cost.gather(pools.item[pool]),
                }
            )
        )
        lying = (day_in <= day) & (day < day_in + QUARANTINE_DAYS)
        inside = np.bincount(refused[lying], units[lying], minlength=len(items.ids))
        # an item that was ever there keeps its row: a balance that vanishes would stay in force
        held = np.unique(refused[day_in <= day])
        frames.append(
            pl.DataFrame(
                {
                    "as_of": pl.repeat(books.date_of(day), len(held), eager=True),
                    "item_id": books.item_ids.gather(held),
                    "location_id": pl.repeat("QUA", len(held), eager=True),
                    "on_hand_qty": inside[held].astype(np.int64),
                    "unavailable_qty": inside[held].astype(np.int64),
                    "in_transit_qty": np.zeros(len(held), dtype=np.int64),
                    "unit_cost": cost.gather(held),
                }
            )
        )
    return pl.concat([f for f in frames if f.height]).with_columns(currency=pl.lit("EUR"))
