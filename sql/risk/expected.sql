-- One row per risk of the open backlog and of stock that changes with supply, demand and dates: the
-- part of risk.totals that a scenario is judged by.
-- Lines of unknown value, or of unknown chance, are counted and left out of money; empty money is
-- unknown, not nothing.
-- grain: risk
-- store: table
with

cancelling as (
    select
        'cancellations' as risk,
        'Orders cancelled before they are filled' as risk_name,
        false as is_conditional,
        count(*) as lines,
        count(distinct customer_id) as customers,
        cast(sum(short_value) as double) as exposed_value,
        cast(sum(expected_cancel_value) as double) as expected_value,
        count(*) - count(expected_cancel_value) as unknown_lines,
    from risk.lines
),

refunding as (
    select
        'refunds' as risk,
        'Cash held for undelivered units, to be paid back' as risk_name,
        false as is_conditional,
        count(case when held_value > 0 then 1 end) as lines,
        count(distinct case when held_value > 0 then customer_id end) as customers,
        cast(sum(held_value) as double) as exposed_value,
        cast(sum(expected_refund_value) as double) as expected_value,
        count(*) - count(expected_refund_value) as unknown_lines,
    from risk.lines
),

losing as (
    select
        'customers' as risk,
        'Orders of the next year lost by delayed customers' as risk_name,
        false as is_conditional,
        cast(coalesce(sum(case when drop_rate > 0 then lines end), 0) as bigint) as lines,
        count(case when drop_rate > 0 then 1 end) as customers,
        cast(sum(case when drop_rate > 0 then yearly_value end) as double) as exposed_value,
        cast(sum(expected_loss_value) as double) as expected_value,
        cast(coalesce(sum(case when yearly_value is null then lines end), 0) as bigint)
            as unknown_lines,
    from risk.customers
),

missing as (
    select
        'events' as risk,
        'Goods that come after the day they are needed' as risk_name,
        false as is_conditional,
        count(*) as lines,
        count(distinct customer_id) as customers,
        cast(sum(open_value) as double) as exposed_value,
        cast(sum(expected_miss_value) as double) as expected_value,
        count(*) - count(expected_miss_value) as unknown_lines,
    from risk.events
),

short_items as (
    select distinct item_id from risk.stock_outs where after_short_rate >= 0.5
),

short_buyers as (
    select count(distinct buyers.customer_id) as customers
    from risk.buyers as buyers
    inner join short_items on buyers.item_id = short_items.item_id
),

running_out as (
    select
        'stock_outs' as risk,
        'New orders that stock and supply will not fill in time' as risk_name,
        false as is_conditional,
        cast(null as bigint) as lines,
        any_value(short_buyers.customers) as customers,
        sum(stock_outs.demand_qty * stock_outs.unit_price) as exposed_value,
        sum(stock_outs.after_short_value) as expected_value,
        cast(null as bigint) as unknown_lines,
    from risk.stock_outs as stock_outs
    cross join short_buyers
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
    from cancelling
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
    from refunding
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
    from losing
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
    from missing
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
    from running_out
)

select
    risk, -- risk
    risk_name, -- what may happen, in words
    is_conditional, -- what would be lost if it happened, not what is expected to be
    lines, -- open order lines it is about; empty where it is about orders to come
    customers, -- customers it is about, as far as named; empty when nobody is
    cast(exposed_value as decimal(18, 2)) as exposed_value, -- value that is exposed to it
    cast(expected_value as decimal(18, 2))
        as expected_value, -- part of it expected to be lost; empty when unknown
    unknown_lines -- lines of unknown value or chance, left out of money
from risks
