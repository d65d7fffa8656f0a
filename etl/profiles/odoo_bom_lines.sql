-- Components of each bill of materials, for one unit made. The product stands on the
-- bill's first row only; components and operations are lists of their own in the rows
-- below it. A component on several rows of a bill is summed, and its last row counts.
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

numbered as (
    select
        *,
        count(nullif(trim(bom_product), '')) over (order by _row) as bom_number,
    from given
),

bills as (
    select
        numbered.bom_number,
        coalesce(
            nullif(regexp_extract(trim(numbered.bom_variant), '^\[([^\]]+)\]', 1), ''),
            known_products.product_code,
            known_products.product_name,
            nullif(trim(numbered.bom_variant), ''),
            nullif(regexp_extract(trim(numbered.bom_product), '^\[([^\]]+)\]', 1), ''),
            trim(numbered.bom_product)
        ) as parent,
        coalesce(
            nullif(trim(numbered.bom_code), ''), nullif(trim(numbered.bom_ref), '')
        ) as bom_id,
        nullif(trim(numbered.bom_qty), '') as batch_qty,
        case
            when lower(trim(numbered.bom_type)) in ('phantom', 'kit') then 'true'
            when trim(numbered.bom_type) <> '' then 'false'
        end as is_phantom,
        case
            when trim(numbered.bom_qty) <> '' then number(numbered.bom_qty)
            else 1
        end as batch,
    from numbered
    left join known_products
        on coalesce(
            nullif(trim(numbered.bom_variant), ''), trim(numbered.bom_product)
        ) = known_products.product_ref
    where trim(numbered.bom_product) <> ''
),

bills_named as (
    select
        bom_number,
        parent,
        batch_qty,
        batch,
        is_phantom,
        coalesce(
            bom_id,
            nullif(
                cast(row_number() over same_parent as varchar),
                '1'
            )
        ) as bom_id,
    from bills
    window same_parent as (partition by parent order by bom_number)
),

components as (
    select
        numbered._row,
        numbered.bom_number,
        bills_named.parent,
        bills_named.bom_id,
        bills_named.batch_qty,
        bills_named.is_phantom,
        coalesce(
            known_products.product_code,
            nullif(
                regexp_extract(trim(numbered.line_product), '^\[([^\]]+)\]', 1), ''
            ),
            known_products.product_name,
            nullif(trim(numbered.line_product), '')
        ) as component,
        nullif(trim(numbered.line_qty), '') as line_qty,
        number(numbered.line_qty) as qty,
        bills_named.batch,
    from numbered
    left join bills_named on numbered.bom_number = bills_named.bom_number
    left join known_products
        on trim(coalesce(numbered.line_product_ref, numbered.line_product))
        = known_products.product_ref
)

select
    _row,
    bom_number,
    parent,
    component,
    bom_id,
    is_phantom,
    line_qty,
    -- Where a factor is no number the text says so. spelt() would keep six decimals.
    coalesce(
        replace(
            cast(
                cast(
                    cast(sum(qty) over (partition by bom_number, component) as double)
                    / nullif(cast(batch as double), 0) as decimal(24, 10)
                ) as varchar
            ),
            '.',
            substr(spelt(0.5), 2, 1)
        ),
        concat_ws(' / ', line_qty, batch_qty)
    ) as qty_per,
from components
