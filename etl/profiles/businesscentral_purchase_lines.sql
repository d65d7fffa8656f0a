-- Purchase lines with their order's header. Lines without a number are called after
-- their item, so that a list of some lines of an order meets the same lines of another
-- list. Without a header the order was placed by the expected receipt, or by today, at
-- the latest.
with

headers as (
    select *
    from purchase_orders
    qualify row_number() over (partition by trim(no) order by _load desc, _row desc) = 1
),

lines as (
    select
        _row,
        lower(trim(document_type)) as document_type,
        coalesce(lower(trim(type)), '') as type,
        document_no as order_id,
        coalesce(
            nullif(trim(line_no), ''),
            case
                when count(*) over earlier > 1
                    then trim(no) || ' / ' || count(*) over earlier
                else no
            end
        ) as line_id,
        no as item_id,
        buy_from_vendor_no as supplier_id,
        location_code,
        unit_of_measure_code,
        quantity,
        number(quantity) as ordered,
        number(outstanding_quantity) as outstanding,
        direct_unit_cost,
        expected_receipt_date,
        requested_receipt_date,
        promised_receipt_date,
        _day,
    from given
    window
        earlier as (
            partition by trim(document_type), trim(document_no), trim(type), trim(no)
            order by _row
        )
)

select
    lines._row,
    lines.document_type,
    lines.type,
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
    lines.supplier_id,
    lines.location_code,
    lines.unit_of_measure_code,
    lines.quantity,
    spelt(lines.ordered - lines.outstanding) as received_qty,
    coalesce(
        nullif(trim(lines.requested_receipt_date), ''), headers.requested_receipt_date
    ) as requested_date,
    coalesce(nullif(trim(lines.promised_receipt_date), ''), lines.expected_receipt_date)
        as promised_date,
    lines.direct_unit_cost,
    headers.currency_code as currency,
    case
        when lines.outstanding = 0 then 'received'
        when lines.outstanding < lines.ordered then 'partially_received'
        else 'open'
    end as line_status,
    headers.payment_terms_code,
from lines
left join headers on trim(lines.order_id) = trim(headers.no)
