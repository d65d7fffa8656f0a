-- One row per rule and open order line: its place in the pool's queue. The rule in force has all
-- lines; the others those of contested pools, for elsewhere every rule gives the same.
-- Under fair_share the queue, oldest first, is for supply to come; so it is within a segment's
-- strategy. Unless held lines keep stock, they stand behind all others.
-- grain: is_in_force, allocation_rule, order_id, line_id
with

lines as (
    select
        rules.is_in_force,
        rules.allocation_rule,
        lines.order_id,
        lines.line_id,
        lines.item_id,
        lines.pool_id,
        lines.first_come_rank,
        lines.order_date,
        lines.due_date,
        lines.order_type,
        lines.open_qty,
        lines.reserved_qty,
        lines.free_qty,
        case when rules.allocation_rule = 'segment_strategy' then lines.strategy end
            as strategy,
        confirmed.confirmed_free_qty,
        case
            when rules.allocation_rule <> 'segment_strategy' then 5
            when lines.strategy = 'win' then 2
            when lines.strategy = 'gain' then 4
            when lines.strategy = 'fill' then 6
            when lines.strategy = 'lose' then 7
            else 5
        end
        + case when lines.is_blocked and not levers.held_lines_keep_stock then 10 else 0 end
            as queue_tier,
        case rules.allocation_rule
            when 'due_date'
                then cast(date_diff('day', date '2000-01-01', lines.due_date) as double)
            when 'priority' then cast(lines.priority as double)
            when 'need_by'
                then cast(date_diff('day', date '2000-01-01', lines.need_by_date) as double)
            when 'value' then -lines.open_value
            when 'margin' then -lines.open_margin
            when 'smallest_first' then cast(lines.open_qty as double)
            else 0
        end as queue_key,
    from core.open_lines as lines
    cross join core.rules as rules
    cross join core.levers as levers
    left join core.contested_pools as contested on lines.pool_id = contested.pool_id
    left join core.confirmed as confirmed
        on lines.order_id = confirmed.order_id
        and lines.line_id = confirmed.line_id
    where rules.is_in_force or contested.pool_id is not null
)

select
    is_in_force, -- the rule is the one in force
    allocation_rule, -- rule
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    pool_id, -- lines and supply that may meet
    cast(queue_tier as integer) as queue_tier, -- who is served before whom, before the rule's key
    cast(
        row_number() over (
            partition by is_in_force, allocation_rule, pool_id
            order by queue_tier, queue_key nulls last, first_come_rank
        ) as integer
    ) as queue_rank, -- place in the pool's queue, 1 is served first
    order_date, -- day the order was accepted
    due_date, -- day requested, else promised, else ordered
    order_type, -- how the line is meant to be supplied
    strategy, -- strategy of the customer's segment; empty under the other rules
    open_qty, -- quantity waiting
    reserved_qty, -- part that came in on orders placed for this sales order
    free_qty, -- part that asks for free stock
    cast(
        case
            when strategy in ('gain', 'fill')
                then least(free_qty, coalesce(confirmed_free_qty, 0))
        end as decimal(18, 4)
    ) as kept_qty -- part of that it had before, where its strategy looks at it
from lines
