-- One row per load in which most purchase order lines are promised for the day they were ordered:
-- a default of the source, not a promise. Supply would seem due at once.
-- grain: load_id
with

promised as (
    select
        load_id,
        order_date,
        coalesce(promised_date, first_promised_date) as promised_date,
    from core.known_purchase_lines
    where coalesce(promised_date, first_promised_date) is not null
)

select
    promised.load_id as load_id, -- load the lines came with
    any_value(loads.source_file) as source_file, -- file, and sheet where it has several
    cast(count(*) as bigint) as promised_lines, -- purchase order lines with a promise
    cast(count(case when promised.promised_date = promised.order_date then 1 end) as bigint)
        as same_day_lines -- those of them promised for the day of the order
from promised
left join quality.loads as loads on promised.load_id = loads.load_id
group by promised.load_id
having
    count(case when promised.promised_date = promised.order_date then 1 end) >= 3
    and count(case when promised.promised_date = promised.order_date then 1 end) * 2 > count(*)
