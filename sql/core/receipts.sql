-- One row per line of a receipt, with the supply it belongs to. Where the export names no line,
-- it is the purchase order's first line of the same item. Receipts are in the unit of measure of
-- the line received, and converted here. A production order that no receipt mentions counts as
-- received on the day it was completed. Receipts after the as-of date are kept: they must be
-- taken off the totals that purchase orders carry.
-- grain: receipt_id, receipt_line_id
-- store: table
with

first_lines as (
    select po_id, item_id, min(line_id) as line_id
    from core.known_purchase_lines
    group by po_id, item_id
),

purchase_receipts as (
    select
        receipts.receipt_id,
        receipts.line_id as receipt_line_id,
        'PO ' || purchases.po_id || ' / ' || purchases.line_id as supply_id,
        receipts.item_id,
        coalesce(receipts.location_id, purchases.location_id) as location_id,
        receipts.received_date,
        case
            when units.po_id is null then receipts.received_qty
            else cast(receipts.received_qty * units.uom_factor as decimal(18, 4))
        end as received_qty,
        case
            when units.po_id is null then receipts.rejected_qty
            else cast(receipts.rejected_qty * units.uom_factor as decimal(18, 4))
        end as rejected_qty,
    from contract.receipts as receipts
    left join first_lines
        on receipts.po_id = first_lines.po_id
        and receipts.item_id = first_lines.item_id
    left join core.known_purchase_lines as purchases
        on receipts.po_id = purchases.po_id
        and coalesce(receipts.po_line_id, first_lines.line_id) = purchases.line_id
    left join core.purchase_units as units
        on purchases.po_id = units.po_id
        and purchases.line_id = units.line_id
    where receipts.po_id is not null
),

production_receipts as (
    select
        receipts.receipt_id,
        receipts.line_id as receipt_line_id,
        'MO ' || receipts.production_order_id as supply_id,
        receipts.item_id,
        coalesce(receipts.location_id, production.location_id) as location_id,
        receipts.received_date,
        receipts.received_qty,
        receipts.rejected_qty,
    from contract.receipts as receipts
    left join core.known_production_orders as production
        on receipts.production_order_id = production.production_order_id
    where receipts.po_id is null
),

completions as (
    select
        'completion of ' || production.production_order_id as receipt_id,
        '1' as receipt_line_id,
        'MO ' || production.production_order_id as supply_id,
        production.item_id,
        production.location_id,
        production.completed_date as received_date,
        coalesce(production.completed_qty, production.ordered_qty) as received_qty,
        cast(null as decimal(18, 4)) as rejected_qty,
    from core.known_production_orders as production
    where
        production.completed_date is not null
        and production.production_order_id not in (
            select production_order_id
            from contract.receipts
            where production_order_id is not null
        )
),

united as (
    select
        receipt_id,
        receipt_line_id,
        supply_id,
        item_id,
        location_id,
        received_date,
        received_qty,
        rejected_qty,
    from purchase_receipts
    union all
    select
        receipt_id,
        receipt_line_id,
        supply_id,
        item_id,
        location_id,
        received_date,
        received_qty,
        rejected_qty,
    from production_receipts
    union all
    select
        receipt_id,
        receipt_line_id,
        supply_id,
        item_id,
        location_id,
        received_date,
        received_qty,
        rejected_qty,
    from completions
)

select
    receipt_id, -- receipt document
    receipt_line_id, -- line within the receipt
    supply_id, -- purchase or production order received; empty when none fits
    item_id, -- item received
    location_id, -- location received into
    received_date, -- day of receipt
    cast(received_qty as decimal(18, 4))
        as received_qty, -- quantity received, rejects included; empty when its unit is unknown
    cast(rejected_qty as decimal(18, 4))
        as rejected_qty, -- part of it that was refused; empty when the receipt does not say
    cast(received_qty - coalesce(rejected_qty, 0) as decimal(18, 4))
        as accepted_qty -- quantity received and not refused
from united
