-- Late supply at the end of each month, of each supplier and of all: units past their first promise
-- that had not come, reckoned back from the days of receipt, since the first order. In the month of
-- the as-of date, by that date. What came on an unknown day, or never will, is left out of the past.
-- grain: supplier_id, month_start
-- store: table
with

late_units as (
    select
        supplier_id,
        first_promised_date + 1 as changed_on,
        arrived_qty as change_qty,
        unit_cost,
    from suppliers.deliveries
    where late_days > 0
    union all
    select
        supplier_id,
        received_date as changed_on,
        -arrived_qty as change_qty,
        unit_cost,
    from suppliers.deliveries
    where late_days > 0
    union all
    select
        supplier_id,
        first_promised_date + 1 as changed_on,
        overdue_qty as change_qty,
        unit_cost,
    from suppliers.orders
    where overdue_qty > 0
),

changes as (
    select
        supplier_id,
        cast(date_trunc('month', changed_on) as date) as month_start,
        sum(change_qty) as change_qty,
        sum(change_qty * unit_cost) as change_value,
        sum(case when unit_cost is null then change_qty else 0 end) as change_unpriced_qty,
    from late_units
    group by grouping sets (
        (supplier_id, cast(date_trunc('month', changed_on) as date)),
        (cast(date_trunc('month', changed_on) as date))
    )
),

months as (
    select distinct calendar.month_start
    from core.calendar as calendar
    inner join core.as_of as as_of on calendar.day <= as_of.as_of
),

begun as (
    select
        supplier_id,
        cast(date_trunc('month', min(coalesce(order_date, first_promised_date))) as date)
            as first_month,
    from suppliers.orders
    group by grouping sets ((supplier_id), ())
),

laid_out as (
    select supplier_id, month_start, change_qty, change_value, change_unpriced_qty
    from changes
    union all
    select
        begun.supplier_id,
        months.month_start,
        0 as change_qty,
        0 as change_value,
        0 as change_unpriced_qty,
    from begun
    inner join months on begun.first_month <= months.month_start
),

by_month as (
    select
        supplier_id,
        month_start,
        sum(change_qty) as change_qty,
        sum(change_value) as change_value,
        sum(change_unpriced_qty) as change_unpriced_qty,
    from laid_out
    group by supplier_id, month_start
),

closing as (
    select
        supplier_id,
        month_start,
        sum(change_qty) over so_far as overdue_qty,
        sum(change_value) over so_far as overdue_value,
        sum(change_unpriced_qty) over so_far as unpriced_qty,
    from by_month
    window so_far as (
        partition by supplier_id
        order by month_start
        rows between unbounded preceding and current row
    )
)

select
    supplier_id, -- supplier; empty for all suppliers
    month_start, -- first day of the month
    cast(overdue_qty as decimal(38, 4)) as overdue_qty, -- late supply at the month's end
    cast(
        case when overdue_qty = 0 then 0 when unpriced_qty < overdue_qty then overdue_value end
        as decimal(38, 2)
    ) as overdue_value -- its value at cost, units of unknown cost left out
from closing
where month_start in (select month_start from months)
