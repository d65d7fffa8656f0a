-- Items of the Stock Projected Qty report, which has a row for each warehouse. A
-- reorder level of 0 means that none is set.
select
    _row,
    item,
    item_name,
    item_group,
    unit,
    spelt(
        nullif(sum(number(reorder_level)) over (partition by trim(item)), 0)
    ) as reorder_point_qty,
from given
where trim(warehouse) <> ''
