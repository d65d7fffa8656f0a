-- Purchase order items. Of an item's schedule lines the first keeps the item's number.
select
    _row,
    purchasing_document,
    case
        when count(*) over earlier > 1 then trim(item) || ' / ' || count(*) over earlier
        else item
    end as line_id,
    deletion_indicator,
    purchasing_doc_type,
    supplier,
    name_of_supplier,
    material,
    plant,
    document_date,
    delivery_date,
    order_quantity,
    still_to_be_delivered_qty,
    number(order_quantity) as ordered,
    number(still_to_be_delivered_qty) as remaining,
    number(net_price) as price,
    net_price,
    price_unit,
    currency,
    order_unit,
from given
window earlier as (partition by trim(purchasing_document), trim(item) order by _row)
