-- Lines of sales orders: of a sale.order export (the order's cells filled down) or of a
-- sale.order.line export. An order cancelled or fully delivered has nothing open,
-- whatever its lines lack.
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
        nullif(trim(given.order_name), '') as order_id,
        given.line_ref,
        coalesce(nullif(trim(given.order_date), ''), given.order_created) as order_date,
        coalesce(
            nullif(trim(given.line_product_code), ''),
            known_products.product_code,
            nullif(regexp_extract(trim(given.line_product), '^\[([^\]]+)\]', 1), ''),
            known_products.product_name,
            nullif(trim(given.line_product), ''),
            nullif(trim(given.line_product_ref), '')
        ) as item_id,
        nullif(trim(given.line_ordered_qty), '') as ordered_qty,
        given.line_delivered_qty as shipped_qty,
        given.order_customer as customer_id,
        given.order_warehouse as location_id,
        given.line_unit as uom,
        given.order_delivery_date as requested_date,
        coalesce(
            nullif(trim(given.order_delivery_date), ''), given.order_expected_date
        ) as promised_date,
        given.line_price as unit_price,
        given.line_discount as discount,
        regexp_replace(trim(given.order_currency), '^base\.', '') as currency,
        given.order_payment_terms as payment_terms_id,
        case
            when
                lower(trim(given.order_shipping_policy)) in (
                    'one',
                    'when all products are ready',
                    'deliver all products at once',
                    'wenn alle produkte bereit sind'
                )
                then 'true'
            when
                lower(trim(given.order_shipping_policy)) in (
                    'direct',
                    'as soon as possible',
                    'deliver each product when available',
                    'sobald wie möglich'
                )
                then 'false'
            else given.order_shipping_policy
        end as ship_complete,
        case
            when
                lower(trim(given.order_state)) in (
                    'sale',
                    'done',
                    'sales order',
                    'locked',
                    'verkaufsauftrag',
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
                    'quotation',
                    'quotation sent',
                    'angebot',
                    'angebot gesendet'
                )
                then 'quotation'
        end as order_kind,
        coalesce(
            lower(trim(given.order_delivery_status)) in (
                'full', 'fully delivered', 'vollständig geliefert'
            ),
            false
        ) as is_fully_delivered,
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
        number(given.line_delivered_qty) as delivered,
        number(given.line_price) as price,
        number(given.line_discount) as discount_percent,
    from given
    left join known_products
        on trim(coalesce(given.line_product_ref, given.line_product))
        = known_products.product_ref
)

select
    _row,
    order_id,
    line_ref,
    order_date,
    item_id,
    ordered_qty,
    shipped_qty,
    case
        when order_kind = 'cancelled' or is_fully_delivered
            then spelt(greatest(ordered - coalesce(delivered, 0), 0))
    end as cancelled_qty,
    customer_id,
    location_id,
    uom,
    requested_date,
    promised_date,
    unit_price,
    -- Discount is in per cent. Where a factor is no number the text says so.
    case
        when trim(discount) <> '' then coalesce(
            spelt(
                round(
                    cast(price as double) * ordered * discount_percent / 100, 2
                )
            ),
            concat_ws(' x ', unit_price, ordered_qty, discount || ' %')
        )
    end as discount_amount,
    currency,
    payment_terms_id,
    ship_complete,
    case
        when order_kind = 'cancelled' or (ordered = 0 and coalesce(delivered, 0) = 0)
            then 'cancelled'
        when delivered >= ordered then 'shipped'
        when is_fully_delivered and coalesce(delivered, 0) > 0 then 'shipped'
        when is_fully_delivered then 'cancelled'
        when delivered > 0 then 'partially_shipped'
        else 'open'
    end as line_status,
    order_kind,
    is_down_payment,
    is_empty_line,
from lines
