-- Purchase order lines with their header, and the sales order a line was bought for.
-- The link is dropped where the sales line has its goods from elsewhere by now: it is
-- allocated, invoiced or shipped (status 1 to 3), and this line has not come in.
-- order_date is the day of submission, the only one that never falls after the receipt.
with

bought_for as (
    select
        trim(purchase_order_id) as purchase_order_id,
        trim(product_id) as product_id,
        min(order_id) as order_id,
        bool_or(trim(status_id) in ('0', '4', '5')) as is_waiting,
    from order_details
    where trim(purchase_order_id) <> ''
    group by all
),

headers as (
    select *
    from purchase_orders
    qualify row_number() over (partition by trim(id) order by _load desc, _row desc) = 1
)

select
    given._row,
    headers.id as header,
    given.purchase_order_id as po_id,
    given.id as line_id,
    headers.supplier_id,
    given.product_id as item_id,
    coalesce(nullif(trim(headers.submitted_date), ''), headers.creation_date)
        as order_date,
    given.quantity as ordered_qty,
    headers.expected_date,
    given.unit_cost,
    headers.status_id as header_status,
    coalesce(
        trim(given.date_received) <> '' or trim(given.posted_to_inventory) = '1', false
    ) as is_received,
    case when is_received or bought_for.is_waiting then bought_for.order_id end
        as sales_order_id,
from given
left join headers on trim(given.purchase_order_id) = trim(headers.id)
left join bought_for
    on trim(given.purchase_order_id) = bought_for.purchase_order_id
    and trim(given.product_id) = bought_for.product_id
