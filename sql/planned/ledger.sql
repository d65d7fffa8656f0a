-- Whether waiting pays, per item, for what waits on purpose and, apart from it, for what waits
-- against the plan: what it earns and saves against stocking the item, less what it costs.
-- Had the same quantity been served from stock, on average half of what is sold between two looks
-- of the planner would have lain there, and safety stock for lead time + review: sigmas x the
-- square root of the demand in that time, the spread of single orders coming at random. That stock
-- would have cost storage, waste, capital, and what the item's holding cost holds beyond these
-- three, so that nothing counts twice.
-- grain: item_id, is_planned
-- store: table
with

since as (
    select
        greatest(
            least(
                levers.planned_days, date_diff('day', min(lines.order_date), as_of.as_of) + 1
            ),
            1
        ) as span_days,
    from core.as_of as as_of
    cross join core.levers as levers
    inner join planned.lines as lines on lines.order_date <= as_of.as_of
    group by as_of.as_of, levers.planned_days
),

sums as (
    select
        item_id,
        is_planned,
        count(*) as lines,
        count(distinct customer_id) as customers,
        sum(cast(wait_qty as double)) as wait_qty,
        sum(cast(wait_qty as double) * wait_days)
        / nullif(
            sum(case when wait_days is not null then cast(wait_qty as double) end), 0
        ) as mean_wait_days,
        sum(wait_value) as wait_value,
        sum(premium_value) as premium_value,
        sum(float_value) as float_value,
        sum(lost_order_value) as lost_order_value,
        sum(cancelled_value) as cancelled_value,
        sum(customer_loss_value) as customer_loss_value,
        sum(expedite_value) as expedite_value,
        sum(case when is_unknown then 1 else 0 end) as unknown_lines,
    from planned.lines
    group by item_id, is_planned
),

stocked as (
    select
        sums.item_id,
        sums.is_planned,
        since.span_days,
        sums.wait_qty / since.span_days as daily_qty,
        coalesce(items.review_days, levers.usual_review_days) as review_days,
        coalesce(items.lead_time_days, levers.usual_lead_time_days) as lead_days,
        cast(items.unit_cost as double) as unit_cost,
        cast(masters.unit_volume_m3 as double) as unit_volume_m3,
        cast(masters.shelf_life_days as double) as shelf_life_days,
        coalesce(cast(masters.holding_cost_rate as double), levers.holding_cost_rate)
            as holding_cost_rate,
        levers.safety_sigmas,
        levers.waste_rate,
        levers.capital_cost_rate,
        levers.storage_cost_per_m3_day,
    from sums
    cross join since
    cross join core.levers as levers
    left join core.items as items on sums.item_id = items.item_id
    left join contract.items as masters on sums.item_id = masters.item_id
),

avoided as (
    select
        item_id,
        is_planned,
        span_days,
        daily_qty,
        daily_qty * review_days / 2
        + safety_sigmas * sqrt(daily_qty * (lead_days + review_days)) as stock_qty,
        unit_cost,
        unit_volume_m3,
        shelf_life_days,
        holding_cost_rate,
        waste_rate,
        capital_cost_rate,
        storage_cost_per_m3_day,
    from stocked
),

costed as (
    select
        item_id,
        is_planned,
        span_days,
        stock_qty,
        stock_qty * unit_volume_m3 * span_days as storage_m3_days,
        stock_qty * unit_volume_m3 * span_days * storage_cost_per_m3_day as storage_value,
        unit_cost * greatest(
            stock_qty * waste_rate * span_days / 365,
            case
                when shelf_life_days * daily_qty < stock_qty
                    then daily_qty * span_days
                        * (1 - shelf_life_days * daily_qty / stock_qty)
                else 0
            end
        ) as waste_value,
        stock_qty * unit_cost * capital_cost_rate * span_days / 365 as capital_value,
        stock_qty * unit_cost * holding_cost_rate * span_days / 365 as all_holding_value,
    from avoided
),

valued as (
    select
        sums.item_id,
        sums.is_planned,
        sums.lines,
        sums.customers,
        sums.wait_qty,
        sums.mean_wait_days,
        sums.wait_value,
        sums.unknown_lines,
        costed.span_days,
        costed.stock_qty,
        costed.storage_m3_days,
        cast(sums.premium_value as decimal(38, 2)) as premium_value,
        cast(costed.waste_value as decimal(38, 2)) as waste_value,
        cast(costed.storage_value as decimal(38, 2)) as storage_value,
        cast(costed.capital_value as decimal(38, 2)) as capital_value,
        cast(
            greatest(
                costed.all_holding_value - costed.capital_value - costed.waste_value
                - coalesce(costed.storage_value, 0),
                0
            ) as decimal(38, 2)
        ) as holding_value,
        cast(sums.float_value as decimal(38, 2)) as float_value,
        cast(sums.lost_order_value as decimal(38, 2)) as lost_order_value,
        cast(sums.cancelled_value as decimal(38, 2)) as cancelled_value,
        cast(sums.customer_loss_value as decimal(38, 2)) as customer_loss_value,
        cast(sums.expedite_value as decimal(38, 2)) as expedite_value,
    from sums
    inner join costed
        on sums.item_id = costed.item_id
        and sums.is_planned = costed.is_planned
),

summed as (
    select
        item_id,
        is_planned,
        lines,
        customers,
        wait_qty,
        mean_wait_days,
        wait_value,
        unknown_lines,
        span_days,
        stock_qty,
        storage_m3_days,
        premium_value,
        waste_value,
        storage_value,
        capital_value,
        holding_value,
        float_value,
        lost_order_value,
        cancelled_value,
        customer_loss_value,
        expedite_value,
        case
            when unknown_lines < lines
                then coalesce(premium_value, 0) + coalesce(waste_value, 0)
                    + coalesce(storage_value, 0) + coalesce(capital_value, 0)
                    + coalesce(holding_value, 0) + coalesce(float_value, 0)
        end as benefit_value,
        case
            when unknown_lines < lines
                then coalesce(lost_order_value, 0) + coalesce(cancelled_value, 0)
                    + coalesce(customer_loss_value, 0) + coalesce(expedite_value, 0)
        end as burden_value,
    from valued
)

select
    summed.item_id as item_id, -- item sold
    items.item_name as item_name, -- name of the item
    items.category as category, -- product group of the item
    items.stocking_policy as stocking_policy, -- how demand is meant to be met
    summed.is_planned as is_planned, -- waits on purpose; planned and unplanned are never mixed
    cast(summed.lines as bigint) as lines, -- order lines
    cast(summed.customers as bigint) as customers, -- customers who ordered
    cast(summed.wait_qty as decimal(38, 4)) as wait_qty, -- quantity that waits or waited
    cast(summed.wait_value as decimal(38, 2)) as wait_value, -- value of it
    summed.mean_wait_days as mean_wait_days, -- mean days from order to shipment, or to today
    cast(summed.span_days as integer) as span_days, -- days the orders are of
    cast(summed.stock_qty as decimal(38, 4))
        as stock_qty, -- mean stock that would have been needed to serve it from stock
    summed.premium_value as premium_value, -- earned above the uncustomised item
    summed.waste_value as waste_value, -- write-offs and expiry of that stock avoided
    summed.storage_m3_days
        as storage_m3_days, -- cubic metres x days of storage avoided; empty if the volume is unknown
    summed.storage_value as storage_value, -- what they cost
    summed.capital_value as capital_value, -- capital cost of that stock avoided
    summed.holding_value
        as holding_value, -- holding avoided beyond capital, waste and storage
    summed.float_value
        as float_value, -- worth of paying suppliers after customers pay, of open lines
    summed.lost_order_value as lost_order_value, -- margin of orders not placed
    summed.cancelled_value as cancelled_value, -- margin of what was cancelled
    summed.customer_loss_value as customer_loss_value, -- margin customers will not bring next year
    summed.expedite_value as expedite_value, -- spent on hurrying what is late
    summed.benefit_value as benefit_value, -- premium + waste + storage + capital + holding + float
    summed.burden_value
        as burden_value, -- lost orders + cancellations + customer loss + expedite
    summed.benefit_value - summed.burden_value
        as net_value, -- what waiting earned against stocking; empty when all values are unknown
    case
        when summed.burden_value > 0
            then greatest(
                summed.mean_wait_days * cast(summed.benefit_value as double)
                / cast(summed.burden_value as double),
                0
            )
    end as break_even_wait_days, -- mean wait at which it pays no more, if costs grow with the wait
    cast(summed.unknown_lines as bigint)
        as unknown_lines -- lines of unknown price, cost or unit: left out of values
from summed
left join core.items as items on summed.item_id = items.item_id
