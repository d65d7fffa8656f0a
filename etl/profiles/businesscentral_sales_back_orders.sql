-- Lines of the back-order report. Where Sales Lines comes in the same call, it says
-- more. Without a header the order was accepted by the shipment date, or by today, at
-- the latest.
with

headers as (
    select *
    from sales_orders
    qualify row_number() over (partition by trim(no) order by _load desc, _row desc) = 1
),

known as (
    select distinct trim(document_no) as order_id
    from sales_lines
    where lower(trim(document_type)) = 'order'
),

lines as (
    select
        _row,
        documentno_salesline as order_id,
        case
            when count(*) over earlier > 1
                then trim(no_item) || ' / ' || count(*) over earlier
            else no_item
        end as line_id,
        no_item as item_id,
        custname_salesline as customer_name,
        shipmentdate_salesline as shipment_date,
        quantity_salesline as quantity,
        number(quantity_salesline) as ordered,
        number(outstandingqty_salesline) as outstanding,
        _day,
    from given
    window
        earlier as (
            partition by trim(documentno_salesline), trim(no_item) order by _row
        )
)

select
    lines._row,
    lines.order_id,
    lines.line_id,
    coalesce(
        nullif(trim(headers.document_date), ''),
        cast(
            least(try_cast(trim(lines.shipment_date) as date), lines._day) as varchar
        )
    ) as order_date,
    lines.item_id,
    lines.customer_name,
    lines.quantity,
    spelt(lines.ordered - lines.outstanding) as shipped_qty,
    lines.shipment_date,
    case
        when lines.outstanding = 0 then 'shipped'
        when lines.outstanding < lines.ordered then 'partially_shipped'
        else 'open'
    end as line_status,
    known.order_id is not null as is_in_sales_lines,
from lines
left join headers on trim(lines.order_id) = trim(headers.no)
left join known on trim(lines.order_id) = known.order_id
