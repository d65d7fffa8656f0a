-- Production order lines under names of their own: an order may make several items, and
-- one item in several lines.
select
    _row,
    case
        when count(*) over earlier > 1
            then trim(prod_order_no) || ' / ' || trim(item_no) || ' / '
            || count(*) over earlier
        else trim(prod_order_no) || ' / ' || trim(item_no)
    end as production_order_id,
    item_no,
    location_code,
    quantity,
    finished_quantity,
    coalesce(nullif(trim(starting_date), ''), starting_date_time) as starting_date,
    due_date,
    lower(trim(status)) as status,
from given
window earlier as (partition by trim(prod_order_no), trim(item_no) order by _row)
