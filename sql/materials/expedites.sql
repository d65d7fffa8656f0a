-- One row per open order that comes too late and could come sooner: what a day pulled in releases,
-- against the fee for it; the first by what is left after the fee. Too late: after the day promised
-- to a customer, else due, or after the day the making of something needs it.
-- It can be pulled in until nothing waits for it too long, but not before tomorrow. Released: value,
-- margin, refund exposure and expected customer loss of what it comes too late for, each by the day
-- pulled in. A customer's loss is shared out by the value that waits.
-- Break-even fee: the margin, of these orders and of their customers' next year, saved from being
-- lost while waiting, as far as the days pulled in shorten the wait, and the capital cost of the
-- money that comes sooner. Refunds are not in it: what giving money back loses is the margin. Where
-- several orders are late for the same line each counts it: rows are not to be added up.
-- grain: supply_id
-- store: table
with

sold as (
    select
        pegs.supply_id,
        pegs.order_id,
        pegs.line_id,
        case
            when pegs.supply_kind = 'production_order' then pegs.supply_id
            when pegs.supply_kind is null
                then 'orders ' || lines.item_id || ' ' || greatest(lines.due_date, as_of.as_of)
        end as demand_id,
        pegs.pegged_qty,
        cast(
            date_diff(
                'day', coalesce(lines.promised_date, lines.due_date), pegs.expected_date
            ) as integer
        ) as late_days,
    from (
        select order_id, line_id, supply_id, supply_kind, expected_date, pegged_qty
        from core.pegs
        where supply_kind <> 'on_hand'
        union all
        select
            allocations.order_id,
            allocations.line_id,
            cast(null as varchar) as supply_id,
            cast(null as varchar) as supply_kind,
            cast(null as date) as expected_date,
            allocations.short_qty - coalesce(fills.coming_qty, 0) as pegged_qty,
        from core.allocations as allocations
        left join core.line_fills as fills
            on allocations.order_id = fills.order_id
            and allocations.line_id = fills.line_id
        where allocations.short_qty > coalesce(fills.coming_qty, 0)
    ) as pegs
    inner join core.order_lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    cross join core.as_of as as_of
),

-- What each part of a line is worth, and may cost while it waits.
exposed as (
    select
        sold.supply_id,
        sold.demand_id,
        sold.late_days,
        cast(sold.pegged_qty as double) * cast(lines.unit_price as double) as part_value,
        cast(sold.pegged_qty as double)
        * cast(lines.unit_price - items.unit_cost as double) as part_margin,
        cast(risk.held_value as double)
        * cast(sold.pegged_qty as double) / cast(lines.open_qty as double) as part_refund,
        cast(customers.expected_loss_value as double)
        * cast(sold.pegged_qty as double) * cast(lines.unit_price as double)
        / nullif(cast(customers.short_value as double), 0) as part_loss,
        cast(sold.pegged_qty as double)
        * cast(lines.unit_price - items.unit_cost as double) * risk.cancel_rate
        as part_lost_margin,
        cast(customers.expected_loss_value as double)
        * cast(sold.pegged_qty as double)
        * cast(lines.unit_price - items.unit_cost as double)
        / nullif(cast(customers.short_value as double), 0) as part_loss_margin,
        greatest(date_diff('day', as_of.as_of, risk.fill_p50_date), 1) as fill_days,
        greatest(risk.delay_days, 1) as delay_days,
    from sold
    cross join core.as_of as as_of
    inner join core.order_lines as lines
        on sold.order_id = lines.order_id
        and sold.line_id = lines.line_id
    left join core.items as items on lines.item_id = items.item_id
    left join risk.lines as risk
        on sold.order_id = risk.order_id
        and sold.line_id = risk.line_id
    left join risk.customers as customers on lines.customer_id = customers.customer_id
),

by_demand as (
    select
        demand_id,
        count(*) as lines,
        sum(part_value) as part_value,
        sum(part_margin) as part_margin,
        sum(part_refund) as part_refund,
        sum(part_loss) as part_loss,
        sum(part_lost_margin / fill_days) as lost_margin_per_day,
        sum(part_loss_margin / delay_days) as lost_customers_per_day,
        sum(part_lost_margin) as part_lost_margin,
        sum(part_loss_margin) as part_loss_margin,
    from exposed
    where demand_id is not null
    group by demand_id
),

part_pegs as (
    select
        pegs.supply_id,
        pegs.late_days,
        by_demand.lines,
        netted.needed_share * cast(pegs.pegged_qty as double)
        / cast(netted.needed_qty as double) as waiting_share,
        by_demand.part_value,
        by_demand.part_margin,
        by_demand.part_refund,
        by_demand.part_loss,
        by_demand.part_lost_margin,
        by_demand.part_loss_margin,
        by_demand.lost_margin_per_day,
        by_demand.lost_customers_per_day,
    from materials.pegs as pegs
    inner join materials.netted as netted
        on pegs.demand_id = netted.demand_id
        and pegs.item_id = netted.item_id
        and netted.reckoning = 'plan'
    left join by_demand on pegs.demand_id = by_demand.demand_id
    where pegs.supply_kind <> 'on_hand' and pegs.late_days > 0
),

late as (
    select
        supply_id,
        late_days,
        1 as lines,
        1 as waiting_share,
        part_value,
        part_margin,
        part_refund,
        part_loss,
        part_lost_margin,
        part_loss_margin,
        part_lost_margin / fill_days as lost_margin_per_day,
        part_loss_margin / delay_days as lost_customers_per_day,
        false as is_part,
    from exposed
    where supply_id is not null and late_days > 0
    union all
    select
        supply_id,
        late_days,
        lines,
        waiting_share,
        part_value,
        part_margin,
        part_refund,
        part_loss,
        part_lost_margin,
        part_loss_margin,
        lost_margin_per_day,
        lost_customers_per_day,
        true as is_part,
    from part_pegs
),

worst as (
    select supply_id, max(late_days) as late_days
    from late
    group by supply_id
),

pulled as (
    select
        supply.supply_id,
        supply.supply_kind,
        supply.document_id,
        supply.supplier_id,
        supply.item_id,
        supply.promised_date,
        supply.expected_date,
        supply.supply_qty,
        cast(supply.supply_qty as double)
        * cast(coalesce(supply.unit_cost, items.unit_cost) as double) as supply_value,
        worst.late_days,
        least(worst.late_days, date_diff('day', as_of.as_of, supply.expected_date) - 1)
            as pull_days,
    from worst
    inner join core.supply as supply on worst.supply_id = supply.supply_id
    cross join core.as_of as as_of
    left join core.items as items on supply.item_id = items.item_id
),

released as (
    select
        late.supply_id,
        sum(late.lines) as lines,
        bool_or(late.is_part) as is_for_making,
        sum(late.waiting_share * late.part_value) as released_value,
        sum(late.waiting_share * late.part_margin) as released_margin,
        sum(late.waiting_share * late.part_refund) as released_refund_value,
        sum(late.waiting_share * late.part_loss) as released_loss_value,
        sum(
            late.waiting_share
            * least(
                late.part_lost_margin,
                late.lost_margin_per_day * least(pulled.pull_days, late.late_days)
            )
        ) as saved_margin,
        sum(
            late.waiting_share
            * least(
                late.part_loss_margin,
                late.lost_customers_per_day * least(pulled.pull_days, late.late_days)
            )
        ) as saved_loss,
        sum(
            late.waiting_share * late.part_value
            * least(pulled.pull_days, late.late_days) * levers.capital_cost_rate / 365
        ) as saved_capital,
    from late
    inner join pulled on late.supply_id = pulled.supply_id
    cross join core.levers as levers
    where pulled.pull_days > 0
    group by late.supply_id
),

priced as (
    select
        pulled.supply_id,
        pulled.supply_kind,
        pulled.document_id,
        pulled.supplier_id,
        pulled.item_id,
        pulled.promised_date,
        pulled.expected_date,
        pulled.supply_qty,
        pulled.late_days,
        pulled.pull_days,
        released.lines,
        released.is_for_making,
        released.released_value,
        released.released_margin,
        released.released_refund_value,
        released.released_loss_value,
        released.saved_margin,
        released.saved_loss,
        released.saved_capital,
        case
            when coalesce(released.saved_margin, released.saved_loss, released.saved_capital)
                is not null
                then coalesce(released.saved_margin, 0)
                + coalesce(released.saved_loss, 0)
                + coalesce(released.saved_capital, 0)
        end as break_even_fee,
        pulled.supply_value * levers.expedite_cost_rate as fee,
    from released
    inner join pulled on released.supply_id = pulled.supply_id
    cross join core.levers as levers
)

select
    cast(row_number() over (
        order by
            cast(priced.break_even_fee - coalesce(priced.fee, 0) as decimal(18, 2))
                desc nulls last,
            cast(priced.released_value / priced.pull_days as decimal(18, 2)) desc nulls last,
            priced.supply_id
    ) as integer) as expedite_rank, -- 1 is worth most after its fee
    priced.supply_id as supply_id, -- name of the order among all supplies
    priced.supply_kind as supply_kind, -- purchase_order or production_order
    priced.document_id as document_id, -- number of the order
    priced.supplier_id as supplier_id, -- supplier; (own production) for production orders
    suppliers.supplier_name as supplier_name, -- name of the supplier
    priced.item_id as item_id, -- item supplied
    items.item_name as item_name, -- name of the item
    priced.supply_qty as supply_qty, -- quantity still to come
    priced.promised_date as promised_date, -- day promised
    priced.expected_date as expected_date, -- day expected
    priced.late_days as late_days, -- most days it comes too late for anything that waits
    cast(priced.pull_days as integer)
        as pull_days, -- days it can be pulled in: until in time for all, not before tomorrow
    priced.is_for_making as is_for_making, -- the making of something waits for it
    priced.lines as lines, -- order lines it comes too late for
    cast(priced.released_value as decimal(18, 2))
        as released_value, -- value of what it comes too late for; unpriced lines left out
    cast(priced.released_margin as decimal(18, 2))
        as released_margin, -- that value less cost; lines without a price or a cost left out
    cast(priced.released_refund_value as decimal(18, 2))
        as released_refund_value, -- refund exposure of it: paid for units not delivered
    cast(priced.released_loss_value as decimal(18, 2))
        as released_loss_value, -- expected loss of its customers' orders next year
    cast(priced.released_value / priced.pull_days as decimal(18, 2))
        as day_value, -- released_value / pull_days
    cast(priced.released_margin / priced.pull_days as decimal(18, 2))
        as day_margin, -- released_margin / pull_days
    cast(priced.released_refund_value / priced.pull_days as decimal(18, 2))
        as day_refund_value, -- released_refund_value / pull_days
    cast(priced.released_loss_value / priced.pull_days as decimal(18, 2))
        as day_loss_value, -- released_loss_value / pull_days
    cast(priced.saved_margin as decimal(18, 2))
        as saved_margin, -- margin expected to be cancelled in the days pulled in
    cast(priced.saved_loss as decimal(18, 2))
        as saved_loss_margin, -- margin of next year's orders expected to be lost by those days
    cast(priced.saved_capital as decimal(18, 2))
        as saved_capital_value, -- capital cost of the value for the days pulled in
    cast(priced.break_even_fee as decimal(18, 2))
        as break_even_fee_value, -- most that pulling it in may cost: the three parts known of these
    cast(priced.fee as decimal(18, 2))
        as fee_value, -- what it costs: expedite_cost_rate of its cost; empty when unknown
    priced.break_even_fee > priced.fee
        as is_worth_fee, -- the fee is less than the break-even fee; empty when unknown
    cast(priced.break_even_fee - priced.fee as decimal(18, 2))
        as net_value -- break-even fee less fee
from priced
left join core.suppliers as suppliers on priced.supplier_id = suppliers.supplier_id
left join core.items as items on priced.item_id = items.item_id
