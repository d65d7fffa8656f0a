-- The ledger in two rows: all that waits on purpose, and all that waits against the plan.
-- grain: is_planned
with

sums as (
    select
        is_planned,
        count(*) as items,
        sum(lines) as lines,
        sum(wait_qty) as wait_qty,
        sum(wait_value) as wait_value,
        sum(cast(wait_qty as double) * mean_wait_days)
        / nullif(
            sum(case when mean_wait_days is not null then cast(wait_qty as double) end), 0
        ) as mean_wait_days,
        max(span_days) as span_days,
        sum(premium_value) as premium_value,
        sum(waste_value) as waste_value,
        sum(storage_m3_days) as storage_m3_days,
        sum(storage_value) as storage_value,
        sum(capital_value) as capital_value,
        sum(holding_value) as holding_value,
        sum(float_value) as float_value,
        sum(lost_order_value) as lost_order_value,
        sum(cancelled_value) as cancelled_value,
        sum(customer_loss_value) as customer_loss_value,
        sum(expedite_value) as expedite_value,
        sum(benefit_value) as benefit_value,
        sum(burden_value) as burden_value,
        sum(net_value) as net_value,
        sum(unknown_lines) as unknown_lines,
        sum(case when storage_m3_days is null then 1 else 0 end) as volume_unknown_items,
    from planned.ledger
    group by is_planned
)

select
    plans.is_planned as is_planned, -- waits on purpose; planned and unplanned are never mixed
    coalesce(sums.items, 0) as items, -- items with such lines
    cast(coalesce(sums.lines, 0) as bigint) as lines, -- order lines
    cast(coalesce(sums.wait_qty, 0) as decimal(38, 4)) as wait_qty, -- quantity that waits or waited
    cast(sums.wait_value as decimal(38, 2)) as wait_value, -- value of it
    cast(backlog.backordered_value as decimal(38, 2))
        as backordered_value, -- value of it that is backordered today
    sums.mean_wait_days as mean_wait_days, -- mean days from order to shipment, or to today
    sums.span_days as span_days, -- days the orders are of
    cast(sums.premium_value as decimal(38, 2))
        as premium_value, -- earned above the uncustomised item; empty where no price tells
    cast(sums.waste_value as decimal(38, 2)) as waste_value, -- write-offs and expiry avoided
    sums.storage_m3_days as storage_m3_days, -- cubic metres x days of storage avoided
    cast(sums.storage_value as decimal(38, 2)) as storage_value, -- what they cost
    cast(sums.capital_value as decimal(38, 2))
        as capital_value, -- capital cost of the stock avoided
    cast(sums.holding_value as decimal(38, 2))
        as holding_value, -- holding avoided beyond capital, waste and storage
    cast(sums.float_value as decimal(38, 2))
        as float_value, -- worth of paying suppliers after customers pay, of open lines
    cast(sums.lost_order_value as decimal(38, 2))
        as lost_order_value, -- margin of orders not placed
    cast(sums.cancelled_value as decimal(38, 2))
        as cancelled_value, -- margin of what was cancelled
    cast(sums.customer_loss_value as decimal(38, 2))
        as customer_loss_value, -- margin customers will not bring next year
    cast(sums.expedite_value as decimal(38, 2))
        as expedite_value, -- spent on hurrying what is late
    cast(sums.benefit_value as decimal(38, 2)) as benefit_value, -- all it earned and saved
    cast(sums.burden_value as decimal(38, 2)) as burden_value, -- all it cost
    cast(sums.net_value as decimal(38, 2)) as net_value, -- what it earned against stocking
    case
        when sums.burden_value > 0
            then greatest(
                sums.mean_wait_days * cast(sums.benefit_value as double)
                / cast(sums.burden_value as double),
                0
            )
    end as break_even_wait_days, -- mean wait at which it pays no more, if costs grow with the wait
    cast(coalesce(sums.unknown_lines, 0) as bigint)
        as unknown_lines, -- lines of unknown price, cost or unit: left out of values
    cast(coalesce(sums.volume_unknown_items, 0) as bigint)
        as volume_unknown_items -- items of unknown volume: left out of storage
from (values (true), (false)) as plans (is_planned)
left join sums on plans.is_planned = sums.is_planned
left join (
    select is_planned, sum(backordered_value) as backordered_value
    from backlog.lines
    group by is_planned
) as backlog
    on plans.is_planned = backlog.is_planned
