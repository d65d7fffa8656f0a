-- What moved stock by day, item and location up to the as-of date: shipped, received, adjusted.
-- Movements in an unknown unit of measure are left out.
-- grain: moved_date, item_id, location_id
-- store: table
with

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
    item_id, -- item moved
    location_id, -- location moved from or into; empty when no record names one
    moved_date, -- day of the movement
    cast(sum(shipped_qty) as decimal(18, 4)) as shipped_qty, -- quantity shipped
    cast(sum(received_qty) as decimal(18, 4)) as received_qty, -- good quantity received
    cast(sum(adjusted_qty) as decimal(18, 4)) as adjusted_qty, -- stock corrected, signed
    cast(sum(received_qty - shipped_qty + adjusted_qty) as decimal(18, 4))
        as moved_qty -- change of stock
from moved
group by item_id, location_id, moved_date
