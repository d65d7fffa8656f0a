"""Master data, recipes, terms, rates, the calendar, and every version of the forecast."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from etl.simulate import catalogue
from etl.simulate.books import RATES, TERMS, Books
from etl.simulate.demand import NEVER
from etl.simulate.streams import uniform
from etl.simulate.supply import BAGGED
from etl.simulate.world import (
    CASE_PACK,
    DROP_SHIP,
    LOCATIONS,
    POLICIES,
    PREORDER,
    REVIEW_DAYS,
    SEGMENTS,
    STOCK,
)

FORECAST_PERIODS = 4


def items(books: Books) -> pl.DataFrame:
    """Item master."""
    world, items = books.world, books.world.items
    n = len(items.ids)
    own = items.supplier >= 0
    pool_of = world.main_pool
    shelf = [catalogue.CATEGORIES[c].shelf_life_days if c >= 0 else None for c in items.category]
    by_item = np.zeros((3, n))
    pools = world.pools
    for row, values in enumerate(
        (books.outcome.safety_stock, books.outcome.reorder_point, pools.units_per_day)
    ):
        np.add.at(by_item[row], pools.item, values)
    stocked = books.effects.is_stocked[pool_of]
    backorder = np.zeros(n, dtype=np.int64)
    np.add.at(backorder, pools.item, books.effects.planned_backorder)
    capacity = np.ceil(by_item[2] * 2.2 * 7)
    return pl.DataFrame(
        {
            "item_id": books.item_ids,
            "item_name": items.names,
            "category": items.categories,
            "base_uom": items.uoms,
            "replenishment": pl.Series(items.is_made).replace_strict({True: "make", False: "buy"}),
            "stocking_policy": pl.Series(
                np.where((items.policy == DROP_SHIP) | ~stocked, items.policy, 0)
            ).replace_strict(dict(enumerate(POLICIES))),
            "backorder_allowed": np.ones(n, dtype=bool),
            "inventory_tracked": items.policy != DROP_SHIP,
            "default_supplier_id": pl.select(
                pl.when(pl.Series(own)).then(
                    books.supplier_ids.gather(np.maximum(items.supplier, 0))
                )
            ).to_series(),
            "lead_time_days": items.lead_days,
            "review_days": np.full(n, REVIEW_DAYS),
            "unit_cost": items.cost,
            "list_price": items.price,
            "safety_stock_qty": np.where(stocked, by_item[0], 0).astype(np.int64),
            "reorder_point_qty": np.where(stocked, by_item[1], 0).astype(np.int64),
            "min_order_qty": np.where(stocked, items.min_order, 1),
            "order_multiple": np.where(stocked, items.pack, 1),
            "shelf_life_days": pl.Series(shelf, dtype=pl.Int64),
            "unit_volume_m3": items.volume,
            "holding_cost_rate": np.full(n, 0.22),
            "capacity_per_week_qty": np.where(items.is_made & items.is_product, capacity, -1),
            "max_planned_backorder_qty": backorder,
        }
    ).with_columns(
        pl.when(pl.col("capacity_per_week_qty") >= 0).then("capacity_per_week_qty"),
        pl.when(pl.col("max_planned_backorder_qty") > 0).then("max_planned_backorder_qty"),
        pl.when(pl.Series(items.is_product)).then("list_price").alias("list_price"),
    )


def customers(books: Books) -> pl.DataFrame:
    """Customer master; the credit block is the one of the as-of date."""
    customers, lines = books.world.customers, books.lines
    n = len(customers.names)
    first = np.full(n, NEVER)
    np.minimum.at(first, lines.customer, lines.day)
    since = (uniform(books.config.seed, "customer since", np.arange(n)) * 900).astype(np.int64)
    blocked = (books.effects.credit_start <= books.last) & (books.effects.credit_end >= books.last)
    old = np.where(since > 150, first - since, first)
    return pl.DataFrame(
        {
            "customer_id": books.customer_ids,
            "customer_name": customers.names,
            "segment": pl.Series(customers.segment).replace_strict(dict(enumerate(SEGMENTS))),
            "priority": 4 - customers.segment,
            "region": pl.Series(customers.region).replace_strict(
                dict(enumerate(catalogue.REGIONS))
            ),
            "payment_terms_id": books.customer_terms,
            "credit_hold": blocked,
            "first_order_date": books.dates(np.where(first == NEVER, NEVER, old)),
        }
    )


def suppliers(books: Books) -> pl.DataFrame:
    """Supplier master."""
    facts = books.world.suppliers.facts
    return pl.DataFrame(
        {
            "supplier_id": books.supplier_ids,
            "supplier_name": books.world.suppliers.names,
            "country": [f.country for f in facts],
            "payment_terms_id": [f.terms for f in facts],
            "currency": [f.currency for f in facts],
            "on_hold": pl.repeat(False, len(facts), eager=True),
        }
    )


def supplier_items(books: Books) -> pl.DataFrame:
    """Who offers what; every fourth item has a dearer, quicker second source."""
    items, world = books.world.items, books.world
    bought = np.flatnonzero(items.supplier >= 0)
    n = len(world.suppliers.names)
    second = bought[bought % 4 == 0]
    item = np.concatenate([bought, second])
    rank = np.concatenate([np.ones(len(bought), np.int64), np.full(len(second), 2)])
    supplier = np.where(rank == 1, items.supplier[item], (items.supplier[item] + 1) % n)
    usd = np.array([f.currency == "USD" for f in world.suppliers.facts])[supplier]
    in_grams = np.array([uom == "g" for uom in items.uoms])[item]
    price = items.cost[item] * np.where(rank == 1, 1, 1.18) * np.where(in_grams, 1000, 1)
    lead = np.where(rank == 1, items.lead_days[item], world.suppliers.lead_days[supplier])
    rate = np.zeros(len(items.ids))
    np.add.at(rate, world.pools.item, world.pools.units_per_day)
    capacity = np.ceil(np.maximum(rate[item] * 7 * 3, items.pack[item] * 4))
    return pl.DataFrame(
        {
            "supplier_id": books.supplier_ids.gather(supplier),
            "item_id": books.item_ids.gather(item),
            "valid_from": pl.repeat(books.date_of(-31), len(item), eager=True),
            "lead_time_days": lead,
            "transit_days": world.suppliers.transit_days[supplier],
            "min_order_qty": items.min_order[item],
            "order_multiple": items.pack[item],
            "unit_price": np.round(price / np.where(usd, RATES["USD"], 1), 4),
            "price_unit": np.where(in_grams, 1000, 1),
            "currency": pl.Series(usd).replace_strict({True: "USD", False: "EUR"}),
            "capacity_per_week_qty": capacity,
            "supplier_rank": rank,
        }
    ).sort("item_id", "supplier_rank")


def bom_lines(books: Books) -> pl.DataFrame:
    """Recipes, both levels."""
    recipes = books.world.recipes
    return pl.DataFrame(
        {
            "parent_item_id": books.item_ids.gather(recipes.parent),
            "component_item_id": books.item_ids.gather(recipes.component),
            "qty_per": recipes.units / recipes.per,
        }
    )


def demand_forecasts(books: Books) -> pl.DataFrame:
    """Every monthly version: this month and the three after it, per item and location."""
    items, pools, plan = books.world.items, books.world.pools, books.forecasts
    planned = items.is_product & np.isin(items.policy, (STOCK, PREORDER))
    pool = np.flatnonzero(planned[pools.item])
    item, location = books.of_pool(pool)
    frames = []
    for version in range(len(plan.version_days)):
        for k in range(FORECAST_PERIODS):
            start, after = plan.month_starts[version + k : version + k + 2]
            frames.append(
                pl.DataFrame(
                    {
                        "item_id": item,
                        "location_id": location,
                        "period_start": pl.repeat(start, len(pool), eager=True),
                        "period_end": pl.repeat(after - timedelta(days=1), len(pool), eager=True),
                        "made_on": pl.repeat(
                            max(plan.month_starts[version], books.config.start),
                            len(pool),
                            eager=True,
                        ),
                        "forecast_qty": plan.units[version, pool, k].astype(np.int64),
                    }
                )
            )
    return pl.concat(frames).sort("made_on", "item_id", "location_id", "period_start")


def locations(books: Books) -> pl.DataFrame:
    """Where stock lies."""
    return pl.DataFrame(
        LOCATIONS,
        schema=["location_id", "location_name", "location_type", "is_netable"],
        orient="row",
    )


def payment_terms(books: Books) -> pl.DataFrame:
    """Terms of customers and suppliers."""
    return pl.DataFrame(
        TERMS, schema=["payment_terms_id", "net_days", "basis", "deposit_rate"], orient="row"
    )


def uom_conversions(books: Books) -> pl.DataFrame:
    """Cases sold and bags bought."""
    items = books.world.items
    rows = [
        (item, "case", CASE_PACK)
        for item, c in zip(items.ids, items.category, strict=True)
        if c >= 0 and catalogue.CATEGORIES[c].b2b_pack == CASE_PACK
    ]
    rows += [
        (item, "bag", int(pack))
        for item, pack in zip(items.ids, items.pack, strict=True)
        if item.startswith(BAGGED)
    ]
    return pl.DataFrame(rows, schema=["item_id", "from_uom", "to_base_factor"], orient="row")


def exchange_rates(books: Books) -> pl.DataFrame:
    """A rate a month and currency, EUR for one unit."""
    months = [books.date_of(-1).replace(day=1)]
    while (after := (months[-1] + timedelta(days=32)).replace(day=1)) <= books.config.as_of:
        months.append(after)
    rows = []
    for c, (currency, middle) in enumerate(RATES.items()):
        u = uniform(books.config.seed, "exchange rates", np.arange(len(months)), c)
        walk = np.cumsum(u - 0.5) * 0.012
        rows += [
            (currency, month, round(middle * (1 + float(w)), 4))
            for month, w in zip(months, walk, strict=True)
        ]
    return pl.DataFrame(rows, schema=["currency", "rate_date", "to_reporting_rate"], orient="row")


def calendar_events(books: Books) -> pl.DataFrame:
    """Holidays, promotions, and the events behind injected demand."""
    rows: list[tuple[date, str, str, str | None, str | None]] = []
    days = [books.date_of(d) for d in range(books.config.days + 60)]
    for day in days:
        rows += [
            (day, name, "holiday", None, None)
            for month, number, name in catalogue.HOLIDAYS
            if (day.month, day.day) == (month, number)
        ]
        rows += [
            (day, name, "promotion", None, category)
            for month, first, last, name, category, _ in catalogue.PROMOTIONS
            if day.month == month and first <= day.day <= last
        ]
    item_ids = books.world.items.ids
    rows += [
        (books.date_of(day), name, kind, item_ids[item], None)
        for day, name, kind, item in books.effects.events
    ]
    frame = pl.DataFrame(
        rows,
        schema={
            "event_date": pl.Date,
            "event_name": pl.String,
            "kind": pl.String,
            "item_id": pl.String,
            "category": pl.String,
        },
        orient="row",
    )
    return frame.unique(maintain_order=True).sort("event_date", "event_name", "item_id")
