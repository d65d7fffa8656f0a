"""How fast bills of materials are exploded: 200,000 lines on 5 levels for 20,000 items short."""

import time

import duckdb

from sql import models

WIDTH = 20_000
"""Items on each level; those on the first are sold."""
LEVELS = 5
EACH = 2
"""Components of an item."""
MOST_SECONDS = 5.0


def test_a_bill_of_200_000_lines_is_exploded_for_20_000_items_in_seconds() -> None:
    needed = models.upstream(("materials.exploded",))
    with duckdb.connect() as con:
        models.create_recorded(con)
        con.execute(
            "insert into contract.bom_lines (parent_item_id, component_item_id, qty_per)"
            " select 'L' || level || '-' || item,"
            f"  'L' || (level + 1) || '-' || ((item * {EACH} + part * 7919 + level) % {WIDTH}),"
            f"  part + 1 from range({LEVELS}) as levels (level),"
            f"  range({WIDTH}) as items (item), range({EACH}) as parts (part)"
        )
        con.execute(
            "insert into contract.sales_order_lines"
            " (order_id, line_id, order_date, item_id, ordered_qty)"
            " select 'O' || item, '1', date '2026-03-01', 'L0-' || item, 3"
            f" from range({WIDTH}) as items (item)"
        )
        built = models.build(con, only=("materials.exploded",))
        started = time.process_time()
        for name, model in models.load_models().items():
            if name in needed and name.startswith("materials."):
                con.execute(f"create or replace table {name} as {model.sql}")
        seconds = time.process_time() - started
        rows = con.execute("select count(*), max(level) from materials.exploded").fetchone()
    assert [one.rows for one in built.models if one.model == "materials.bom_lines"] == [200_000]
    # Each item takes 2 + 4 + 8 + 16 + 32 others.
    assert rows == (WIDTH * 62, LEVELS)
    assert seconds < MOST_SECONDS
