-- Stock by item and location. Of one variant's rows the last counts; variants that
-- share a SKU at a location are summed, and the last of their rows carries the sums.
with

variants as (
    select
        *,
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
        coalesce(lower(trim("On hand")) = 'not stocked', false) as is_not_stocked,
    from given
),

last_counts as (
    select
        *,
        not is_not_stocked
        and row_number() over (
            partition by item_id, Location, is_not_stocked, Handle, options
            order by _row desc
        ) = 1 as is_counted,
        try_cast("On hand" as decimal(18, 4)) as on_hand_qty,
        try_cast(Committed as decimal(18, 4)) as committed_qty,
        try_cast(Unavailable as decimal(18, 4)) as unavailable_qty,
    from variants
),

shared as (
    select
        *,
        count(*) filter (where is_counted) over same_stock as counted,
        case
            when
                counted
                = count(on_hand_qty) filter (where is_counted) over same_stock
                then sum(on_hand_qty) filter (where is_counted) over same_stock
        end as on_hand_sum,
        case
            when
                counted
                = count(committed_qty) filter (where is_counted) over same_stock
                then sum(committed_qty) filter (where is_counted) over same_stock
        end as committed_sum,
        case
            when
                counted
                = count(unavailable_qty) filter (where is_counted) over same_stock
                then sum(unavailable_qty) filter (where is_counted) over same_stock
        end as unavailable_sum,
    from last_counts
    window same_stock as (partition by item_id, Location)
)

select
    _row,
    item_id,
    Location as location,
    is_not_stocked,
    case
        when counted > 1 then coalesce(cast(on_hand_sum as varchar), "On hand")
        else "On hand"
    end as on_hand,
    case
        when counted > 1 then coalesce(cast(committed_sum as varchar), Committed)
        else Committed
    end as committed,
    case
        when counted > 1 then coalesce(cast(unavailable_sum as varchar), Unavailable)
        else Unavailable
    end as unavailable,
from shared
