-- The cash still to come in one row: what comes in and goes out, the lowest balance ahead and the
-- funding gap, and how long customers' money finances suppliers.
-- Funding gap = max(0, - lowest balance), on the first day of the lowest balance; the balance of
-- the as-of date counts.
-- grain: one row
-- store: table
with

lowest as (
    select
        daily.certainty,
        min(daily.balance_value) as low_balance_value,
        min_by(daily.day, (daily.balance_value, daily.day)) as low_date,
        sum(case when daily.is_past then 0 else daily.in_value end) as in_value,
        sum(case when daily.is_past then 0 else daily.out_value end) as out_value,
    from cash_flow.daily as daily
    inner join core.as_of as as_of on daily.day >= as_of.as_of
    where daily.balance_value is not null
    group by daily.certainty
),

gaps as (
    select
        max(case when certainty = 'p50' then low_balance_value end) as low_balance_value,
        max(case when certainty = 'p50' then low_date end) as low_date,
        max(case when certainty = 'p80' then low_balance_value end) as low_balance_p80_value,
        max(case when certainty = 'p80' then low_date end) as low_p80_date,
        max(case when certainty = 'p95' then low_balance_value end) as low_balance_p95_value,
        max(case when certainty = 'p95' then low_date end) as low_p95_date,
        max(case when certainty = 'p50' then in_value end) as in_value,
        max(case when certainty = 'p50' then out_value end) as out_value,
    from lowest
),

coming as (
    select
        sum(case when p50_date is null then 0 else 1 end) as dated_events,
        sum(greatest(event_value, 0)) as to_come_value,
        sum(greatest(-event_value, 0)) as to_pay_value,
        sum(case when p50_date is null then greatest(event_value, 0) else 0 end)
            as undated_in_value,
        sum(case when p50_date is null then greatest(-event_value, 0) else 0 end)
            as undated_out_value,
        sum(case when p80_date is null then abs(event_value) else 0 end) as undated_p80_value,
        sum(case when p95_date is null then abs(event_value) else 0 end) as undated_p95_value,
        sum(
            case when p50_date > as_of.as_of + levers.cash_horizon_days then event_value else 0 end
        ) as later_value,
    from cash_flow.expected
    cross join core.as_of as as_of
    cross join core.levers as levers
),

floats as (
    select
        count(*) as lines,
        count(float_days) as float_lines,
        sum(cost_value) as cost_value,
        sum(cast(cost_value as double) * float_days) as cost_days,
        sum(float_value) as float_value,
    from cash_flow.lines
)

select
    cast(coalesce(coming.to_come_value, 0) as decimal(38, 2))
        as to_come_value, -- money still to come in for what is accepted or delivered
    cast(coalesce(coming.to_pay_value, 0) as decimal(38, 2))
        as to_pay_value, -- money still to go out for what is ordered, received or cancelled
    gaps.in_value as in_value, -- part of it that comes in within cash_horizon_days
    gaps.out_value as out_value, -- part of it that goes out within cash_horizon_days
    cast(coalesce(coming.undated_in_value, 0) as decimal(38, 2))
        as undated_in_value, -- to come in, nobody knows when
    cast(coalesce(coming.undated_out_value, 0) as decimal(38, 2))
        as undated_out_value, -- to go out, nobody knows when
    cast(coalesce(coming.later_value, 0) as decimal(38, 2))
        as later_value, -- net of what moves after cash_horizon_days
    cast(coalesce(coming.undated_p80_value, 0) as decimal(38, 2))
        as undated_p80_value, -- to move without a day that 80 % keep
    cast(coalesce(coming.undated_p95_value, 0) as decimal(38, 2))
        as undated_p95_value, -- to move without a day that 95 % keep
    case when coming.dated_events > 0 then gaps.low_balance_value end
        as low_balance_value, -- lowest balance from the as-of date on; empty if nothing is known
    case when coming.dated_events > 0 then gaps.low_date end as low_date, -- its first day
    case when coming.dated_events > 0 then gaps.low_balance_p80_value end
        as low_balance_p80_value, -- the same if customers' goods come on the day that 80 % keep
    case when coming.dated_events > 0 then gaps.low_p80_date end as low_p80_date, -- its day
    case when coming.dated_events > 0 then gaps.low_balance_p95_value end
        as low_balance_p95_value, -- the same if customers' goods come on the day that 95 % keep
    case when coming.dated_events > 0 then gaps.low_p95_date end as low_p95_date, -- its day
    case when coming.dated_events > 0 then greatest(-gaps.low_balance_value, 0) end
        as funding_gap_value, -- money to be found by then: as likely enough as not
    case when coming.dated_events > 0 then greatest(-gaps.low_balance_p80_value, 0) end
        as funding_gap_p80_value, -- the same if customers' goods come on the day that 80 % keep
    case when coming.dated_events > 0 then greatest(-gaps.low_balance_p95_value, 0) end
        as funding_gap_p95_value, -- the same if customers' goods come on the day that 95 % keep
    floats.cost_days / nullif(cast(floats.cost_value as double), 0)
        as float_days, -- days customers pay before suppliers are paid, by amount; negative: after
    cast(floats.float_value as decimal(38, 2))
        as float_value, -- what that is worth at the cost of capital
    floats.cost_value as float_cost_value, -- what the suppliers get, of lines where both are known
    floats.float_lines as float_lines, -- those lines
    floats.lines as lines -- open order lines
from gaps
cross join coming
cross join floats
