-- One row per allocation rule, all on the same stock: what each fills now, which promises it keeps,
-- and what changes hands against the rule in force. Empty when nothing is open.
-- Lines in a unit without a conversion are left out; values leave out lines of unknown price.
-- A promise is kept when the line is whole, from stock and what is on order as expected, by the day
-- promised now; one already past is broken under every rule. Holds are taken as lifted for that.
-- grain: allocation_rule
-- store: table
with

lines as (
    select
        allocation_rule,
        order_id,
        open_qty,
        open_value,
        allocated_qty,
        allocated_value,
        short_qty,
        held_qty,
        held_value,
        promised_date,
        is_promise_kept,
        outcome,
        gained_qty,
        gained_value,
        is_exception,
    from backlog.rule_lines
    union all
    select
        cast(null as varchar) as allocation_rule,
        lines.order_id,
        lines.open_qty,
        lines.open_value,
        lines.allocated_qty,
        cast(lines.allocated_qty * lines.unit_price as decimal(18, 2)) as allocated_value,
        lines.open_qty - lines.allocated_qty as short_qty,
        lines.held_qty,
        lines.held_value,
        lines.promised_date,
        case
            when lines.promised_date is null then null
            when fills.is_covered and lines.expected_fill_date is null then null
            else coalesce(lines.expected_fill_date <= lines.promised_date, false)
        end as is_promise_kept,
        'same' as outcome,
        0 as gained_qty,
        0 as gained_value,
        false as is_exception,
    from backlog.lines as lines
    left join core.line_fills as fills
        on lines.order_id = fills.order_id
        and lines.line_id = fills.line_id
    where
        not lines.is_unit_unknown
        and (lines.order_id, lines.line_id) not in (
            select (order_id, line_id) from core.rule_lines
        )
),

orders as (
    select
        allocation_rule,
        order_id,
        count(*) as lines,
        sum(case when short_qty = 0 then 1 else 0 end) as filled_lines,
        sum(open_qty) as open_qty,
        sum(allocated_qty) as filled_qty,
        sum(held_qty) as held_qty,
        sum(open_value) as open_value,
        sum(allocated_value) as filled_value,
        sum(held_value) as held_value,
        sum(case when promised_date is not null then 1 else 0 end) as promised_lines,
        sum(case when is_promise_kept then 1 else 0 end) as promise_kept_lines,
        sum(case when not is_promise_kept then 1 else 0 end) as promise_broken_lines,
        sum(case when outcome = 'wins' then 1 else 0 end) as winning_lines,
        sum(case when outcome = 'loses' then 1 else 0 end) as losing_lines,
        sum(greatest(gained_qty, 0)) as won_qty,
        sum(greatest(-gained_qty, 0)) as lost_qty,
        sum(greatest(gained_value, 0)) as won_value,
        sum(greatest(-gained_value, 0)) as lost_value,
        sum(case when is_exception then 1 else 0 end) as exception_lines,
    from lines
    group by allocation_rule, order_id
),

-- Orders alike under every rule have none: they count for each.
totals as (
    select
        rules.allocation_rule,
        rules.rule_rank,
        rules.rule_name,
        rules.is_in_force,
        sum(orders.lines) as lines,
        sum(orders.filled_lines) as filled_lines,
        count(*) as orders,
        sum(case when orders.filled_lines = orders.lines then 1 else 0 end) as filled_orders,
        sum(orders.open_qty) as open_qty,
        sum(orders.filled_qty) as filled_qty,
        sum(orders.held_qty) as held_qty,
        sum(orders.open_value) as open_value,
        sum(orders.filled_value) as filled_value,
        sum(orders.held_value) as held_value,
        sum(orders.promised_lines) as promised_lines,
        sum(orders.promise_kept_lines) as promise_kept_lines,
        sum(orders.promise_broken_lines) as promise_broken_lines,
        sum(orders.winning_lines) as winning_lines,
        sum(orders.losing_lines) as losing_lines,
        sum(orders.won_qty) as won_qty,
        sum(orders.lost_qty) as lost_qty,
        sum(orders.won_value) as won_value,
        sum(orders.lost_value) as lost_value,
        sum(orders.exception_lines) as exception_lines,
    from core.rules as rules
    inner join orders
        on rules.allocation_rule = coalesce(orders.allocation_rule, rules.allocation_rule)
    group by
        rules.allocation_rule,
        rules.rule_rank,
        rules.rule_name,
        rules.is_in_force
)

select
    allocation_rule as allocation_rule, -- rule
    rule_rank as rule_rank, -- order in which rules are shown
    rule_name as rule_name, -- what the rule does, in words
    is_in_force as is_in_force, -- the rule the figures are made with
    cast(lines as bigint) as lines, -- open order lines
    cast(filled_lines as bigint) as filled_lines, -- lines stock fills whole
    cast(filled_lines as double) / nullif(cast(lines as double), 0)
        as line_fill_rate, -- share of the lines that is
    cast(orders as bigint) as orders, -- orders with open lines
    cast(filled_orders as bigint) as filled_orders, -- orders of which stock fills every open line
    cast(filled_orders as double) / nullif(cast(orders as double), 0)
        as order_fill_rate, -- share of the orders that is
    cast(open_qty as decimal(38, 4)) as open_qty, -- backlog
    cast(filled_qty as decimal(38, 4)) as filled_qty, -- quantity stock fills
    cast(filled_qty as double) / nullif(cast(open_qty as double), 0)
        as unit_fill_rate, -- share of the backlog that is
    cast(open_qty - filled_qty as decimal(38, 4)) as short_qty, -- quantity stock does not fill
    cast(held_qty as decimal(38, 4))
        as held_qty, -- part of what stock fills that a hold or ship-complete rule keeps
    cast(open_value as decimal(38, 2)) as open_value, -- value of the backlog
    cast(filled_value as decimal(38, 2)) as filled_value, -- value of what stock fills
    cast(filled_value as double) / nullif(cast(open_value as double), 0)
        as value_fill_rate, -- share of the backlog's value that is
    cast(open_value - filled_value as decimal(38, 2))
        as short_value, -- value of what stock does not fill
    cast(held_value as decimal(38, 2))
        as held_value, -- value of what a hold or ship-complete rule keeps of it
    cast(promised_lines as bigint) as promised_lines, -- lines with a promised day
    cast(promise_kept_lines as bigint)
        as promise_kept_lines, -- lines expected to be whole by the day promised
    cast(promise_broken_lines as bigint)
        as promise_broken_lines, -- lines that are not, or that nothing will make whole
    cast(promised_lines - promise_kept_lines - promise_broken_lines as bigint)
        as promise_unknown_lines, -- lines that wait for supply without a known date
    cast(promise_kept_lines as double)
    / nullif(cast(promise_kept_lines + promise_broken_lines as double), 0)
        as promise_kept_rate, -- share of the lines kept or broken that is kept
    cast(winning_lines as bigint)
        as winning_lines, -- lines better off than under the rule in force
    cast(losing_lines as bigint) as losing_lines, -- lines worse off than under the rule in force
    cast(won_qty as decimal(38, 4)) as won_qty, -- quantity more from stock, of lines that get more
    cast(lost_qty as decimal(38, 4))
        as lost_qty, -- quantity less from stock, of lines that get less
    cast(won_value as decimal(38, 2)) as won_value, -- value of the first
    cast(lost_value as decimal(38, 2)) as lost_value, -- value of the second
    cast(exception_lines as bigint)
        as exception_lines -- win lines not whole by the day due, gain lines with less than before
from totals
