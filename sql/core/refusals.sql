-- One row per open order line that a scenario would not have accepted, or not all of: selling stops
-- where nothing in stock or on order is left to promise. No rows in a published snapshot.
-- Lines took what there is in the order they came. What waits on purpose, ships from the supplier,
-- or has supply of its own is accepted all the same, and so are items whose stock is not counted.
-- grain: order_id, line_id
-- store: table
with

stopped as (
    select distinct items.item_id
    from core.items as items
    inner join core.changes as changes
        on changes.change = 'stop_selling'
        and (changes.subject_id = '' or changes.subject_id = items.item_id)
    left join contract.items as masters on items.item_id = masters.item_id
    where coalesce(masters.inventory_tracked, true)
),

dedicated as (
    select distinct sales_order_id, item_id
    from core.expected_supply
    where sales_order_id is not null
),

lines as (
    select
        lines.order_id,
        lines.line_id,
        case
            when pools.is_by_location then lines.item_id || ' @ ' || lines.location_id
            else lines.item_id
        end as pool_id,
        lines.order_date,
        lines.due_date,
        lines.is_planned,
        lines.open_qty,
        lines.unit_price,
    from core.wanted_lines as lines
    inner join stopped on lines.item_id = stopped.item_id
    inner join core.pools as pools on lines.item_id = pools.item_id
    where
        lines.open_qty > 0
        and lines.order_type <> 'drop_ship'
        and (lines.order_id, lines.item_id) not in (
            select sales_order_id, item_id from dedicated
        )
),

supplies as (
    select
        case
            when pools.is_by_location then balances.item_id || ' @ ' || balances.location_id
            else balances.item_id
        end as pool_id,
        balances.usable_qty as supply_qty,
    from core.balances as balances
    inner join stopped on balances.item_id = stopped.item_id
    inner join core.pools as pools on balances.item_id = pools.item_id
    union all
    select supply.pool_id, supply.supply_qty
    from core.expected_supply as supply
    inner join stopped on supply.item_id = stopped.item_id
    where supply.sales_order_id is null and supply.expected_date is not null
),

supplied as (
    select pool_id, sum(supply_qty) as supply_qty
    from supplies
    group by pool_id
),

queued as (
    select
        lines.order_id,
        lines.line_id,
        lines.is_planned,
        lines.open_qty,
        lines.unit_price,
        sum(lines.open_qty) over (
            partition by lines.pool_id
            order by lines.order_date, lines.due_date, lines.order_id, lines.line_id
            rows between unbounded preceding and current row
        ) - coalesce(supplied.supply_qty, 0) as beyond_qty,
    from lines
    left join supplied on lines.pool_id = supplied.pool_id
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    cast(least(beyond_qty, open_qty) as decimal(18, 4))
        as refused_qty, -- quantity that would not have been accepted
    cast(least(beyond_qty, open_qty) * unit_price as decimal(18, 2))
        as refused_value -- value of it: a sale lost
from queued
where beyond_qty > 0 and not is_planned
