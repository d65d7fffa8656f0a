-- One row per component that is missing, or comes too late: how much, from when on, and by when it
-- must be ordered. A component that is made must be started by then. Order by: the day its missing
-- part is first needed less its lead time, whatever today is.
-- grain: item_id
with

short as (
    select
        item_id,
        sum(part_qty) as part_qty,
        sum(stock_qty) as stock_qty,
        sum(on_time_qty) as on_time_qty,
        sum(late_qty) as late_qty,
        sum(undated_qty) as undated_qty,
        sum(missing_qty) as missing_qty,
        min(needed_date) as first_needed_date,
        min(case when missing_qty > 0 then needed_date end) as first_missing_date,
    from materials.requirements
    where part_qty > 0
    group by item_id
)

select
    short.item_id as item_id, -- component
    sources.item_name as item_name, -- name of it
    sources.replenishment as replenishment, -- make or buy
    sources.supplier_id as supplier_id, -- who to order from; (own production) where it is made
    cast(short.part_qty as decimal(18, 4)) as part_qty, -- what the making of other items asks for
    cast(short.stock_qty as decimal(18, 4)) as stock_qty, -- part free stock gives
    cast(short.on_time_qty as decimal(18, 4)) as on_time_qty, -- part open orders bring in time
    cast(short.late_qty as decimal(18, 4)) as late_qty, -- part open orders bring too late
    cast(short.undated_qty as decimal(18, 4))
        as undated_qty, -- part open orders bring on an unknown day
    cast(short.missing_qty as decimal(18, 4))
        as missing_qty, -- part neither in stock nor on order; order lines that ask for it included
    short.first_needed_date as first_needed_date, -- day it is first needed
    short.first_missing_date as first_missing_date, -- day the missing part is first needed
    sources.lead_time_days as lead_time_days, -- days from order to receipt
    short.first_missing_date - sources.lead_time_days
        as order_by_date, -- day to order the missing part by
    cast(
        case
            when short.first_missing_date is not null
                then greatest(
                    date_diff(
                        'day', short.first_missing_date - sources.lead_time_days, as_of.as_of
                    ),
                    0
                )
        end as integer
    ) as overdue_days -- days that day has passed by; empty if nothing is missing
from short
cross join core.as_of as as_of
inner join materials.sources as sources on short.item_id = sources.item_id
where short.missing_qty > 0 or short.late_qty > 0 or short.undated_qty > 0
