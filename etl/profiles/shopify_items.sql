-- Variants under the number that orders and stock know them by: the SKU, else the name
-- that order lines show. Pictures have rows of their own, without a price.
with

named as (
    select
        _row,
        trim("Variant SKU", ' ''') as sku,
        nullif(
            concat_ws(
                ' / ',
                nullif(trim("Option1 Value"), ''),
                nullif(trim("Option2 Value"), ''),
                nullif(trim("Option3 Value"), '')
            ),
            ''
        ) as options,
        trim(Title)
        || case
            when lower(options) <> 'default title' then ' - ' || options
            else ''
        end as item_name,
        coalesce(nullif(trim(Type), ''), "Product Category") as category,
        "Variant Inventory Policy" as policy,
        coalesce("Variant Inventory Tracker", '') as tracker,
        "Cost per item" as cost,
        "Variant Price" as price,
    from given
)

select
    _row,
    coalesce(nullif(nullif(sku, ''), 'null'), 'title:' || item_name) as item_id,
    item_name,
    category,
    policy,
    tracker,
    cost,
    price,
from named
