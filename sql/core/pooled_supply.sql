-- One row per purchase order line or production order known at the as-of date, with its pool and
-- the days it was planned to take.
-- grain: supply_id
-- store: table
with

purchases as (
    select
        'PO ' || po_id || ' / ' || line_id as supply_id,
        planned_ship_date,
        shipped_date,
    from core.known_purchase_lines
),

production as (
    select
        'MO ' || production_order_id as supply_id,
        planned_start_date,
        start_date,
    from core.known_production_orders
)

select
    orders.supply_id as supply_id, -- name of the order among all supplies
    orders.supply_kind as supply_kind, -- purchase_order or production_order
    orders.supplier_id as supplier_id, -- supplier; (own production) for production orders
    orders.item_id as item_id, -- item ordered or made
    orders.location_id as location_id, -- location it comes to
    case
        when orders.sales_order_id is not null
            then 'order ' || orders.sales_order_id || ' ' || orders.item_id
        when pools.is_by_location
            then coalesce(orders.item_id || ' @ ' || orders.location_id, orders.item_id)
        else orders.item_id
    end as pool_id, -- lines and supply that may meet
    orders.order_date as order_date, -- day placed
    coalesce(orders.first_promised_date, orders.promised_date)
        as first_promised_date, -- first day promised, or the best known in its place
    case when purchases.shipped_date <= as_of.as_of then purchases.shipped_date end
        as shipped_date, -- day the supplier shipped
    purchases.planned_ship_date as planned_ship_date, -- day the supplier was to ship
    case when production.start_date <= as_of.as_of then production.start_date end
        as start_date, -- day production started
    production.planned_start_date as planned_start_date, -- day production was to start
    cast(greatest(orders.ordered_qty - orders.cancelled_qty, 0) as decimal(18, 4))
        as wanted_qty, -- quantity ordered and not cancelled; empty when its unit is unknown
    orders.received_qty as received_qty, -- quantity received by the as-of date, rejects included
    orders.open_qty as open_qty -- quantity still to come
from core.supply_orders as orders
cross join core.as_of as as_of
left join core.pools as pools on orders.item_id = pools.item_id
left join purchases on orders.supply_id = purchases.supply_id
left join production on orders.supply_id = production.supply_id
