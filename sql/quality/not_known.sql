-- One row per fact that the records do not tell for the as-of date: what stands in its place, and
-- for how many rows. Exports made after a day asked for tell of it only what they date.
-- grain: fact
-- store: table
with

later_lines as (
    select
        lines.order_id,
        lines.line_id,
        lines.cancelled_qty,
        lines.line_status,
    from core.known_sales_lines as lines
    inner join core.as_of as as_of on lines.order_date <= as_of.as_of
    inner join core.loads as loads on lines.load_id = loads.load_id
    where not loads.is_known
),

later_purchases as (
    select lines.supply_id
    from core.purchase_lines as lines
    inner join core.loads as loads on lines.load_id = loads.load_id
    where not loads.is_known
),

later_production as (
    select
        orders.production_order_id,
        coalesce(orders.planned_start_date, orders.start_date) > as_of.as_of as is_left_out,
    from core.known_production_orders as orders
    inner join core.loads as loads on orders.load_id = loads.load_id
    cross join core.as_of as as_of
    where not loads.is_known
),

received as (
    select distinct supply_id from core.receipts where supply_id is not null
),

facts as (
    select
        'state of sales order lines' as fact,
        'told by an export made after the day only: promise, price and hold are as it has them'
            as reason,
        count(*) as row_count,
    from later_lines
    union all
    select
        'day of cancellations' as fact,
        'told by an export made after the day, without a date: counted as cancelled already, so'
        || ' the backlog of the day may have been higher' as reason,
        count(*) as row_count,
    from later_lines
    where cancelled_qty > 0 or line_status = 'cancelled'
    union all
    select
        'day of shipments' as fact,
        'told by an export made after the day, without a date: counted as shipped already, so'
        || ' the backlog of the day may have been higher' as reason,
        count(*) as row_count,
    from later_lines
    inner join core.order_lines as lines
        on later_lines.order_id = lines.order_id
        and later_lines.line_id = lines.line_id
    where lines.shipped_qty <> lines.dated_shipped_qty
    union all
    select
        'state of purchase order lines' as fact,
        'told by an export made after the day only: the promise is as it has it' as reason,
        count(*) as row_count,
    from later_purchases
    union all
    select
        'day of receipts' as fact,
        'told by an export made after the day, without a date: counted as received already, so'
        || ' more may have been to come' as reason,
        count(*) as row_count,
    from later_purchases
    inner join core.supply_orders as orders on later_purchases.supply_id = orders.supply_id
    where
        orders.received_qty > 0
        and orders.supply_id not in (select supply_id from received)
    union all
    select
        'state of production orders' as fact,
        'told by an export made after the day only: those that start after it are left out'
            as reason,
        count(*) as row_count,
    from later_production
    union all
    select
        'stock' as fact,
        'no balance by the day, and no records of shipments and receipts from it to the next'
        || ' balance: counted as nothing' as reason,
        count(distinct item_id) as row_count,
    from contract.inventory_balances
    where item_id not in (select item_id from core.balances)
    union all
    select
        'unsaleable part of stock' as fact,
        'the balance is of a later day, reckoned back: all of it counts as usable' as reason,
        count(*) as row_count,
    from core.balances as balances
    inner join core.as_of as as_of on balances.balance_date > as_of.as_of
    union all
    select
        'stock movements' as fact,
        'shipped or received in a unit of measure without a conversion: stock is not changed'
            as reason,
        sum(row_count) as row_count,
    from (
        select count(*) as row_count
        from core.order_lines
        where is_uom_unknown and first_shipped_date is not null
        union all
        select count(*) as row_count
        from core.receipts as receipts
        inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
        where receipts.received_qty is null
    ) as unconverted
)

select
    fact, -- what is not known
    reason, -- why, and what stands in its place
    cast(row_count as bigint) as rows -- lines, orders, items or records concerned
from facts
where row_count > 0
