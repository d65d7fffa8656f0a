-- One row per short line and cause: whole units, so that a line's causes add up to its shortage and
-- a pool's lines to its causes.
-- Each line first takes the whole units of its pool's mix; what is left of lines and causes is laid
-- out side by side, lines in the order of their orders. Lines of fractional units are shared in
-- ten-thousandths.
-- grain: basis, order_id, line_id, cause
-- store: table
with

unknown_pools as (
    select basis, pool_id, on_date
    from causes.claims
    where cause = 'unknown' and cause_share > 0.999999
),

lines as (
    select
        short_lines.basis,
        short_lines.order_id,
        short_lines.line_id,
        short_lines.pool_id,
        short_lines.on_date,
        short_lines.order_date,
        short_lines.unit_price,
        short_lines.short_qty,
        case
            when unknown_pools.pool_id is not null then short_lines.short_qty
            else line_stock.no_stock_qty
        end as no_stock_qty,
        case
            when bool_and(short_lines.short_qty = floor(short_lines.short_qty)) over (
                partition by short_lines.basis, short_lines.pool_id, short_lines.on_date
            )
                then 1.0
            else 10000.0
        end as units_per_qty,
    from core.short_lines as short_lines
    inner join causes.line_stock as line_stock
        on short_lines.basis = line_stock.basis
        and short_lines.order_id = line_stock.order_id
        and short_lines.line_id = line_stock.line_id
    left join unknown_pools
        on short_lines.basis = unknown_pools.basis
        and short_lines.pool_id = unknown_pools.pool_id
        and short_lines.on_date = unknown_pools.on_date
),

in_units as (
    select
        basis,
        order_id,
        line_id,
        pool_id,
        on_date,
        order_date,
        units_per_qty,
        cast(round(short_qty * units_per_qty) as bigint)
        - cast(ceil(no_stock_qty * units_per_qty) as bigint) as stock_units,
        cast(ceil(no_stock_qty * units_per_qty) as bigint) as units,
    from lines
),

shares as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        cause_share / sum(cause_share) over (partition by basis, pool_id, on_date)
            as cause_share,
    from causes.claims
    where cause <> 'allocation_or_hold'
),

mixed as (
    select
        in_units.basis,
        in_units.order_id,
        in_units.line_id,
        in_units.pool_id,
        in_units.on_date,
        in_units.order_date,
        shares.cause,
        in_units.units,
        cast(floor(in_units.units * shares.cause_share + 1e-9) as bigint) as first_units,
        shares.cause_share,
        in_units.units_per_qty,
    from in_units
    inner join shares
        on in_units.basis = shares.basis
        and in_units.pool_id = shares.pool_id
        and in_units.on_date = shares.on_date
    where in_units.units > 0
),

pool_causes as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        any_value(units_per_qty) as units_per_qty,
        sum(units) as units,
        sum(units) * any_value(cause_share) as exact_units,
        sum(first_units) as first_units,
    from mixed
    group by basis, pool_id, on_date, cause
),

rounded as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        first_units,
        floor(exact_units + 1e-9)
        + case
            when
                row_number() over (
                    partition by basis, pool_id, on_date
                    order by exact_units - floor(exact_units + 1e-9) desc, cause
                )
                <= units - sum(floor(exact_units + 1e-9)) over (
                    partition by basis, pool_id, on_date
                )
                then 1
            else 0
        end as units,
    from pool_causes
),

line_rests as (
    select
        basis,
        pool_id,
        on_date,
        order_date,
        order_id,
        line_id,
        any_value(units) - sum(first_units) as rest_units,
    from mixed
    group by basis, pool_id, on_date, order_date, order_id, line_id
    having any_value(units) > sum(first_units)
),

ends as (
    select
        basis,
        pool_id,
        on_date,
        order_id,
        line_id,
        cast(null as varchar) as cause,
        sum(rest_units) over (
            partition by basis, pool_id, on_date
            order by order_date, order_id, line_id
            rows between unbounded preceding and current row
        ) as end_units,
    from line_rests
    union all
    select
        basis,
        pool_id,
        on_date,
        cast(null as varchar) as order_id,
        cast(null as varchar) as line_id,
        cause,
        sum(units - first_units) over (
            partition by basis, pool_id, on_date
            order by units desc, cause
            rows between unbounded preceding and current row
        ) as end_units,
    from rounded
    where units > first_units
),

stretches as (
    select
        basis,
        first_value(order_id ignore nulls) over following_ends as order_id,
        first_value(line_id ignore nulls) over following_ends as line_id,
        first_value(cause ignore nulls) over following_ends as cause,
        end_units
        - lag(end_units, 1, 0) over (
            partition by basis, pool_id, on_date order by end_units, order_id, line_id, cause
        ) as units,
    from ends
    window following_ends as (
        partition by basis, pool_id, on_date
        order by end_units, order_id, line_id, cause
        rows between current row and unbounded following
    )
),

united as (
    select basis, order_id, line_id, cause, first_units as units
    from mixed
    where first_units > 0
    union all
    select basis, order_id, line_id, cause, units
    from stretches
    where units > 0
    union all
    select basis, order_id, line_id, 'allocation_or_hold' as cause, stock_units as units
    from in_units
    where stock_units > 0
),

summed as (
    select basis, order_id, line_id, cause, sum(units) as units
    from united
    group by basis, order_id, line_id, cause
)

select
    summed.basis as basis, -- fell_due: on the day it fell due; as_of: today
    summed.order_id as order_id, -- order the line belongs to
    summed.line_id as line_id, -- line within the order
    lines.pool_id as pool_id, -- lines and supply that may meet
    lines.on_date as on_date, -- day the line was short
    summed.cause as cause, -- cause
    cast(summed.units / lines.units_per_qty as decimal(18, 4))
        as cause_qty, -- units of the line's shortage that are the cause's
    cast(
        cast(summed.units / lines.units_per_qty as decimal(18, 4)) * lines.unit_price
        as decimal(18, 2)
    ) as cause_value -- value of them; empty when the price is unknown
from summed
inner join lines
    on summed.basis = lines.basis
    and summed.order_id = lines.order_id
    and summed.line_id = lines.line_id
