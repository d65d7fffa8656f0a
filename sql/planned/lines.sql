-- One row per order line of the last planned_days that waits, or waited, beyond stock: on purpose
-- (made to order, sold ahead, or within the item's limit), or against the plan (short when it fell
-- due, or backordered today). What it earns by that and costs.
-- A customer's loss stands once, with the line that was latest after its first promise. What is
-- lost in orders and spent on hurrying is an assumption; cancellations are records.
-- grain: order_id, line_id
-- store: table
with

since as (
    select as_of.as_of, as_of.as_of - levers.planned_days as since_date
    from core.as_of as as_of
    cross join core.levers as levers
),

shorts as (
    select order_id, line_id, max(short_qty) as short_qty
    from core.short_lines
    group by order_id, line_id
),

waiting as (
    select
        lines.order_id,
        lines.line_id,
        true as is_planned,
        case lines.order_type when 'preorder' then 'sold ahead' else 'made to order' end
            as plan,
        lines.shipped_qty + lines.open_qty as wait_qty,
    from core.order_lines as lines
    inner join since on lines.order_date > since.since_date
    where lines.is_planned
    union all
    select
        lines.order_id,
        lines.line_id,
        coalesce(backlog.is_planned, false) as is_planned,
        case when coalesce(backlog.is_planned, false) then 'within the limit' else 'none' end
            as plan,
        case when coalesce(backlog.is_planned, false) then backlog.backordered_qty
            else shorts.short_qty end as wait_qty,
    from core.order_lines as lines
    inner join since on lines.order_date > since.since_date
    inner join shorts
        on lines.order_id = shorts.order_id
        and lines.line_id = shorts.line_id
    left join backlog.lines as backlog
        on lines.order_id = backlog.order_id
        and lines.line_id = backlog.line_id
    where not lines.is_planned
),

measured as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.item_id,
        waiting.is_planned,
        waiting.plan,
        lines.order_date,
        waiting.wait_qty,
        lines.cancelled_qty,
        date_diff(
            'day',
            lines.order_date,
            case
                when lines.open_qty > 0 then since.as_of
                else lines.last_shipped_date
            end
        ) as wait_days,
        greatest(
            date_diff(
                'day',
                lines.first_promised_date,
                case
                    when lines.open_qty > 0 then since.as_of
                    else lines.last_shipped_date
                end
            ),
            0
        ) as late_days,
        lines.is_customised,
        cast(lines.unit_price as double) as unit_price,
        cast(items.unit_cost as double) as unit_cost,
    from waiting
    inner join (
        select
            order_id,
            line_id,
            customer_id,
            item_id,
            order_date,
            first_promised_date,
            last_shipped_date,
            open_qty,
            cancelled_qty,
            unit_price,
            order_type = 'make_to_order' as is_customised,
        from core.order_lines
    ) as lines
        on waiting.order_id = lines.order_id
        and waiting.line_id = lines.line_id
    left join core.items as items on lines.item_id = items.item_id
    cross join since
),

worst as (
    select
        order_id,
        line_id,
        customer_id,
        late_days,
        row_number() over (
            partition by customer_id order by late_days desc, order_id, line_id
        ) as late_rank,
    from measured
    where late_days > 0 and customer_id is not null
),

yearly as (
    select
        lines.customer_id,
        sum(
            cast(lines.ordered_qty - lines.cancelled_qty as double)
            * (cast(lines.unit_price as double) - cast(items.unit_cost as double))
        ) as margin_value,
    from core.order_lines as lines
    inner join core.as_of as as_of on lines.order_date > as_of.as_of - 365
    left join core.items as items on lines.item_id = items.item_id
    where lines.customer_id in (select customer_id from worst)
    group by lines.customer_id
),

losses as (
    select
        worst.order_id,
        worst.line_id,
        greatest(yearly.margin_value, 0)
        * case
            when worst.late_days > levers.long_delay_days then levers.long_delay_drop_rate
            else levers.delay_drop_rate
        end as customer_loss_value,
    from worst
    inner join yearly on worst.customer_id = yearly.customer_id
    cross join core.levers as levers
    where worst.late_rank = 1
)

select
    measured.order_id as order_id, -- order the line belongs to
    measured.line_id as line_id, -- line within the order
    measured.customer_id as customer_id, -- customer who ordered
    customers.customer_name as customer_name, -- name of the customer
    measured.item_id as item_id, -- item sold
    items.item_name as item_name, -- name of the item
    measured.is_planned as is_planned, -- waits on purpose
    measured.plan as plan, -- made to order, sold ahead, within the limit; none when not planned
    measured.order_date as order_date, -- day the order was accepted
    cast(measured.wait_qty as decimal(18, 4))
        as wait_qty, -- quantity that waits or waited; empty when its unit is unknown
    cast(measured.cancelled_qty as decimal(18, 4)) as cancelled_qty, -- quantity cancelled
    cast(measured.wait_days as integer)
        as wait_days, -- days from order to the last shipment, or to today; empty if never shipped
    cast(measured.late_days as integer)
        as late_days, -- days after the first promise; empty without one
    cast(measured.wait_qty * measured.unit_price as decimal(18, 2))
        as wait_value, -- value of what waits; empty when the price is unknown
    cast(measured.wait_qty * measured.unit_cost as decimal(18, 2))
        as cost_value, -- cost of it; empty when unknown
    cast(
        measured.wait_qty * (measured.unit_price - standards.standard_price)
        as decimal(18, 2)
    ) as premium_value, -- earned above the uncustomised item; empty where that price is unknown
    cash.float_value as float_value, -- worth of paying suppliers after customers pay; open lines
    cast(
        levers.lost_order_rate * measured.wait_qty
        * (measured.unit_price - measured.unit_cost) as decimal(18, 2)
    ) as lost_order_value, -- margin of orders not placed because of the wait
    cast(
        measured.cancelled_qty * (measured.unit_price - measured.unit_cost)
        as decimal(18, 2)
    ) as cancelled_value, -- margin of what was cancelled
    cast(coalesce(losses.customer_loss_value, 0) as decimal(18, 2))
        as customer_loss_value, -- margin the customer will not bring next year after its worst delay
    cast(
        case
            when measured.late_days > 0
                then levers.expedite_cost_rate * measured.wait_qty * measured.unit_cost
            else 0
        end as decimal(18, 2)
    ) as expedite_value, -- spent on hurrying what is late
    measured.unit_price is null or measured.unit_cost is null or measured.wait_qty is null
        as is_unknown -- its price, cost or unit is unknown: values leave it out
from measured
cross join core.levers as levers
left join core.customers as customers on measured.customer_id = customers.customer_id
left join core.items as items on measured.item_id = items.item_id
left join planned.standard_prices as standards
    on measured.order_id = standards.order_id
    and measured.line_id = standards.line_id
left join losses
    on measured.order_id = losses.order_id
    and measured.line_id = losses.line_id
left join cash_flow.lines as cash
    on measured.order_id = cash.order_id
    and measured.line_id = cash.line_id
