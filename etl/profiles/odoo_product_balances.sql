-- Stock on hand as the product list states it, over all warehouses: for want of quants.
select
    _row,
    coalesce(nullif(trim(product_code), ''), product_name) as item_id,
    on_hand as on_hand_qty,
from given
where trim(on_hand) <> '' and not exists (select 1 from stock_quants)
