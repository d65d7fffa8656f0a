-- One row per sales order line accepted by the as-of date, open or closed, with its pool.
-- A line that something was bought or made for, and a line that ships from the supplier, is a pool
-- of its own order and item: no stock of ours and no other order's supply serves it.
-- grain: order_id, line_id
with

dedicated as (
    select distinct sales_order_id as order_id, item_id
    from core.supply_orders
    where sales_order_id is not null
)

select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    lines.location_id as location_id, -- location the line ships from
    case
        when dedicated.order_id is not null or lines.order_type = 'drop_ship'
            then 'order ' || lines.order_id || ' ' || lines.item_id
        when pools.is_by_location
            then coalesce(lines.item_id || ' @ ' || lines.location_id, lines.item_id)
        else lines.item_id
    end as pool_id, -- lines and supply that may meet: item, item @ location, or order and item
    lines.is_planned as is_planned, -- waiting on purpose: made to order or sold ahead
    lines.order_date as order_date, -- day the order was accepted
    lines.due_date as due_date, -- day requested, else promised, else ordered
    lines.first_shipped_date as first_shipped_date, -- day of the first shipment
    lines.last_shipped_date as last_shipped_date, -- day of the last shipment so far
    lines.shipped_qty as shipped_qty, -- quantity shipped so far
    cast(greatest(lines.ordered_qty - lines.cancelled_qty, 0) as decimal(18, 4))
        as wanted_qty, -- quantity ordered and not cancelled; empty when its unit is unknown
    lines.shipped_by_due_qty
        as shipped_by_due_qty, -- part shipped by the due date; empty when no date is known
    lines.open_qty as open_qty, -- quantity waiting
    lines.closed_on is not null
        as is_closed_unknown, -- a full extract has it no more; what became of it is unknown
    lines.unit_price as unit_price -- price of one unit net of discount; empty when unknown
from core.order_lines as lines
left join core.pools as pools on lines.item_id = pools.item_id
left join dedicated
    on lines.order_id = dedicated.order_id
    and lines.item_id = dedicated.item_id
