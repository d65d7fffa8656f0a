-- One row per month lines fell due in, basis and pass: the share filled.
-- Unit: quantity filled of quantity ordered and not cancelled. Line: lines filled whole.
-- Order: orders all whose due lines are filled whole, in the month of the latest of them.
-- First pass: shipped by the due date, so from stock; final: shipped at all by the as-of date.
-- Make-to-order lines are not meant to be filled from stock and are left out, and so is the first
-- pass of lines that shipped on an unknown day. So are lines a full extract closed, of which nobody
-- knows what became, and lines in an unknown unit of measure.
-- grain: month_start, basis, pass
-- store: table
with

due_lines as (
    select
        lines.order_id,
        lines.due_date,
        lines.ordered_qty - lines.cancelled_qty as due_qty,
        lines.shipped_qty,
        lines.shipped_by_due_qty,
    from core.order_lines as lines
    cross join core.levers as levers
    inner join core.as_of as as_of
        on lines.due_date + levers.fill_tolerance_days <= as_of.as_of
    where
        lines.order_type <> 'make_to_order'
        and lines.closed_on is null
        and lines.ordered_qty > lines.cancelled_qty
),

due_orders as (
    select
        order_id,
        max(due_date) as due_date,
        min(case when shipped_qty >= due_qty then 1 else 0 end) as final,
        case
            when count(*) = count(shipped_by_due_qty)
                then min(case when shipped_by_due_qty >= due_qty then 1 else 0 end)
        end as first_pass,
    from due_lines
    group by order_id
),

by_month as (
    select
        'unit' as basis,
        cast(date_trunc('month', due_date) as date) as month_start,
        sum(
            case when shipped_by_due_qty is not null then least(shipped_by_due_qty, due_qty) end
        ) as first_pass_filled,
        sum(case when shipped_by_due_qty is not null then due_qty end) as first_pass_total,
        sum(least(shipped_qty, due_qty)) as final_filled,
        sum(due_qty) as final_total,
    from due_lines
    group by cast(date_trunc('month', due_date) as date)
    union all
    select
        'line' as basis,
        cast(date_trunc('month', due_date) as date) as month_start,
        count(case when shipped_by_due_qty >= due_qty then 1 end) as first_pass_filled,
        count(shipped_by_due_qty) as first_pass_total,
        count(case when shipped_qty >= due_qty then 1 end) as final_filled,
        count(*) as final_total,
    from due_lines
    group by cast(date_trunc('month', due_date) as date)
    union all
    select
        'order' as basis,
        cast(date_trunc('month', due_date) as date) as month_start,
        sum(first_pass) as first_pass_filled,
        count(first_pass) as first_pass_total,
        sum(final) as final_filled,
        count(*) as final_total,
    from due_orders
    group by cast(date_trunc('month', due_date) as date)
),

by_pass as (
    select
        by_month.month_start,
        by_month.basis,
        passes.pass,
        coalesce(
            case
                when passes.pass = 'first_pass' then by_month.first_pass_filled
                else by_month.final_filled
            end,
            0
        ) as filled,
        coalesce(
            case
                when passes.pass = 'first_pass' then by_month.first_pass_total
                else by_month.final_total
            end,
            0
        ) as total,
    from by_month
    cross join (values ('first_pass'), ('final')) as passes (pass)
)

select
    month_start, -- first day of the month the lines fell due in
    basis, -- unit, line or order: what is counted
    pass, -- first_pass: from stock at the due date; final: by the as-of date
    cast(filled as decimal(38, 4)) as filled, -- units, lines or orders filled
    cast(total as decimal(38, 4)) as total, -- units, lines or orders due
    cast(filled as double) / nullif(cast(total as double), 0)
        as rate -- filled / total; empty when nothing was due
from by_pass
