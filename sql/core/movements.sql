-- What moved stock by day, item and location up to the as-of date: shipped, received, adjusted.
-- Of each item with balances only what came after the last of them that is ledger_days old, or
-- after its first: earlier movements are in that balance. Movements in an unknown unit of measure
-- are left out.
-- grain: moved_date, item_id, location_id
-- store: table
with

places_counted as (
    select
        balances.item_id,
        balances.location_id,
        coalesce(
            max(
                case
                    when balances.as_of <= as_of.as_of - levers.ledger_days
                        then balances.as_of
                end
            ),
            min(balances.as_of)
        ) as counted_on,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
    cross join core.levers as levers
    group by balances.item_id, balances.location_id
),

items_counted as (
    select item_id, min(counted_on) as counted_on from places_counted group by item_id
),

moved as (
    select
        item_id,
        location_id,
        shipped_date as moved_date,
        shipped_qty,
        0 as received_qty,
        0 as adjusted_qty,
    from core.line_shipments
    where order_type <> 'drop_ship'
    union all
    select
        receipts.item_id,
        receipts.location_id,
        receipts.received_date as moved_date,
        0 as shipped_qty,
        receipts.accepted_qty as received_qty,
        0 as adjusted_qty,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    where receipts.accepted_qty is not null
    union all
    select
        adjustments.item_id,
        adjustments.location_id,
        adjustments.adjusted_on as moved_date,
        0 as shipped_qty,
        0 as received_qty,
        adjustments.adjusted_qty,
    from contract.stock_adjustments as adjustments
    inner join core.as_of as as_of on adjustments.adjusted_on <= as_of.as_of
)

select
    moved.item_id as item_id, -- item moved
    moved.location_id as location_id, -- location moved from or into; empty when no record names one
    moved.moved_date as moved_date, -- day of the movement
    cast(sum(moved.shipped_qty) as decimal(18, 4)) as shipped_qty, -- quantity shipped
    cast(sum(moved.received_qty) as decimal(18, 4)) as received_qty, -- good quantity received
    cast(sum(moved.adjusted_qty) as decimal(18, 4)) as adjusted_qty, -- stock corrected, signed
    cast(sum(moved.received_qty - moved.shipped_qty + moved.adjusted_qty) as decimal(18, 4))
        as moved_qty -- change of stock
from moved
inner join items_counted
    on moved.item_id = items_counted.item_id
    and moved.moved_date > items_counted.counted_on
group by moved.item_id, moved.location_id, moved.moved_date
