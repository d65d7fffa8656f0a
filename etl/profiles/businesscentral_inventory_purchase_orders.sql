-- Lines of the purchase report. Where Purchase Lines comes in the same call, it says
-- more. Without a header the order was placed by the expected receipt, or by today, at
-- the latest.
with

headers as (
    select *
    from purchase_orders
    qualify row_number() over (partition by trim(no) order by _load desc, _row desc) = 1
),

known as (
    select distinct trim(document_no) as order_id
    from purchase_lines
    where lower(trim(document_type)) = 'order'
),

lines as (
    select
        _row,
        documentno_purchaseline as order_id,
        case
            when count(*) over earlier > 1
                then trim(itemno) || ' / ' || count(*) over earlier
            else itemno
        end as line_id,
        itemno as item_id,
        pattoname_purchaseline as supplier_name,
        expreceiptdt_purchaseline as expected_receipt_date,
        quantity_purchaseline as quantity,
        number(quantity_purchaseline) as ordered,
        number(outstandingqty_purchline) as outstanding,
        directunitcost_purchline,
        _day,
    from given
    window
        earlier as (
            partition by trim(documentno_purchaseline), trim(itemno) order by _row
        )
)

select
    lines._row,
    lines.order_id,
    lines.line_id,
    coalesce(
        nullif(trim(headers.document_date), ''),
        cast(
            least(try_cast(trim(lines.expected_receipt_date) as date), lines._day)
            as varchar
        )
    ) as order_date,
    lines.item_id,
    lines.supplier_name,
    lines.quantity,
    spelt(lines.ordered - lines.outstanding) as received_qty,
    lines.expected_receipt_date,
    lines.directunitcost_purchline,
    case
        when lines.outstanding = 0 then 'received'
        when lines.outstanding < lines.ordered then 'partially_received'
        else 'open'
    end as line_status,
    known.order_id is not null as is_in_purchase_lines,
from lines
left join headers on trim(lines.order_id) = trim(headers.no)
left join known on trim(lines.order_id) = known.order_id
