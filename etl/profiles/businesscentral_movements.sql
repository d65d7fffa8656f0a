-- Ledger entries, and whether they name the order they belong to. Those of a sales or
-- purchase order are told in its line's unit, all others in the item's base unit.
with

entries as (
    select
        *,
        trim(source_order_no) <> '' and number(qty_per_unit_of_measure) > 0
            as names_order,
        lower(trim(entry_type)) as entry,
        lower(trim(document_type)) as document,
    from given
)

select
    _row,
    case
        when names_order and entry = 'purchase' and document = 'purchase receipt'
            then 'receipt'
        when names_order and entry = 'sale' and document = 'sales shipment'
            then 'shipment'
        when entry = 'output' and trim(order_no) <> '' then 'output'
        else 'other'
    end as kind,
    entry_no,
    document_no,
    source_order_no,
    trim(order_no) || ' / ' || trim(item_no) as production_order_id,
    item_no,
    location_code,
    posting_date,
    quantity,
    spelt(number(quantity) / number(qty_per_unit_of_measure)) as order_qty,
    spelt(-number(quantity) / number(qty_per_unit_of_measure)) as shipped_qty,
    trim(entry_type) || coalesce(', ' || nullif(trim(document_type), ''), '') as reason,
from entries
