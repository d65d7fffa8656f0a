-- One row per supply that accepted orders leave something of: stock on hand, of all places, and open
-- purchase and production orders, by the day expected. What is made may take it.
-- grain: supply_id
-- store: table
with

stock as (
    select item_id, sum(usable_qty) as usable_qty
    from core.on_hand
    group by item_id
),

allocated as (
    select item_id, sum(allocated_qty) as allocated_qty
    from core.allocations
    group by item_id
),

pegged as (
    select supply_id, sum(pegged_qty) as pegged_qty
    from core.pegs
    where supply_kind <> 'on_hand'
    group by supply_id
),

supplies as (
    select
        'on hand ' || stock.item_id as supply_id,
        'on_hand' as supply_kind,
        cast(null as varchar) as document_id,
        cast(null as varchar) as supplier_id,
        stock.item_id,
        as_of.as_of as expected_date,
        stock.usable_qty - coalesce(allocated.allocated_qty, 0) as free_qty,
    from stock
    cross join core.as_of as as_of
    left join allocated on stock.item_id = allocated.item_id
    union all
    select
        supply.supply_id,
        supply.supply_kind,
        supply.document_id,
        supply.supplier_id,
        supply.item_id,
        supply.expected_date,
        supply.supply_qty - coalesce(pegged.pegged_qty, 0) as free_qty,
    from core.supply as supply
    left join pegged on supply.supply_id = pegged.supply_id
    where supply.supply_kind <> 'on_hand'
)

select
    supply_id, -- name of the supply
    supply_kind, -- on_hand, purchase_order or production_order
    document_id, -- number of the purchase or production order
    supplier_id, -- supplier; (own production) for production orders; empty for stock
    item_id, -- item supplied
    expected_date, -- day expected: the as-of date for stock; empty when no date is known
    cast(free_qty as decimal(18, 4)) as free_qty, -- part no accepted order takes
    cast(
        sum(free_qty) over (
            partition by item_id
            order by supply_kind <> 'on_hand', expected_date nulls last, supply_id
            rows between unbounded preceding and current row
        ) as decimal(38, 4)
    ) as end_qty -- quantity free with it, all that comes before included
from supplies
where free_qty > 0
