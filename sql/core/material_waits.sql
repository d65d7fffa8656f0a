-- One row per production order that started later than planned, or has not started although it
-- should, and component of its bill of material: what it may have waited for until the day before
-- it started.
-- The component's stock is that at the order's own location, else where most of it is supplied.
-- grain: supply_id, component_id
-- store: table
with

waiting as (
    select
        supply.supply_id,
        supply.item_id,
        supply.location_id,
        supply.planned_start_date,
        coalesce(supply.start_date - 1, as_of.as_of) as last_waited_date,
        supply.wanted_qty,
    from core.pooled_supply as supply
    cross join core.as_of as as_of
    where
        supply.supply_kind = 'production_order'
        and supply.planned_start_date < coalesce(supply.start_date, as_of.as_of)
        and supply.wanted_qty > 0
),

needs as (
    select
        waiting.supply_id,
        waiting.location_id,
        waiting.last_waited_date,
        bom_lines.component_item_id as component_id,
        sum(
            cast(waiting.wanted_qty as double)
            * cast(bom_lines.qty_per as double)
            / (1 - coalesce(cast(bom_lines.scrap_rate as double), 0))
        ) as needed_qty,
    from waiting
    inner join contract.bom_lines as bom_lines
        on waiting.item_id = bom_lines.parent_item_id
        and coalesce(bom_lines.valid_from, waiting.planned_start_date)
        <= waiting.planned_start_date
        and coalesce(bom_lines.valid_to, waiting.planned_start_date)
        >= waiting.planned_start_date
    where coalesce(bom_lines.scrap_rate, 0) < 1
    group by
        waiting.supply_id,
        waiting.location_id,
        waiting.last_waited_date,
        bom_lines.component_item_id
),

supplied as (
    select item_id, location_id, pool_id, count(*) as orders
    from core.pooled_supply
    where pool_id not like 'order %' and item_id in (select component_id from needs)
    group by item_id, location_id, pool_id
),

places as (
    select
        needs.supply_id,
        needs.component_id,
        needs.last_waited_date,
        needs.needed_qty,
        supplied.pool_id,
        row_number() over (
            partition by needs.supply_id, needs.component_id
            order by
                (supplied.location_id is not distinct from needs.location_id) desc,
                supplied.orders desc,
                supplied.pool_id
        ) as place_rank,
    from needs
    inner join supplied on needs.component_id = supplied.item_id
)

select
    supply_id, -- production order that waited
    component_id, -- component it needs
    pool_id, -- pool the component comes from
    last_waited_date, -- last day it waited: before it started, or today
    cast(needed_qty as decimal(18, 4))
        as needed_qty -- quantity of the component it needs, scrap included
from places
where place_rank = 1
