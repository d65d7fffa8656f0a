-- One row per supply of a pool: its usable stock, and each open purchase or production order.
-- grain: supply_id
-- store: table
with

supplies as (
    select
        'on hand ' || on_hand.pool_id as supply_id,
        'on_hand' as supply_kind,
        cast(null as varchar) as document_id,
        cast(null as varchar) as supplier_id,
        on_hand.item_id,
        on_hand.pool_id,
        cast(null as date) as promised_date,
        as_of.as_of as expected_date,
        as_of.as_of as expected_p80_date,
        as_of.as_of as expected_p95_date,
        on_hand.usable_qty as supply_qty,
        cast(null as varchar) as sales_order_id,
    from core.on_hand as on_hand
    cross join core.as_of as as_of
    union all
    select
        orders.supply_id,
        orders.supply_kind,
        orders.document_id,
        orders.supplier_id,
        orders.item_id,
        case
            when pools.is_by_location then orders.item_id || ' @ ' || orders.location_id
            else orders.item_id
        end as pool_id,
        orders.promised_date,
        orders.expected_date,
        orders.expected_p80_date,
        orders.expected_p95_date,
        orders.open_qty as supply_qty,
        orders.sales_order_id,
    from core.supply_orders as orders
    inner join core.pools as pools on orders.item_id = pools.item_id
    where orders.open_qty > 0
)

select
    supply_id, -- name of the supply
    supply_kind, -- on_hand, purchase_order or production_order
    document_id, -- number of the purchase or production order
    supplier_id, -- supplier; (own production) for production orders; empty for stock
    item_id, -- item supplied
    pool_id, -- lines and supply that may meet: the item, or item @ location
    promised_date, -- day promised, or the best known in its place
    expected_date, -- day expected: the as-of date for stock; empty when no date is known
    expected_p80_date, -- day by which it is there with 80 %; empty when that is unknown
    expected_p95_date, -- day by which it is there with 95 %; empty when that is unknown
    supply_qty, -- quantity on hand or still to come
    sales_order_id -- sales order it is for: a hard peg
from supplies
