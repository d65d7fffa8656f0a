-- What vendors offer. Of a vendor's price breaks for one product and start date the one
-- with the smallest quantity is ranked first: it holds for every order. Without a
-- variant a row speaks of all variants of its template.
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

offers as (
    select
        given._row,
        nullif(trim(given.vendor), '') as supplier_id,
        coalesce(
            known_products.product_code,
            nullif(regexp_extract(trim(given.variant), '^\[([^\]]+)\]', 1), ''),
            known_products.product_name,
            nullif(trim(given.variant), ''),
            nullif(regexp_extract(trim(given.template), '^\[([^\]]+)\]', 1), ''),
            nullif(trim(given.template), '')
        ) as item_id,
        nullif(trim(given.date_start), '') as valid_from,
        nullif(trim(given.date_end), '') as valid_to,
        nullif(trim(given.lead_time), '') as lead_time_days,
        given.price as unit_price,
        regexp_replace(trim(given.currency), '^base\.', '') as currency,
        number(given.break_qty) as break_qty,
        number(given.sequence) as sequence,
    from given
    left join known_products
        on coalesce(
            nullif(trim(given.variant_ref), ''),
            nullif(trim(given.variant), ''),
            trim(given.template)
        ) = known_products.product_ref
)

select
    _row,
    supplier_id,
    item_id,
    valid_from,
    valid_to,
    lead_time_days,
    unit_price,
    currency,
    case
        when sequence is not null
            then cast(
                dense_rank() over (
                    partition by item_id order by sequence nulls last
                ) as varchar
            )
    end as supplier_rank,
    row_number() over (
        partition by supplier_id, item_id, valid_from
        order by break_qty nulls last, sequence nulls last, _row
    ) as break_rank,
from offers
