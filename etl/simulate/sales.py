"""Order lines, shipments and customers' payments of a range of order lines."""

import numpy as np
import polars as pl

from etl.simulate import catalogue
from etl.simulate.books import DEPOSIT, FIRST_ORDER, NET_DAYS, RATES, Books, ids
from etl.simulate.demand import is_sold_by_case
from etl.simulate.streams import Floats, Ints, uniform
from etl.simulate.world import CASE_PACK, MAKE_TO_ORDER, POLICIES

STATUSES = ("shipped", "cancelled", "open", "partially_shipped", "on_hold")
HOLDS = ("credit hold", "quality check", "address check")
REASON_CODES = ("SUPPLIER", "STOCK", "DEMAND", "PRODUCTION", "OTHER", "see e-mail")


def prices(books: Books, rows: Ints) -> tuple[Floats, Floats, pl.Series]:
    """Unit price in the order's currency, discount of the line, currency."""
    lines, world = books.lines, books.world
    listed = world.items.price[world.pools.item[lines.pool[rows]]]
    this_year = books.config.day_of(books.config.as_of.replace(month=1, day=1))
    rise = np.where(lines.day[rows] >= this_year, 1.03, 1.0)
    is_uk = world.customers.region[lines.customer[rows]] == len(catalogue.REGIONS) - 1
    listed = listed * rise * np.where(lines.is_b2b[rows], 0.78, 1.0)
    price = np.asarray(np.where(is_uk, listed / RATES["GBP"], listed), dtype=np.float64)
    price = np.round(price, 2)
    value = lines.qty[rows] * price
    discount = np.where(lines.is_b2b[rows] & (value > 300), np.round(value * 0.03, 2), 0.0)
    currency = pl.Series(is_uk).replace_strict({True: "GBP", False: "EUR"})
    return price, discount, currency


def sales_order_lines(books: Books, lo: int, hi: int) -> pl.DataFrame:
    """Order lines of rows lo to hi."""
    lines, out, world = books.lines, books.outcome, books.world
    rows = np.arange(lo, hi)
    pool, customer = lines.pool[rows], lines.customer[rows]
    item, location = books.of_pool(pool)
    policy = world.items.policy[world.pools.item[pool]]
    price, discount, currency = prices(books, rows)
    pack = np.where(is_sold_by_case(world, lines)[rows], CASE_PACK, 1)
    qty, shipped, cancelled = lines.qty[rows], out.shipped[rows], out.cancelled[rows]
    left = qty - shipped - cancelled
    held = out.is_held[rows]
    status = np.select(
        [left == 0, held, shipped > 0], [np.where(shipped > 0, 0, 1), 4, 3], default=2
    )
    credit = books.effects.credit_end[customer] >= books.last
    credit &= books.effects.credit_start[customer] <= books.last
    checks = np.where(credit, 0, np.where(lines.hold_end[rows] > books.last + 9, 1, 2))
    reasons = pl.Series(checks).replace_strict(dict(enumerate(HOLDS)))
    is_made_to_order = policy == MAKE_TO_ORDER
    u = uniform(books.config.seed, "reason codes", lines.order[rows], lines.line_no[rows])
    overdue = (left > 0) & lines.is_b2b[rows] & (out.promise[rows] <= books.last + 10)
    code = np.where(overdue & (u < 0.6), (u / 0.6 * len(REASON_CODES)).astype(np.int64), -1)
    terms = books.customer_terms.gather(customer)
    return pl.DataFrame(
        {
            "order_id": books.order_ids(rows),
            "line_id": ids("", lines.line_no[rows]),
            "order_date": books.dates(lines.day[rows]),
            "item_id": item,
            "ordered_qty": qty / pack,
            "shipped_qty": shipped / pack,
            "cancelled_qty": cancelled / pack,
            "customer_id": books.customer_ids.gather(customer),
            "location_id": location,
            "uom": pl.Series(pack).replace_strict({1: "pcs", CASE_PACK: "case"}),
            "requested_date": books.dates(lines.requested[rows]),
            "first_promised_date": books.dates(out.first_promise[rows]),
            "promised_date": books.dates(out.promise[rows]),
            "need_by_date": books.dates(lines.need_by[rows]),
            "shipped_date": books.dates(out.ship_day[rows]),
            "unit_price": np.round(price * pack, 2),
            "discount_amount": discount,
            "currency": currency,
            "line_status": pl.Series(status).replace_strict(dict(enumerate(STATUSES))),
            "order_type": pl.Series(policy).replace_strict(
                {i: "standard" if i == 0 else p for i, p in enumerate(POLICIES)}
            ),
            "is_customised": is_made_to_order,
            "standard_unit_price": pl.Series(np.round(price * 0.74, 2)),
            "hold_reason": reasons,
            "ship_complete": lines.is_complete_only[rows],
            "priority": 4 - world.customers.segment[customer],
            "channel": pl.Series(lines.is_b2b[rows]).replace_strict({True: "erp", False: "web"}),
            "payment_terms_id": terms,
            "deposit_rate": terms.replace_strict(DEPOSIT),
            "backorder_reason_code": pl.Series(code).replace_strict(
                dict(enumerate(REASON_CODES)), default=None
            ),
        }
    ).with_columns(
        pl.when(pl.col("is_customised")).then("standard_unit_price"),
        pl.when(pl.Series(held & (left > 0))).then("hold_reason").alias("hold_reason"),
    )


def _shipped(books: Books, lo: int, hi: int) -> tuple[Ints, Ints, Ints]:
    first, last = np.searchsorted(books.ship_line, [lo, hi])
    part = slice(first, last)
    return books.ship_line[part], books.ship_day[part], books.ship_qty[part]


def shipments(books: Books, lo: int, hi: int) -> pl.DataFrame:
    """Shipment lines of order lines lo to hi, in the lines' units; a document an order and day."""
    rows, day, qty = _shipped(books, lo, hi)
    pack = np.where(is_sold_by_case(books.world, books.lines)[rows], CASE_PACK, 1)
    item, location = books.of_pool(books.lines.pool[rows])
    on_road = 1 + (uniform(books.config.seed, "delivery", rows, day) * 4).astype(np.int64)
    return (
        pl.DataFrame(
            {
                "order": books.lines.order[rows],
                "order_id": books.order_ids(rows),
                "order_line_id": ids("", books.lines.line_no[rows]),
                "item_id": item,
                "location_id": location,
                "day": day,
                "shipped_date": books.dates(day),
                "shipped_qty": qty / pack,
                "delivered_date": books.dates(day + on_road, books.last),
            }
        )
        .with_columns(document=pl.col("day").rank("dense").over("order"))
        .with_columns(
            shipment_id=pl.format("D{}-{}", pl.col("order") + FIRST_ORDER, "document"),
            line_id=pl.int_range(1, pl.len() + 1).over("order", "day").cast(pl.String),
        )
        .select(
            "shipment_id", "line_id", "order_id", "order_line_id", "item_id", "location_id",
            "shipped_date", "shipped_qty", "delivered_date",
        )
    )  # fmt: skip


def customer_payments(books: Books, lo: int, hi: int) -> pl.DataFrame:
    """What the customers of order lines lo to hi paid, deposits and refunds included."""
    lines, out = books.lines, books.outcome
    rows = np.arange(lo, hi)
    price, discount, currency = prices(books, rows)
    value = lines.qty[rows] * price - discount
    terms = books.customer_terms.gather(lines.customer[rows])
    deposit = terms.replace_strict(DEPOSIT).to_numpy()
    net = terms.replace_strict(NET_DAYS).to_numpy()
    is_month_end = (terms == "EOM30").to_numpy()
    order_ids = books.order_ids(rows)
    number = lines.order[rows]

    def part(which: Ints, day: Ints, amount: Floats, kind: str) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "order": number[which],
                "order_id": order_ids.gather(which),
                "day": day,
                "amount": amount,
                "currency": currency.gather(which),
                "kind": pl.repeat(kind, len(which), eager=True),
            }
        ).filter((pl.col("day") <= books.last) & (pl.col("amount").abs() > 0.004))

    prepaid = np.flatnonzero(deposit == 1)
    partly = np.flatnonzero((deposit > 0) & (deposit < 1))
    wait = (uniform(books.config.seed, "deposit", number[partly], 0) * 4).astype(np.int64)
    log, day, qty = _shipped(books, lo, hi)
    billed = log - lo
    u = uniform(books.config.seed, "paying", number[billed], day)
    late = np.where(u < 0.75, 0, ((u - 0.75) * 80).astype(np.int64))
    from_day = np.where(is_month_end[billed], _month_end(books, day), day)
    cancelled = np.flatnonzero((out.cancelled[rows] > 0) & (deposit > 0))
    back = value * deposit * out.cancelled[rows] / np.maximum(lines.qty[rows], 1)
    return (
        pl.concat(
            [
                part(prepaid, lines.day[rows][prepaid], value[prepaid], "payment"),
                part(partly, lines.day[rows][partly] + wait, value[partly] * 0.3, "deposit"),
                part(
                    billed,
                    from_day + net[billed] + late,
                    (value * (1 - deposit))[billed] * qty / lines.qty[rows][billed],
                    "payment",
                ),
                part(cancelled, out.cancel_day[rows][cancelled] + 3, -back[cancelled], "refund"),
            ]
        )
        .group_by("order", "order_id", "day", "currency", "kind", maintain_order=True)
        .agg(pl.col("amount").sum().round(2))
        .sort("order", "day", "kind")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("order"))
        .select(
            payment_id=pl.format("IN{}-{}", pl.col("order") + FIRST_ORDER, "rank"),
            direction=pl.lit("in"),
            order_id="order_id",
            po_id=pl.lit(None, dtype=pl.String),
            paid_on=books.day_column("day"),
            amount="amount",
            currency="currency",
            kind="kind",
        )
    )


def _month_end(books: Books, day: Ints) -> Ints:
    """The last day of each day's month."""
    until = books.config.days
    ends = [books.config.day_of(start) - 1 for start in books.forecasts.month_starts]
    ends = [end for end in ends if end >= 0] or [until]
    return np.asarray(ends)[np.searchsorted(ends, day)]
