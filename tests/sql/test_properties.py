"""What holds whatever the rows: parts sum to wholes, order and repetition change nothing."""

import os
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import World, shared_world

AS_OF = date(2026, 3, 31)
ITEMS = ["I1", "I2", "I3"]
Rows = dict[str, list[dict[str, Any]]]

few = settings(
    max_examples=int(os.environ.get("BACKORDERS_EXAMPLES", "6")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
fewer = settings(few, max_examples=3)

items = st.sampled_from(ITEMS)
places = st.sampled_from(["L1", "L2", None])
quantities = st.integers(0, 12)
days = st.integers(-40, 20).map(lambda day: AS_OF + timedelta(day))
some_day = st.none() | days


def numbered(name: str, row: st.SearchStrategy[dict[str, Any]], most: int) -> Any:
    """Lists of rows, each with its own number in the key column."""
    return st.lists(row, max_size=most).map(
        lambda rows: [{name: f"{name}{number}", **row} for number, row in enumerate(rows)]
    )


order_lines = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["A", "B", "C", "D", "E", "F"]),
            "item_id": items,
            "location_id": places,
            "order_date": days,
            "ordered_qty": quantities,
            "shipped_qty": st.none() | st.integers(0, 8),
            "cancelled_qty": st.none() | st.integers(0, 3),
            "requested_date": some_day,
            "promised_date": some_day,
            "first_promised_date": some_day,
            "shipped_date": some_day,
            "unit_price": st.none() | st.integers(0, 20),
            "line_status": st.sampled_from([None, "open", "shipped", "cancelled", "on_hold"]),
            "ship_complete": st.booleans(),
            "uom": st.sampled_from([None, None, "pcs", "BOX", "PALLET"]),
            "load_id": st.sampled_from([None, None, 1]),
        }
    ),
    max_size=16,
).map(lambda rows: [{"line_id": str(number), **row} for number, row in enumerate(rows)])

# Load 2 is a full extract: it closes what load 1 told. PALLET has no conversion.
LOADS = [
    {"load_id": 1, "tables": "sales_order_lines", "exported_at": AS_OF - timedelta(20)},
    {"load_id": 2, "tables": "sales_order_lines", "exported_at": AS_OF, "is_full": True},
]

worlds = st.fixed_dictionaries(
    {
        "items": st.just([{"item_id": item, "base_uom": "pcs"} for item in ITEMS]),
        "uom_conversions": st.just([{"item_id": "I1", "from_uom": "box", "to_base_factor": 6}]),
        "quality.loads": st.just(LOADS),
        "sales_order_lines": order_lines,
        "shipments": numbered(
            "shipment_id",
            st.fixed_dictionaries(
                {
                    "order_id": st.sampled_from(["A", "B", "C", "D"]),
                    "order_line_id": st.none() | st.integers(0, 15).map(str),
                    "item_id": items,
                    "shipped_date": days,
                    "shipped_qty": st.integers(-2, 8),
                }
            ),
            8,
        ),
        "inventory_balances": st.lists(
            st.fixed_dictionaries(
                {
                    "as_of": st.sampled_from([AS_OF, AS_OF - timedelta(9)]),
                    "item_id": items,
                    "location_id": places,
                    "on_hand_qty": st.integers(-3, 20),
                }
            ),
            max_size=6,
            unique_by=lambda row: (row["as_of"], row["item_id"], row["location_id"]),
        ),
        "purchase_order_lines": numbered(
            "po_id",
            st.fixed_dictionaries(
                {
                    "supplier_id": st.just("S"),
                    "item_id": items,
                    "location_id": places,
                    "order_date": days,
                    "ordered_qty": quantities,
                    "received_qty": st.none() | st.integers(0, 6),
                    "promised_date": some_day,
                    "sales_order_id": st.sampled_from([None, None, "A", "B"]),
                }
            ),
            6,
        ),
    }
)


def fill_dates(world: World) -> dict[tuple[str, str], date | None]:
    """The day each open line is filled; None when some of it never is."""
    rows = world.rows(
        "select a.order_id, a.line_id, sum(p.pegged_qty) = a.open_qty"
        " and count(*) = count(p.expected_date), max(p.expected_date)"
        " from core.allocations a left join core.pegs p using (order_id, line_id)"
        " group by a.order_id, a.line_id, a.open_qty"
    )
    return {(order, line): day if whole else None for order, line, whole, day in rows}


def known(row: dict[str, Any], column: str) -> bool:
    return row[column] <= AS_OF


@few
@given(worlds)
def test_parts_sum_to_wholes(rows: Rows) -> None:
    world = shared_world()
    world.fill(rows, AS_OF)
    assert world.failed_checks() == []
    lines_in = sum(known(row, "order_date") for row in rows["sales_order_lines"])
    assert world.rows("select count(*) from core.order_lines") == [(lines_in,)]


@few
@given(worlds)
def test_first_come_is_first_filled_and_each_pool_pegs_all_it_can(rows: Rows) -> None:
    """Where no order is placed for one sales order only; pegged = min(demand, supply)."""
    free = [row | {"sales_order_id": None} for row in rows["purchase_order_lines"]]
    world = shared_world()
    world.fill(
        rows | {"purchase_order_lines": free}, AS_OF, reading=("core.pegs", "core.open_demand")
    )
    unequal = world.rows("""
        with demand as (select pool_id, sum(open_qty) as qty from core.open_demand group by 1),
        supply as (select pool_id, sum(supply_qty) as qty from core.supply group by 1),
        pegged as (
            select pool_id, sum(pegged_qty) as qty
            from core.pegs inner join core.open_demand using (order_id, line_id) group by 1
        )
        select * from demand left join supply using (pool_id) left join pegged using (pool_id)
        where coalesce(pegged.qty, 0) <> least(demand.qty, coalesce(supply.qty, 0))
    """)
    assert unequal == []
    days_of = fill_dates(world)
    queues: dict[str, list[date]] = {}
    query = "select pool_id, order_id, line_id from core.open_demand order by queue_rank"
    for pool, order, line in world.rows(query):
        queues.setdefault(pool, []).append(days_of[order, line] or date.max)
    assert all(queue == sorted(queue) for queue in queues.values())


@fewer
@given(worlds, st.integers(1, 9), items)
def test_more_supply_delays_no_line(rows: Rows, quantity: int, item: str) -> None:
    located = {
        table: [row | {"location_id": "L1"} if "location_id" in row else row for row in of_table]
        for table, of_table in rows.items()
    }
    located["inventory_balances"] = []
    world = shared_world()
    world.fill(located, AS_OF, reading=("core.pegs",))
    before = fill_dates(world)
    more = {"po_id": "more", "supplier_id": "S", "item_id": item, "location_id": "L1"}
    more |= {"order_date": AS_OF, "ordered_qty": quantity, "promised_date": AS_OF}
    located["purchase_order_lines"] = [*located["purchase_order_lines"], more]
    world.fill(located, AS_OF, reading=("core.pegs",))
    after = fill_dates(world)
    assert before.keys() == after.keys()
    assert all((after[key] or date.max) <= (before[key] or date.max) for key in before)


RULES = (
    "order_date",
    "due_date",
    "priority",
    "need_by",
    "value",
    "margin",
    "smallest_first",
    "fair_share",
    "segment_strategy",
)
BY_RULE = (
    "select order_id, line_id, allocated_qty, held_qty, is_covered, fill_date from core.rule_lines"
    " where allocation_rule = $rule order by all"
)
FILLED_BY_DAY = (
    "select pool_id, p.supply_kind = 'on_hand', p.expected_date, sum(p.pegged_qty)"
    " from core.pegs p inner join core.open_lines using (order_id, line_id)"
    " group by all order by all"
)


@few
@given(worlds, st.sampled_from(RULES[1:]), st.booleans())
def test_every_rule_fills_the_same_units_on_each_day(rows: Rows, rule: str, keep: bool) -> None:
    """Units filled per pool and day do not depend on the rule; and the rule shown beside the one
    in force is the rule as it works when it is in force itself."""
    world = shared_world()
    read = ("core.pegs", "core.rule_lines", "backlog.lines")
    held = {"held_lines_keep_stock": str(keep).lower()}
    world.fill(rows, AS_OF, assumptions=held, reading=read)
    filled = world.rows(FILLED_BY_DAY)
    beside = world.con.execute(BY_RULE, {"rule": rule}).fetchall()
    world.fill(rows, AS_OF, assumptions=held | {"allocation_rule": rule}, reading=read)
    assert world.rows(FILLED_BY_DAY) == filled
    assert world.con.execute(BY_RULE, {"rule": rule}).fetchall() == beside
    in_force = world.rows(
        "select order_id, line_id, allocated_qty, held_qty, expected_fill_date from backlog.lines"
        " semi join core.rule_lines using (order_id, line_id) order by all"
    )
    assert in_force == [(*row[:4], row[5]) for row in beside]


@few
@given(worlds, st.integers(1, 4))
def test_fair_shares_are_fair(rows: Rows, parts: int) -> None:
    """Nobody is a step from the exact share, and all of the stock is given out that can be."""
    free = [row | {"sales_order_id": None} for row in rows["purchase_order_lines"]]
    parted = [
        row | {"ordered_qty": row["ordered_qty"] / parts} for row in rows["sales_order_lines"]
    ]
    world = shared_world()
    world.fill(
        rows | {"purchase_order_lines": free, "sales_order_lines": parted},
        AS_OF,
        assumptions={"allocation_rule": "fair_share"},
        reading=("core.allocations",),
    )
    unfair = world.rows("""
        with pools as (
            select pool_id, sum(open_qty) as claimed, sum(allocated_qty) as met,
                min(usable_qty) as stock, bool_or(open_qty % 1 <> 0) as has_fractions
            from core.allocations inner join core.on_hand using (pool_id) group by 1
        )
        select * from core.allocations inner join pools using (pool_id)
        where met <> least(claimed, stock)
            or allocated_qty > open_qty
            or abs(allocated_qty - open_qty::double * least(1, stock::double / claimed::double))
                >= case when has_fractions then 0.0001 else 1 end + 1e-9
    """)
    assert unfair == []


@few
@given(
    worlds,
    st.lists(st.sampled_from(["", "win", "gain", "fill", "lose"]), min_size=5, max_size=5),
    st.lists(st.none() | st.integers(0, 9), min_size=6, max_size=6),
    st.booleans(),
)
def test_segments_get_what_their_strategy_allows(
    rows: Rows, strategies: list[str], allocated: list[int | None], keep: bool
) -> None:
    """Fill never more than confirmed, lose no free stock, gain what it had or an exception."""
    customers = [{"customer_id": f"C{n}", "segment": f"S{n}"} for n in range(5)]
    lines = [
        row | {"customer_id": f"C{number % 5}"}
        for number, row in enumerate(rows["sales_order_lines"])
    ]
    balances = [
        row | {"allocated_qty": qty}
        for row, qty in zip(rows["inventory_balances"], allocated, strict=False)
    ]
    levers = {
        f"{strategy}_segments": ", ".join(f"S{n}" for n in range(5) if strategies[n] == strategy)
        for strategy in ("win", "gain", "fill", "lose")
    }
    world = shared_world()
    world.fill(
        rows | {"customers": customers, "sales_order_lines": lines, "inventory_balances": balances},
        AS_OF,
        assumptions=levers | {"held_lines_keep_stock": str(keep).lower()},
        reading=("core.rule_lines",),
    )
    wrong = world.rows("""
        select * from core.rule_lines inner join core.open_lines using (order_id, line_id)
        where allocation_rule = 'segment_strategy' and is_contested and (
            (rule_lines.strategy = 'fill' and allocated_qty > coalesce(confirmed_qty, 0))
            or (rule_lines.strategy = 'lose' and allocated_qty > reserved_qty)
            or (
                rule_lines.strategy = 'gain'
                and is_exception <> (allocated_qty < coalesce(confirmed_qty, 0))
            )
        )
    """)
    assert wrong == []
    beyond = world.rows("""
        select pool_id, sum(allocated_qty), min(usable_qty)
        from core.rule_lines inner join core.open_lines using (order_id, line_id)
        left join core.on_hand using (pool_id)
        group by allocation_rule, pool_id
        having sum(allocated_qty) > coalesce(min(usable_qty), 0)
    """)
    assert beyond == []


EVERYTHING = (
    "backlog.lines",
    "backlog.rule_lines",
    "backlog.pegs",
    "backlog.promises",
    "backlog.available_to_promise",
    "backlog.supply_pegs",
    "backlog.daily",
    "backlog.otif",
    "backlog.fill_rates",
)


def results(world: World, rows: Rows) -> dict[str, list[tuple[Any, ...]]]:
    world.fill(rows, AS_OF, reading=EVERYTHING)
    return {name: world.rows(f"select * from {name} order by all") for name in EVERYTHING}


@fewer
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_repetition_change_nothing(rows: Rows, random: Any) -> None:
    world = shared_world()
    first = results(world, rows)
    shuffled = {table: random.sample(of_table, len(of_table)) for table, of_table in rows.items()}
    assert results(world, shuffled) == first


@fewer
@given(worlds)
def test_nothing_known_later_is_used(rows: Rows) -> None:
    """Taking away what happened after the as-of date changes no figure."""
    world = shared_world()
    dated = {"sales_order_lines": "order_date", "purchase_order_lines": "order_date"}
    late = results(world, rows)
    today = {
        table: [row for row in of_table if table not in dated or known(row, dated[table])]
        for table, of_table in rows.items()
    }
    today["stock_adjustments"] = []
    assert results(world, today) == late
    tomorrow = AS_OF + timedelta(1)
    later = today | {
        "shipments": [
            *today["shipments"],
            {
                "shipment_id": "x",
                "order_id": "A",
                "order_line_id": "99",
                "item_id": "I1",
                "shipped_date": tomorrow,
                "shipped_qty": 1,
            },
        ],
        "inventory_balances": [
            *today["inventory_balances"],
            {"as_of": tomorrow, "item_id": "I1", "on_hand_qty": 50},
        ],
        "stock_adjustments": [
            {"adjustment_id": "x", "item_id": "I1", "adjusted_on": tomorrow, "adjusted_qty": 9}
        ],
        "exchange_rates": [{"currency": "USD", "rate_date": tomorrow, "to_reporting_rate": 2}],
    }
    assert results(world, later) == late


DAYS_OF_EXPORTS = (-9, -5, -2, 0, 3, 8)

told = st.fixed_dictionaries(
    {
        "ordered_qty": quantities,
        "shipped_qty": st.none() | st.integers(0, 8),
        "cancelled_qty": st.none() | st.integers(0, 3),
        "promised_date": some_day,
        "first_promised_date": st.none() | st.none() | days,
        "line_status": st.sampled_from([None, "open", "shipped", "cancelled"]),
    }
)
histories = st.dictionaries(
    st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(["1", "2"])),
    st.tuples(
        items,
        st.integers(-40, -10).map(lambda day: AS_OF + timedelta(day)),
        st.dictionaries(st.sampled_from(DAYS_OF_EXPORTS), told, min_size=1, max_size=4).filter(
            lambda versions: min(versions) <= 0
        ),
    ),
    max_size=6,
)


def exports(
    lines: Any, full: set[int], shipments: list[dict[str, Any]], until: date
) -> dict[str, list[dict[str, Any]]]:
    """What the loader would keep of the exports made by `until`: contract, history and loads."""
    rows: Rows = {"sales_order_lines": [], "history.sales_order_lines": [], "quality.loads": []}
    offsets = [day for day in DAYS_OF_EXPORTS if AS_OF + timedelta(day) <= until]
    for number, day in enumerate(offsets):
        at = f"{AS_OF + timedelta(day)} 12:00:00"
        load = {"load_id": 100 - number, "exported_at": at, "loaded_at": at, "is_full": day in full}
        rows["quality.loads"].append(load | {"tables": "sales_order_lines"})
    for (order, line), (item, ordered_on, versions) in lines.items():
        key = {"order_id": order, "line_id": line}
        known_days = [day for day in offsets if day in versions]
        for day, newer in zip(known_days, [*known_days[1:], None], strict=True):
            load = {"load_id": 100 - offsets.index(day)}
            content = {"item_id": item, "order_date": ordered_on, **versions[day]}
            if newer is None:
                rows["sales_order_lines"].append(key | load | content)
            elif versions[newer] == versions[day]:
                rows["history.sales_order_lines"].append(key | load | {"is_same": True})
            else:
                rows["history.sales_order_lines"].append(key | load | content)
    rows["shipments"] = [row for row in shipments if row["shipped_date"] <= until]
    return rows


@few
@given(
    histories,
    st.sets(st.sampled_from(DAYS_OF_EXPORTS)),
    numbered(
        "shipment_id",
        st.fixed_dictionaries(
            {
                "order_id": st.sampled_from(["A", "B", "C"]),
                "order_line_id": st.sampled_from(["1", "2"]),
                "item_id": st.just("I1"),
                "shipped_date": days,
                "shipped_qty": st.integers(1, 4),
            }
        ),
        4,
    ),
)
def test_a_past_day_looks_as_it_did_then(
    lines: Any, full: set[int], shipments: list[dict[str, Any]]
) -> None:
    """With all exports made since, the day asked for shows what it showed on that day."""
    world = shared_world()
    read = (*EVERYTHING, "core.order_lines", "backlog.promise_changes", "backlog.promise_drift")
    seen = []
    for until in (AS_OF, AS_OF + timedelta(30)):
        world.fill(exports(lines, full, shipments, until), AS_OF, reading=read)
        seen.append({name: world.rows(f"select * from {name} order by all") for name in read})
    assert seen[0] == seen[1]


moves = st.lists(
    st.tuples(st.sampled_from(["L1", "L2"]), st.integers(1, 19), st.integers(-9, 9).filter(bool)),
    max_size=12,
)


@fewer
@given(moves, st.integers(0, 30), st.integers(0, 30))
def test_stock_reckoned_back_is_stock_reckoned_on(moved: Any, at_l1: int, at_l2: int) -> None:
    """A balance of day 0 carried on to day 10 is that of day 20 carried back: all is recorded."""
    start = AS_OF - timedelta(10)
    shipped, received, adjusted = [], [], []
    for number, (place, day, qty) in enumerate(moved):
        row = {"item_id": "I1", "location_id": place}
        on = start + timedelta(day)
        if qty < 0:
            dated = {"shipped_date": on, "shipped_qty": -qty, "order_id": f"O{number}"}
            shipped.append({"shipment_id": f"S{number}", "order_line_id": "1", **row, **dated})
        elif qty % 2:
            dated = {"received_date": on, "received_qty": qty, "po_id": "P"}
            received.append({"receipt_id": f"R{number}", **row, **dated})
        else:
            dated = {"adjusted_on": on, "adjusted_qty": qty}
            adjusted.append({"adjustment_id": f"J{number}", **row, **dated})
    edges = [start, start + timedelta(20)]
    orders = [
        {"order_id": row["order_id"], "item_id": "I1", "location_id": row["location_id"],
         "order_date": row["shipped_date"], "ordered_qty": row["shipped_qty"]}
        for row in shipped
    ]  # fmt: skip
    ends = {
        "shipments": [
            {"shipment_id": f"E{on}", "order_id": "E", "item_id": "I9", "shipped_date": on,
             "shipped_qty": 1} for on in edges
        ],
        "receipts": [
            {"receipt_id": f"E{on}", "po_id": "E", "item_id": "I9", "received_date": on,
             "received_qty": 1} for on in edges
        ],
    }  # fmt: skip
    begun = {"L1": at_l1, "L2": at_l2}
    ended = {
        place: qty + sum(move for where, _, move in moved if where == place)
        for place, qty in begun.items()
    }
    world = shared_world()
    found = []
    for counted_on, on_hand in ((start, begun), (edges[1], ended)):
        world.fill(
            {
                "sales_order_lines": orders,
                "shipments": [*shipped, *ends["shipments"]],
                "receipts": [*received, *ends["receipts"]],
                "stock_adjustments": adjusted,
                "inventory_balances": [
                    {"as_of": counted_on, "item_id": "I1", "location_id": place, "on_hand_qty": qty}
                    for place, qty in on_hand.items()
                ],
            },
            AS_OF,
            reading=("core.balances",),
        )
        query = "select location_id, on_hand_qty, usable_qty from core.balances order by all"
        found.append(world.rows(query))
    assert found[0] == found[1]
    assert len(found[0]) == 2
