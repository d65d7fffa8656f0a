-- One row per pool: stock that can fill its orders at the as-of date.
-- Items whose stock is not counted have as much as is asked for.
-- grain: pool_id
with

stock as (
    select
        balances.item_id,
        case
            when pools.is_by_location then balances.item_id || ' @ ' || balances.location_id
            else balances.item_id
        end as pool_id,
        balances.usable_qty,
        balances.source_allocated_qty,
    from core.balances as balances
    inner join core.pools as pools on balances.item_id = pools.item_id
    left join contract.items as items on balances.item_id = items.item_id
    where balances.usable_qty > 0 and coalesce(items.inventory_tracked, true)
    union all
    select
        lines.item_id,
        lines.pool_id,
        lines.open_qty as usable_qty,
        cast(null as decimal(18, 4)) as source_allocated_qty,
    from core.open_lines as lines
    inner join contract.items as items on lines.item_id = items.item_id
    where not items.inventory_tracked
)

select
    pool_id, -- lines and supply that may meet: the item, or item @ location
    item_id, -- item in stock
    cast(sum(usable_qty) as decimal(18, 4)) as usable_qty, -- stock that can fill orders
    cast(sum(source_allocated_qty) as decimal(18, 4))
        as source_allocated_qty -- part the source says is reserved for orders; empty if untold
from stock
group by pool_id, item_id
