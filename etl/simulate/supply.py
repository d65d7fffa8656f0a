"""Purchases, own production, receipts and what suppliers were paid."""

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.simulate.books import DEPOSIT, NET_DAYS, RATES, Books, ids
from etl.simulate.streams import Floats, Ints, uniform

BAGGED = ("CMP-WAX", "CMP-SOY", "CMP-CLY")
FIRST_RECEIPT = 30_000


def _purchase_units(books: Books, pool: Ints) -> tuple[Ints, pl.Series, Floats, Ints]:
    """Units per unit of measure, its name, price and the number of units it is for."""
    items = books.world.items
    item = books.world.pools.item[pool]
    bagged = np.array([i.startswith(BAGGED) for i in items.ids])
    in_grams = np.array([uom == "g" for uom in items.uoms])
    pack = np.where(bagged, items.pack, 1)[item]
    price_unit = np.where(in_grams & ~bagged, 1000, 1)[item]
    name = pl.Series(bagged[item]).replace_strict({True: "bag", False: None})
    plain = pl.Series(items.uoms).gather(item)
    uom = pl.select(pl.coalesce(name, plain)).to_series()
    is_usd = _currency_of(books, item) == "USD"
    price = items.cost[item] * pack * price_unit / np.where(is_usd, RATES["USD"], 1.0)
    return pack, uom, np.round(price, 4), price_unit


def _currency_of(books: Books, item: Ints) -> npt.NDArray[np.str_]:
    currency = np.array([f.currency for f in books.world.suppliers.facts])
    return np.asarray(currency[books.world.items.supplier[item]])


def purchase_order_lines(books: Books) -> pl.DataFrame:
    """Purchase lines as the books know them on the as-of date."""
    po, world, last = books.outcome.purchases, books.world, books.last
    rows = np.arange(po.size)
    pool = po["pool"]
    item, location = books.of_pool(pool)
    item_index = world.pools.item[pool]
    supplier = world.items.supplier[item_index]
    po_id, line_id = books.purchase_ids(rows)
    received = np.where(po["arrives"] <= last, po["first_qty"], 0)
    received = received + np.where(po["rest_arrives"] <= last, po["rest_qty"], 0)
    slip = po["arrives"] - po["promise"]
    u = uniform(books.config.seed, "again promised", pool, po["day"])
    told = np.minimum(po["promise"] - 1, po["planned_ship"] + 3)
    moved = (slip >= 3) & (u < 0.75) & (told <= last)
    promised = np.where(moved, po["promise"] + np.round(slip * (0.4 + 0.7 * u)), po["promise"])
    rest_due = (po["rest_qty"] > 0) & (po["arrives"] <= last)
    promised = np.where(rest_due, po["arrives"] + 21, promised).astype(np.int64)
    pack, uom, price, price_unit = _purchase_units(books, pool)
    status = np.where(received >= po["qty"], 2, np.where(received > 0, 1, 0))
    facts = world.suppliers.facts
    terms = pl.Series([f.terms for f in facts]).gather(supplier)
    is_direct = po["line"] >= 0
    sales = books.order_ids(np.maximum(po["line"], 0))
    return pl.DataFrame(
        {
            "po_id": po_id,
            "line_id": line_id,
            "supplier_id": books.supplier_ids.gather(supplier),
            "item_id": item,
            "location_id": location,
            "order_date": books.dates(po["day"]),
            "ordered_qty": po["qty"] / pack,
            "received_qty": received / pack,
            "cancelled_qty": np.zeros(po.size),
            "uom": uom,
            "requested_date": books.dates(po["promise"] - 1),
            "first_promised_date": books.dates(po["promise"]),
            "promised_date": books.dates(promised),
            "planned_ship_date": books.dates(po["planned_ship"]),
            "shipped_date": books.dates(po["shipped"], last),
            "unit_price": price,
            "price_unit": price_unit,
            "currency": pl.Series([f.currency for f in facts]).gather(supplier),
            "status": pl.Series(status).replace_strict(
                {0: "open", 1: "partially_received", 2: "received"}
            ),
            "payment_terms_id": terms,
            "deposit_rate": terms.replace_strict(DEPOSIT),
            "sales_order_id": pl.select(pl.when(pl.Series(is_direct)).then(sales)).to_series(),
        }
    ).sort("po_id", pl.col("line_id").cast(pl.Int64), maintain_order=True)


def supplier_payments(books: Books) -> pl.DataFrame:
    """What suppliers were paid: deposits at order, the rest by terms for accepted goods."""
    po, last = books.outcome.purchases, books.last
    rows = np.arange(po.size)
    item = books.world.pools.item[po["pool"]]
    facts = books.world.suppliers.facts
    supplier = books.world.items.supplier[item]
    terms = np.array([f.terms for f in facts])[supplier]
    pack, _, price, price_unit = _purchase_units(books, po["pool"])
    each = price / pack / price_unit
    deposit = np.array([DEPOSIT[t] for t in terms])
    net = np.array([NET_DAYS[t] for t in terms])
    currency = _currency_of(books, item)
    basis = np.where(np.isin(terms, ("S-DEP30", "S-NET60")), po["shipped"], po["arrives"])
    accepted = po["first_qty"] - po["rejected"]
    po_id, _ = books.purchase_ids(rows)

    def part(day: Ints, amount: Floats, kind: str) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "po_id": po_id,
                "day": day,
                "amount": amount,
                "currency": currency,
                "kind": pl.repeat(kind, po.size, eager=True),
            }
        ).filter((pl.col("day") <= last) & (pl.col("amount") > 0.004))

    return (
        pl.concat(
            [
                part(po["day"] + 2, po["qty"] * each * deposit, "deposit"),
                part(basis + net, accepted * each * (1 - deposit), "payment"),
                part(po["rest_arrives"] + net, po["rest_qty"] * each * (1 - deposit), "payment"),
            ]
        )
        .group_by("po_id", "day", "currency", "kind", maintain_order=True)
        .agg(pl.col("amount").sum().round(2))
        .sort("po_id", "day", "kind")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("po_id"))
        .select(
            payment_id=pl.format("OUT-{}-{}", pl.col("po_id").str.slice(3), "rank"),
            direction=pl.lit("out"),
            order_id=pl.lit(None, dtype=pl.String),
            po_id="po_id",
            paid_on=books.day_column("day"),
            amount="amount",
            currency="currency",
            kind="kind",
        )
    )


def production_orders(books: Books) -> pl.DataFrame:
    """Orders to the own workshop."""
    mo, last = books.outcome.productions, books.last
    item, location = books.of_pool(mo["pool"])
    done, begun = mo["finish"] <= last, mo["start"] <= last
    status = np.where(done, 2, np.where(begun, 1, 0))
    return pl.DataFrame(
        {
            "production_order_id": books.production_ids(np.arange(mo.size)),
            "item_id": item,
            "location_id": location,
            "ordered_qty": mo["qty"],
            "completed_qty": np.where(done, mo["good"], 0),
            "scrapped_qty": np.where(done, mo["qty"] - mo["good"], 0),
            "planned_start_date": books.dates(mo["planned_start"]),
            "start_date": books.dates(mo["start"], last),
            "due_date": books.dates(mo["due"]),
            "completed_date": books.dates(mo["finish"], last),
            "status": pl.Series(status).replace_strict(
                {0: "open", 1: "in_progress", 2: "completed"}
            ),
        }
    )


def receipts(books: Books) -> pl.DataFrame:
    """Goods in, from suppliers (in the unit of the order) and from the own workshop."""
    log = books.outcome.receipts
    order = np.lexsort((log["document"], log["source"], log["day"]))
    source, document = log["source"][order], log["document"][order]
    bought = source == 0
    po_rows, mo_rows = np.where(bought, document, 0), np.where(bought, 0, document)
    pool = np.where(
        bought,
        books.outcome.purchases["pool"][po_rows],
        books.outcome.productions["pool"][mo_rows],
    )
    item, location = books.of_pool(pool)
    pack = np.where(bought, _purchase_units(books, pool)[0], 1)
    po_id, po_line = books.purchase_ids(po_rows)
    mo_id = books.production_ids(mo_rows)
    from_supplier = pl.Series(bought)
    return pl.DataFrame(
        {
            "receipt_id": ids("R", np.arange(len(order)) + FIRST_RECEIPT + 1),
            "line_id": pl.repeat("1", len(order), eager=True),
            "po_id": pl.select(pl.when(from_supplier).then(po_id)).to_series(),
            "production_order_id": pl.select(pl.when(~from_supplier).then(mo_id)).to_series(),
            "po_line_id": pl.select(pl.when(from_supplier).then(po_line)).to_series(),
            "item_id": item,
            "location_id": location,
            "received_date": books.dates(log["day"][order]),
            "received_qty": log["qty"][order] / pack,
            "rejected_qty": log["rejected"][order] / pack,
        }
    )
