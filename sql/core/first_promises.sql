-- One row per order line and item that exports have told more than once: the first date promised,
-- as far as known at the as-of date. It is the oldest one stated as such, else the oldest promise.
-- grain: order_id, po_id, production_order_id, line_id, item_id
-- store: table
with

known as (
    select
        table_name,
        document_id,
        line_id,
        item_id,
        load_id,
        newness_rank,
        first_promised_date,
        promised_date,
        is_known
        or not bool_or(is_known) over (partition by table_name, document_id, line_id)
            as is_usable,
    from core.versions
)

select
    case when table_name = 'sales_order_lines' then document_id end
        as order_id, -- sales order, of its lines
    case when table_name = 'purchase_order_lines' then document_id end
        as po_id, -- purchase order, of its lines
    case when table_name = 'production_orders' then document_id end
        as production_order_id, -- production order
    line_id, -- line within the order
    item_id, -- item of the line: another item is another promise
    coalesce(
        max_by(first_promised_date, newness_rank)
            filter (where first_promised_date is not null),
        max_by(promised_date, newness_rank) filter (where promised_date is not null)
    ) as first_promised_date, -- first date promised
    max_by(promised_date, newness_rank) filter (where promised_date is not null)
        as oldest_promised_date, -- oldest promise an export told
    max_by(load_id, newness_rank) filter (where promised_date is not null)
        as oldest_load_id -- load that told it
from known
where is_usable
group by table_name, document_id, line_id, item_id
