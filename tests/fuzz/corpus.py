"""What the fuzzer starts from: sample exports, fixtures, and files of its own, all kept small."""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random

import polars as pl

ROOT = Path(__file__).parents[2]
LINES_KEPT = 60
HEADERS = {
    "sales_order_lines": "order_id,line_id,order_date,item_id,ordered_qty,shipped_qty,unit_price,"
    "currency,line_status,is_customised,promised_date,hold_reason",
    "inventory_balances": "as_of,item_id,location_id,on_hand_qty,allocated_qty,unit_cost",
    "purchase_order_lines": "po_id,line_id,supplier_id,item_id,order_date,ordered_qty,uom",
    "items": "item_id,item_name,category,lead_time_days,unit_cost,backorder_allowed",
    "exchange_rates": "currency,rate_date,to_reporting_rate",
}


@dataclass(frozen=True)
class Seed:
    """A file to mutate."""

    name: str
    data: bytes


def corpus(random: Random) -> list[Seed]:
    """Every seed, in a fixed order for a given state of the repository."""
    paths = sorted((ROOT / "sample_data").iterdir())
    paths += sorted((ROOT / "tests" / "etl" / "profiles").rglob("*"))
    seeds = [_shortened(path) for path in paths if path.suffix not in (".md", ".yaml", "")]
    return seeds + [seed for table in HEADERS for seed in _generated(table, random)]


def _shortened(path: Path) -> Seed:
    data = path.read_bytes()
    if path.suffix in (".xlsx", ".parquet"):
        return Seed(path.name, data)
    return Seed(path.name, b"".join(data.splitlines(keepends=True)[:LINES_KEPT]))


def _generated(table: str, random: Random) -> list[Seed]:
    names = HEADERS[table].split(",")
    rows = [[cell(name, random) for name in names] for _ in range(random.randint(5, 40))]
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    book, parquet = BytesIO(), BytesIO()
    frame.write_excel(book)
    frame.write_parquet(parquet)
    text = "\n".join(",".join(row) for row in [names, *rows]) + "\n"
    return [
        Seed(f"{table}.csv", text.encode()),
        Seed(f"{table}.tsv", text.replace(",", "\t").encode()),
        Seed(f"{table}.json", json.dumps(objects, indent=1).encode()),
        Seed(f"{table}.ndjson", "".join(json.dumps(each) + "\n" for each in objects).encode()),
        Seed(f"{table}.xlsx", book.getvalue()),
        Seed(f"{table}.parquet", parquet.getvalue()),
    ]


def cell(name: str, random: Random) -> str:
    """A plain value for a contract column, by its name."""
    if name.endswith("_date") or name == "as_of":
        return f"2026-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    if name.endswith(("_qty", "_cost", "_price", "_rate")):
        return f"{random.randint(0, 99)}.{random.randint(0, 99):02}"
    if name in ("line_id", "lead_time_days"):
        return str(random.randint(1, 9))
    words = {
        "currency": ("EUR", "USD"),
        "line_status": ("open", "shipped"),
        "is_customised": ("true", "false"),
        "backorder_allowed": ("true", "false"),
    }
    return random.choice(words.get(name, ("A1", "B-2", "Größe 3", "x" * 30, "")))
