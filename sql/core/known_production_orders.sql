-- One row per production order that exports told, as the newest of them known at the as-of date
-- has it: the one in force, except where a day was asked for and that one is of a later day.
-- grain: production_order_id
with

told as (
    select
        orders.production_order_id,
        orders.item_id,
        orders.location_id,
        orders.planned_start_date,
        orders.start_date,
        orders.due_date,
        orders.completed_date,
        orders.ordered_qty,
        orders.completed_qty,
        orders.scrapped_qty,
        orders.status,
        orders.sales_order_id,
        coalesce(replayed.load_id, orders.load_id) as load_id,
        coalesce(replayed.is_known, false) as is_replayed,
    from contract.production_orders as orders
    left join core.replayed as replayed
        on orders.production_order_id = replayed.production_order_id
    where
        replayed.production_order_id is null
        or (replayed.is_content_in_force and not replayed.is_dropped)
    union all
    select
        orders.production_order_id,
        orders.item_id,
        orders.location_id,
        orders.planned_start_date,
        orders.start_date,
        orders.due_date,
        orders.completed_date,
        orders.ordered_qty,
        orders.completed_qty,
        orders.scrapped_qty,
        orders.status,
        orders.sales_order_id,
        replayed.load_id,
        replayed.is_known as is_replayed,
    from history.production_orders as orders
    inner join core.replayed as replayed
        on orders.production_order_id = replayed.production_order_id
        and orders.load_id = replayed.content_load_id
    where not replayed.is_content_in_force and not replayed.is_dropped
)

select
    told.production_order_id as production_order_id, -- production order
    told.item_id as item_id, -- item made
    told.location_id as location_id, -- location it is made for
    told.planned_start_date as planned_start_date, -- day it was to start
    told.start_date as start_date, -- day it started
    told.due_date as due_date, -- day it was planned to finish
    told.completed_date as completed_date, -- day it finished
    told.ordered_qty as ordered_qty, -- quantity to make, in base units
    told.completed_qty as completed_qty, -- good quantity made so far; unknown when missing
    told.scrapped_qty as scrapped_qty, -- quantity scrapped so far
    told.status as status, -- state of the order in the source
    told.sales_order_id as sales_order_id, -- sales order it is made for (hard peg)
    told.load_id as load_id, -- load it came with
    told.is_replayed or coalesce(loads.is_before, false)
        as is_older, -- its export was made before the day asked for: it tells of nothing later
    closed_loads.production_closed_on
        as closed_on -- day from which a full extract of its series has it no more
from told
left join core.closed_loads as closed_loads
    on told.load_id = closed_loads.load_id
left join core.loads as loads on told.load_id = loads.load_id
