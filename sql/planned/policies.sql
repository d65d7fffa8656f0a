-- One row per item with demand in the last planned_days: how much to order at once, how much to
-- backorder on purpose, and whether to stock it at all.
-- Economic order quantity with backorders: Q = sqrt(2 K d (h + p) / (h p)), of which the share
-- h / (h + p) is backordered before the next order comes; K cost of an order, d yearly demand, h
-- cost of holding a unit for a year, p cost of a unit waiting for a year. (Zipkin, Foundations of
-- Inventory Management, 2000.)
-- Made to order, where the chance of no order within lead time is at least p / (p + h), if orders
-- come at random at their mean rate; and what is mostly made to customers' wishes.
-- grain: item_id
-- store: table
with

span as (
    select
        as_of.as_of,
        greatest(
            least(
                levers.planned_days, date_diff('day', min(lines.order_date), as_of.as_of) + 1
            ),
            1
        ) as span_days,
    from core.as_of as as_of
    cross join core.levers as levers
    inner join core.order_lines as lines on lines.order_date <= as_of.as_of
    group by as_of.as_of, levers.planned_days
),

demanded as (
    select
        lines.item_id,
        sum(cast(lines.ordered_qty - lines.cancelled_qty as double)) * 365
        / any_value(span.span_days) as yearly_qty,
        count(*) * 365 / any_value(span.span_days) as yearly_lines,
        sum(
            cast(lines.ordered_qty - lines.cancelled_qty as double)
            * cast(lines.unit_price as double)
        ) / nullif(
            sum(
                case
                    when lines.unit_price is not null
                        then cast(lines.ordered_qty - lines.cancelled_qty as double)
                end
            ),
            0
        ) as mean_price,
    from core.order_lines as lines
    inner join span on lines.order_date > span.as_of - cast(span.span_days as integer)
    where lines.ordered_qty > lines.cancelled_qty and lines.order_type <> 'drop_ship'
    group by lines.item_id
),

customised as (
    select
        known.item_id,
        sum(case when known.is_customised then known.ordered_qty else 0 end)
        > 0.5 * sum(known.ordered_qty) as is_customised,
    from core.known_sales_lines as known
    inner join span
        on known.order_date > span.as_of - cast(span.span_days as integer)
        and known.order_date <= span.as_of
    group by known.item_id
),

parameters as (
    select
        demanded.item_id,
        items.item_name,
        items.category,
        items.stocking_policy,
        items.max_planned_backorder_qty,
        coalesce(customised.is_customised, false) as is_customised,
        demanded.yearly_qty,
        demanded.yearly_lines,
        coalesce(items.lead_time_days, levers.usual_lead_time_days) as lead_days,
        items.lead_time_days is not null as is_lead_known,
        cast(levers.order_cost as double) as order_cost,
        cast(items.unit_cost as double)
        * coalesce(cast(masters.holding_cost_rate as double), levers.holding_cost_rate)
            as holding_cost,
        demanded.mean_price * levers.backorder_cost_rate as backorder_cost,
    from demanded
    cross join core.levers as levers
    left join core.items as items on demanded.item_id = items.item_id
    left join contract.items as masters on demanded.item_id = masters.item_id
    left join customised on demanded.item_id = customised.item_id
),

answered as (
    select
        item_id,
        item_name,
        category,
        stocking_policy,
        max_planned_backorder_qty,
        is_customised,
        yearly_qty,
        yearly_lines,
        lead_days,
        is_lead_known,
        order_cost,
        holding_cost,
        backorder_cost,
        sqrt(
            2 * order_cost * yearly_qty * (holding_cost + backorder_cost)
            / nullif(holding_cost * backorder_cost, 0)
        ) as economic_qty,
        holding_cost / nullif(holding_cost + backorder_cost, 0) as backorder_rate,
        sqrt(
            2 * order_cost * yearly_qty * holding_cost * backorder_cost
            / nullif(holding_cost + backorder_cost, 0)
        ) as yearly_cost,
        sqrt(2 * order_cost * yearly_qty * holding_cost) as stocked_cost,
        exp(-yearly_lines * lead_days / 365) as no_demand_rate,
        backorder_cost / nullif(holding_cost + backorder_cost, 0) as critical_rate,
    from parameters
)

select
    item_id, -- item
    item_name, -- name of the item
    category, -- product group of the item
    stocking_policy, -- how demand is met now
    cast(yearly_qty as decimal(38, 4)) as yearly_qty, -- demand in a year, at the rate of late
    yearly_lines, -- orders in a year, at that rate
    cast(lead_days as integer)
        as lead_days, -- days from order to receipt; usual_lead_time_days where unknown
    order_cost, -- cost of placing an order
    holding_cost, -- cost of holding a unit for a year; empty when its cost is unknown
    backorder_cost, -- cost of a unit that waits for a year; empty when its price is unknown
    economic_qty, -- quantity to order at once
    backorder_rate, -- share of it to be backordered on purpose before it comes
    economic_qty * backorder_rate as planned_backorder_qty, -- that share in units
    max_planned_backorder_qty, -- backorder accepted on purpose now; empty when none is set
    yearly_cost, -- yearly cost of ordering, holding and waiting with that
    stocked_cost, -- yearly cost if nothing waited
    stocked_cost - yearly_cost as saved_value, -- saved in a year by backordering on purpose
    no_demand_rate, -- chance that no order comes within lead time
    critical_rate, -- chance from which it is better made to order
    is_customised, -- most of it is made to the customer's wish: it cannot be stocked
    case
        when is_customised then 'make_to_order'
        when critical_rate is null then null
        when no_demand_rate >= critical_rate then 'make_to_order'
        else 'stock'
    end as better_policy, -- make_to_order or stock; empty when price or cost is unknown
    is_lead_known -- the lead time is told, not assumed
from answered
