-- One row per risk, ranked by the money expected to be lost: what is exposed to it, what is
-- expected, and the customers and order lines it is about.
-- The risks overlap - an order that is cancelled breaks its promise too - and are never added up.
-- Conditional ones say what would be lost if it happened. Lines of unknown value, or of unknown
-- chance, are counted and left out of money; empty money is unknown, not nothing.
-- grain: risk
-- store: table
with

breaking as (
    select
        'promises' as risk,
        'Promises of open orders that will be broken' as risk_name,
        false as is_conditional,
        count(case when promise_kept_rate < 1 then 1 end) as lines,
        count(distinct case when promise_kept_rate < 1 then customer_id end) as customers,
        cast(sum(case when promise_kept_rate < 1 then open_value end) as double)
            as exposed_value,
        sum((1 - promise_kept_rate) * cast(open_value as double)) as expected_value,
        count(case when promise_kept_rate is null or open_value is null then 1 end)
            as unknown_lines,
    from backlog.promises
    where promised_date is not null
),

noticing as (
    select
        'notices' as risk,
        'Overdue notices of delay: cash to pay back unless the customer agrees' as risk_name,
        false as is_conditional,
        count(*) as lines,
        count(distinct customer_id) as customers,
        cast(sum(held_value) as double) as exposed_value,
        cast(sum(case when is_consent_needed then held_value end) as double)
            as expected_value,
        count(*) - count(held_value) as unknown_lines,
    from risk.notices
    where notice_state = 'overdue'
),

growing as (
    select
        'scaling' as risk,
        'Orders lost if demand grew by half' as risk_name,
        true as is_conditional,
        cast(null as bigint) as lines,
        max(totals.customers) as customers,
        max(totals.sold_week_value * levers.overload_weeks) as exposed_value,
        max(totals.lost_week_value * levers.overload_weeks) as expected_value,
        cast(null as bigint) as unknown_lines,
    from risk.scaling_totals as totals
    cross join core.levers as levers
    where totals.demand_factor = 1.5 and totals.load_kind = 'all'
),

depending as (
    select
        'single_sources' as risk,
        'A week''s orders that hang on a single supplier' as risk_name,
        true as is_conditional,
        cast(null as bigint) as lines,
        single_source_customers as customers,
        single_source_week_value as exposed_value,
        cast(null as double) as expected_value,
        cast(null as bigint) as unknown_lines,
    from risk.concentration
),

risks as (
    select
        risk,
        risk_name,
        is_conditional,
        lines,
        customers,
        exposed_value,
        expected_value,
        unknown_lines,
    from risk.expected
    union all
    select
        risk,
        risk_name,
        is_conditional,
        lines,
        customers,
        exposed_value,
        expected_value,
        unknown_lines,
    from breaking
    union all
    select
        risk,
        risk_name,
        is_conditional,
        lines,
        customers,
        exposed_value,
        expected_value,
        unknown_lines,
    from noticing
    union all
    select
        risk,
        risk_name,
        is_conditional,
        lines,
        customers,
        exposed_value,
        expected_value,
        unknown_lines,
    from growing
    union all
    select
        risk,
        risk_name,
        is_conditional,
        lines,
        customers,
        exposed_value,
        expected_value,
        unknown_lines,
    from depending
)

select
    risk, -- risk
    risk_name, -- what may happen, in words
    is_conditional, -- what would be lost if it happened, not what is expected to be
    row_number() over (
        order by is_conditional, expected_value desc nulls last, exposed_value desc nulls last, risk
    ) as risk_rank, -- the most money expected first, conditional ones last
    lines, -- open order lines it is about; empty where it is about orders to come
    coalesce(customers, 0) as customers, -- customers it is about, as far as named
    cast(exposed_value as decimal(18, 2)) as exposed_value, -- value that is exposed to it
    cast(expected_value as decimal(18, 2))
        as expected_value, -- part of it expected to be lost; empty when unknown
    unknown_lines -- lines of unknown value or chance, left out of money
from risks
