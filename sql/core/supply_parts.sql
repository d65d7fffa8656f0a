-- One row per open purchase or production order and what it may fill: first the sales order it was
-- placed for, then, with what that leaves, any line of its pool. Laid out end to end in the order
-- of arrival.
-- grain: meeting_id, supply_id
with

hard_demand as (
    select order_id, item_id, sum(hard_pegged_qty) as hard_pegged_qty
    from core.open_lines
    where hard_pegged_qty > 0
    group by order_id, item_id
),

supplies_split as (
    select
        supply.supply_id,
        supply.item_id,
        supply.pool_id,
        supply.sales_order_id,
        supply.expected_date,
        supply.supply_qty,
        least(
            supply.supply_qty,
            greatest(
                coalesce(hard_demand.hard_pegged_qty, 0)
                - coalesce(
                    sum(supply.supply_qty) over (
                        partition by supply.sales_order_id, supply.item_id
                        order by supply.expected_date nulls last, supply.supply_id
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as hard_qty,
    from core.supply as supply
    left join hard_demand
        on supply.sales_order_id = hard_demand.order_id
        and supply.item_id = hard_demand.item_id
    where supply.supply_kind <> 'on_hand'
),

supplies as (
    select
        'order ' || sales_order_id || ' ' || item_id as meeting_id,
        supply_id,
        expected_date,
        hard_qty as part_qty,
    from supplies_split
    where hard_qty > 0
    union all
    select
        'pool ' || pool_id as meeting_id,
        supply_id,
        expected_date,
        supply_qty - hard_qty as part_qty,
    from supplies_split
    where supply_qty > hard_qty
)

select
    meeting_id, -- lines and supplies that meet: those of a sales order and item, or of a pool
    supply_id, -- name of the supply
    expected_date, -- day it is expected; empty when no date is known
    cast(part_qty as decimal(18, 4)) as part_qty, -- quantity it brings to them
    cast(
        sum(part_qty) over (
            partition by meeting_id
            order by expected_date nulls last, supply_id
            rows between unbounded preceding and current row
        ) as decimal(38, 4)
    ) as end_qty -- quantity that has come to them with it
from supplies
