-- The days to quote for a quantity of an item, on top of all that is accepted already: one row per
-- pool that may serve it, of one location where one is named and stock is kept by location.
-- It is the first day, from the one asked for on, on which so much is available to promise, with 50,
-- 80 and 95 %. Empty where stock and open orders never leave so much: it must be ordered first.
-- macro: wanted_item, wanted_qty, wanted_from := null, wanted_location := null
-- grain: pool_id
select
    available.pool_id as pool_id, -- stock and supply it is of: the item, or item @ location
    available.item_id as item_id, -- item
    max(available.available_qty) filter (
        where available.from_date <= greatest(cast(wanted_from as date), as_of.as_of)
    ) as available_qty, -- quantity available on the first day, as likely kept as not
    greatest(
        min(available.from_date) filter (where available.available_qty >= wanted_qty),
        case
            when max(available.available_qty) >= wanted_qty then cast(wanted_from as date)
        end
    ) as promise_p50_date, -- day to quote that is as likely kept as not
    greatest(
        min(available.from_date) filter (where available.available_p80_qty >= wanted_qty),
        case
            when max(available.available_p80_qty) >= wanted_qty then cast(wanted_from as date)
        end
    ) as promise_p80_date, -- day to quote that is kept with 80 %
    greatest(
        min(available.from_date) filter (where available.available_p95_qty >= wanted_qty),
        case
            when max(available.available_p95_qty) >= wanted_qty then cast(wanted_from as date)
        end
    ) as promise_p95_date -- day to quote that is kept with 95 %
from backlog.available_to_promise as available
cross join core.as_of as as_of
where
    available.item_id = wanted_item
    and (
        wanted_location is null
        or available.pool_id in (
            available.item_id, available.item_id || ' @ ' || wanted_location
        )
    )
group by available.pool_id, available.item_id, as_of.as_of
