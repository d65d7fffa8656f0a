-- The cash conversion cycle in one row: days of stock + days until customers pay - days until
-- suppliers are paid; plain, and adjusted by what customers paid ahead.
-- Sales and their cost are of the last cash_cycle_days, or since the first shipment where records
-- begin later; shipments of unknown price or cost are left out and counted. Stock is at cost.
-- grain: one row
-- store: table
with

span as (
    select
        as_of.as_of,
        case
            when min(order_lines.first_shipped_date) is not null
                then least(
                    levers.cash_cycle_days,
                    date_diff('day', min(order_lines.first_shipped_date), as_of.as_of) + 1
                )
        end as span_days,
    from core.as_of as as_of
    cross join core.levers as levers
    left join core.order_lines as order_lines
        on order_lines.first_shipped_date <= as_of.as_of
    group by as_of.as_of, levers.cash_cycle_days
),

sold as (
    select
        sum(cast(lines.shipped_qty as double) * cast(lines.unit_price as double))
            as sales_value,
        sum(cast(lines.shipped_qty as double) * cast(items.unit_cost as double))
            as cost_value,
        sum(case when lines.unit_price is null or items.unit_cost is null then 1 else 0 end)
            as unknown_lines,
    from core.order_lines as lines
    inner join span on lines.last_shipped_date > span.as_of - cast(span.span_days as integer)
    left join core.items as items on lines.item_id = items.item_id
    where lines.shipped_qty > 0
),

stock as (
    select
        sum(
            cast(greatest(balances.usable_qty, 0) as double)
            * cast(items.unit_cost as double)
        ) as stock_value,
        sum(case when items.unit_cost is null then 1 else 0 end) as unknown_items,
        count(*) as balances,
    from core.balances as balances
    left join core.items as items on balances.item_id = items.item_id
),

owed as (
    select
        max(receivable_value) as receivable_value,
        max(held_value) as held_value,
        max(payable_value) as payable_value,
    from cash_flow.by_dimension
    where dimension = 'total'
),

parts as (
    select
        span.span_days,
        sold.sales_value,
        sold.cost_value,
        coalesce(sold.unknown_lines, 0) as unknown_lines,
        case when stock.balances > 0 then stock.stock_value end as stock_value,
        coalesce(stock.unknown_items, 0) as unknown_items,
        owed.receivable_value,
        owed.held_value,
        owed.payable_value,
        stock.stock_value * span.span_days / nullif(sold.cost_value, 0) as stock_days,
        cast(owed.receivable_value as double) * span.span_days / nullif(sold.sales_value, 0)
            as receivable_days,
        cast(owed.receivable_value - owed.held_value as double) * span.span_days
        / nullif(sold.sales_value, 0) as adjusted_receivable_days,
        cast(owed.payable_value as double) * span.span_days / nullif(sold.cost_value, 0)
            as payable_days,
    from span
    cross join sold
    cross join stock
    cross join owed
)

select
    cast(span_days as integer) as span_days, -- days the sales are of; empty without a shipment
    cast(sales_value as decimal(38, 2)) as sales_value, -- value shipped in those days
    cast(cost_value as decimal(38, 2)) as cost_value, -- what it cost
    cast(unknown_lines as bigint)
        as unknown_lines, -- lines shipped in those days without a price or a cost: left out
    cast(stock_value as decimal(38, 2)) as stock_value, -- usable stock on hand, at cost
    cast(unknown_items as bigint) as unknown_items, -- balances of unknown cost: left out
    cast(receivable_value as decimal(38, 2)) as receivable_value, -- delivered, not paid to us
    cast(held_value as decimal(38, 2)) as held_value, -- contract liability
    cast(payable_value as decimal(38, 2)) as payable_value, -- received, not paid by us
    stock_days, -- days of stock: stock / cost of a day
    receivable_days, -- days until customers pay: receivables / sales of a day
    payable_days, -- days until suppliers are paid: payables / cost of a day
    stock_days + receivable_days - payable_days as cycle_days, -- cash conversion cycle
    adjusted_receivable_days, -- (receivables - contract liabilities) / sales of a day
    stock_days + adjusted_receivable_days - payable_days
        as adjusted_cycle_days -- cash conversion cycle with what customers paid ahead taken off
from parts
