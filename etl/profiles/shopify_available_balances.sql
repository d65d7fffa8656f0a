-- What is available by item and location: each column that is not one of the layout's
-- is a location. Of one variant's rows the last counts; variants that share a SKU are
-- summed, and the last of their rows carries the sum. A variant stocked nowhere has no
-- location.
with

variants as (
    select
        _row,
        Handle,
        nullif(
            concat_ws(
                ' / ',
                nullif(trim("Option1 Value"), ''),
                nullif(trim("Option2 Value"), ''),
                nullif(trim("Option3 Value"), '')
            ),
            ''
        ) as options,
        nullif(trim(SKU, ' '''), '') as sku_text,
        coalesce(
            nullif(sku_text, 'null'),
            'title:' || trim(Title)
            || case
                when lower(options) <> 'default title' then ' - ' || options
                else ''
            end
        ) as item_id,
        _rest as places,
    from given
),

places as (
    select _row, Handle, options, item_id, unnest(places, recursive := true),
    from variants
),

balances as (
    select
        _row,
        Handle,
        options,
        item_id,
        header as location,
        cell as available,
        try_cast(cell as decimal(18, 4)) as available_qty,
        row_number() over (
            partition by item_id, header, Handle, options order by _row desc
        ) = 1 as is_counted,
    from places
    where lower(trim(cell)) not in ('', 'not stocked')
),

shared as (
    select
        *,
        count(*) filter (where is_counted) over same_stock as counted,
        case
            when
                counted = count(available_qty) filter (where is_counted) over same_stock
                then sum(available_qty) filter (where is_counted) over same_stock
        end as available_sum,
    from balances
    window same_stock as (partition by item_id, location)
)

select
    variants._row,
    variants.item_id,
    shared.location,
    case
        when shared.counted > 1
            then coalesce(cast(shared.available_sum as varchar), shared.available)
        else shared.available
    end as available,
from variants
left join shared on variants._row = shared._row
