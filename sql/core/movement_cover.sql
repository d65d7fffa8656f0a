-- One row per kind of movement: the days its records cover; no balance can be carried over days
-- without records. From the oldest record to the newest one, or to the day the newest export
-- that carries them was made. Finished production stands in for receipts where nothing is bought.
-- grain: kind
-- store: table
with

records as (
    select
        'shipment' as kind,
        shipped_date as moved_date,
        load_id,
    from contract.shipments
    union all
    select
        'shipment' as kind,
        shipped_date as moved_date,
        load_id,
    from contract.sales_order_lines
    where shipped_date is not null
    union all
    select
        'receipt' as kind,
        received_date as moved_date,
        load_id,
    from contract.receipts
    union all
    select
        'receipt' as kind,
        completed_date as moved_date,
        load_id,
    from contract.production_orders
    where
        completed_date is not null
        and (select count(*) from contract.purchase_order_lines) = 0
    union all
    select
        'adjustment' as kind,
        adjusted_on as moved_date,
        load_id,
    from contract.stock_adjustments
),

by_load as (
    select
        kind,
        load_id,
        min(moved_date) as first_date,
        max(moved_date) as last_date,
    from records
    group by kind, load_id
)

select
    by_load.kind as kind, -- shipment, receipt or adjustment
    min(by_load.first_date) as first_date, -- day of the oldest record
    greatest(max(by_load.last_date), max(loads.exported_on))
        as last_date -- day of the newest record, or of the newest export with any
from by_load
left join core.loads as loads on by_load.load_id = loads.load_id
group by by_load.kind
