-- Lines of purchase orders: of a purchase.order export (the order's cells filled down)
-- or of a purchase.order.line export. A request for quotation is a planned order.
with

known_products as (
    select
        trim(products.product_ref) as product_ref,
        nullif(trim(products.product_code), '') as product_code,
        nullif(trim(products.product_name), '') as product_name,
    from products
    qualify
        row_number() over (
            partition by trim(products.product_ref)
            order by products._load desc, products._row desc
        ) = 1
),

lines as (
    select
        given._row,
        nullif(trim(given.order_name), '') as po_id,
        given.line_ref,
        given.order_vendor as supplier_id,
        coalesce(
            nullif(trim(given.line_product_code), ''),
            known_products.product_code,
            nullif(regexp_extract(trim(given.line_product), '^\[([^\]]+)\]', 1), ''),
            known_products.product_name,
            nullif(trim(given.line_product), ''),
            nullif(trim(given.line_product_ref), '')
        ) as item_id,
        coalesce(
            nullif(trim(given.order_confirmed), ''),
            nullif(trim(given.order_date), ''),
            given.order_created
        ) as order_date,
        nullif(trim(given.line_ordered_qty), '') as ordered_qty,
        given.line_received_qty as received_qty,
        given.line_unit as uom,
        coalesce(
            nullif(trim(given.line_expected_date), ''), given.order_expected_date
        ) as promised_date,
        given.line_price,
        regexp_replace(trim(given.order_currency), '^base\.', '') as currency,
        given.order_payment_terms as payment_terms_id,
        case
            when
                lower(trim(given.order_state)) in (
                    'purchase',
                    'done',
                    'purchase order',
                    'locked',
                    'bestellung',
                    'einkaufsauftrag',
                    'gesperrt'
                )
                then 'order'
            when
                lower(trim(given.order_state)) in (
                    'cancel', 'cancelled', 'canceled', 'abgebrochen', 'storniert'
                )
                then 'cancelled'
            when
                lower(trim(given.order_state)) in (
                    'draft',
                    'sent',
                    'to approve',
                    'rfq',
                    'rfq sent',
                    'angebotsanfrage',
                    'anfrage verschickt',
                    'anfrage gesendet'
                )
                then 'planned'
        end as order_kind,
        coalesce(lower(trim(given.line_is_downpayment)) in ('true', '1'), false)
            as is_down_payment,
        concat(
            given.line_product,
            given.line_product_code,
            given.line_product_ref,
            given.line_name,
            given.line_display_type,
            given.line_ordered_qty
        ) = '' as is_empty_line,
        number(given.line_ordered_qty) as ordered,
        number(given.line_received_qty) as received,
        number(given.line_price) as price,
        number(given.line_discount) as discount_percent,
    from given
    left join known_products
        on trim(coalesce(given.line_product_ref, given.line_product))
        = known_products.product_ref
)

select
    _row,
    po_id,
    line_ref,
    supplier_id,
    item_id,
    order_date,
    ordered_qty,
    received_qty,
    case
        when order_kind = 'cancelled'
            then spelt(greatest(ordered - coalesce(received, 0), 0))
    end as cancelled_qty,
    uom,
    promised_date,
    -- The price after the discount, in per cent, that newer versions keep apart.
    case
        when coalesce(discount_percent, 0) = 0 then line_price
        else coalesce(
            spelt(cast(price as double) * (100 - discount_percent) / 100), line_price
        )
    end as unit_price,
    currency,
    payment_terms_id,
    case
        when order_kind in ('cancelled', 'planned') then order_kind
        when ordered = 0 and coalesce(received, 0) = 0 then 'cancelled'
        when received >= ordered then 'received'
        when received > 0 then 'partially_received'
        else 'open'
    end as status,
    order_kind,
    is_down_payment,
    is_empty_line,
from lines
