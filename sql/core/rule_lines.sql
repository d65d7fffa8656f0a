-- One row per rule and order line that may fare otherwise under it: what stock covers, what a hold
-- or ship-complete rule keeps of it, and when the line is whole.
-- Lines of contested pools, and the other lines of their orders: those are held or not with them.
-- Holds are taken as lifted for the date. Lines not here are the same under every rule.
-- grain: allocation_rule, order_id, line_id
-- store: table
-- engine: duckdb
with

lines as (
    select
        lines.order_id,
        lines.line_id,
        lines.is_blocked,
        lines.strategy,
        lines.due_date,
        contested.pool_id is not null as is_contested,
        bool_or(contested.pool_id is not null) over (partition by lines.order_id)
            as is_touched,
    from core.open_lines as lines
    left join core.contested_pools as contested on lines.pool_id = contested.pool_id
),

in_force as (
    select allocation_rule from core.rules where is_in_force
),

contested_lines as (
    select
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        allocated_qty,
        hard_pegged_qty,
        short_qty,
    from core.rule_allocations
    where not is_in_force
    union all
    select
        in_force.allocation_rule,
        allocations.order_id,
        allocations.line_id,
        allocations.pool_id,
        allocations.queue_rank,
        allocations.allocated_qty,
        allocations.hard_pegged_qty,
        allocations.short_qty,
    from core.allocations as allocations
    inner join core.contested_pools as contested on allocations.pool_id = contested.pool_id
    cross join in_force
),

-- Each line's end in the queue for supply, and the arrival with which that much has come.
queue_ends as (
    select
        allocation_rule,
        order_id,
        line_id,
        'pool ' || pool_id as meeting_id,
        sum(short_qty - hard_pegged_qty) over (
            partition by allocation_rule, pool_id
            order by queue_rank
            rows between unbounded preceding and current row
        ) as end_qty,
    from contested_lines
    where short_qty > hard_pegged_qty
),

queue_fills as (
    select
        queue_ends.allocation_rule,
        queue_ends.order_id,
        queue_ends.line_id,
        parts.supply_id is not null as is_covered,
        parts.expected_date,
    from queue_ends
    asof left join core.supply_parts as parts
        on queue_ends.meeting_id = parts.meeting_id
        and queue_ends.end_qty <= parts.end_qty
),

hard_ends as (
    select
        lines.order_id,
        lines.line_id,
        'order ' || lines.order_id || ' ' || lines.item_id as meeting_id,
        sum(lines.hard_pegged_qty) over (
            partition by lines.order_id, lines.item_id
            order by lines.first_come_rank, lines.line_id
            rows between unbounded preceding and current row
        ) as end_qty,
    from core.open_lines as lines
    where lines.hard_pegged_qty > 0
),

hard_fills as (
    select
        hard_ends.order_id,
        hard_ends.line_id,
        parts.expected_date,
    from hard_ends
    asof left join core.supply_parts as parts
        on hard_ends.meeting_id = parts.meeting_id
        and hard_ends.end_qty <= parts.end_qty
),

contested_fills as (
    select
        contested_lines.allocation_rule,
        contested_lines.order_id,
        contested_lines.line_id,
        contested_lines.allocated_qty,
        contested_lines.short_qty,
        coalesce(queue_fills.is_covered, true) as is_covered,
        case
            when
                coalesce(queue_fills.is_covered, true)
                and (queue_fills.order_id is null or queue_fills.expected_date is not null)
                and (hard_fills.order_id is null or hard_fills.expected_date is not null)
                then greatest(
                    as_of.as_of,
                    coalesce(queue_fills.expected_date, as_of.as_of),
                    coalesce(hard_fills.expected_date, as_of.as_of)
                )
        end as fill_date,
    from contested_lines
    cross join core.as_of as as_of
    left join queue_fills
        on contested_lines.allocation_rule = queue_fills.allocation_rule
        and contested_lines.order_id = queue_fills.order_id
        and contested_lines.line_id = queue_fills.line_id
    left join hard_fills
        on contested_lines.order_id = hard_fills.order_id
        and contested_lines.line_id = hard_fills.line_id
),

-- The other lines of their orders fare alike under every rule, but for being held.
other_fills as (
    select
        rules.allocation_rule,
        allocations.order_id,
        allocations.line_id,
        allocations.allocated_qty,
        allocations.short_qty,
        coalesce(fills.is_covered, false) as is_covered,
        fills.fill_date,
    from core.allocations as allocations
    inner join lines
        on allocations.order_id = lines.order_id
        and allocations.line_id = lines.line_id
    left join core.line_fills as fills
        on allocations.order_id = fills.order_id
        and allocations.line_id = fills.line_id
    cross join core.rules as rules
    where lines.is_touched and not lines.is_contested
),

fills as (
    select
        allocation_rule,
        order_id,
        line_id,
        allocated_qty,
        short_qty,
        is_covered,
        fill_date,
    from contested_fills
    union all
    select
        allocation_rule,
        order_id,
        line_id,
        allocated_qty,
        short_qty,
        is_covered,
        fill_date,
    from other_fills
),

order_gaps as (
    select
        fills.allocation_rule,
        fills.order_id,
        whole_orders.is_blocked or sum(fills.short_qty) > 0 as is_incomplete,
    from fills
    inner join core.whole_orders as whole_orders on fills.order_id = whole_orders.order_id
    group by fills.allocation_rule, fills.order_id, whole_orders.is_blocked
)

select
    fills.allocation_rule as allocation_rule, -- rule
    fills.order_id as order_id, -- order the line belongs to
    fills.line_id as line_id, -- line within the order
    lines.is_contested as is_contested, -- its pool is one in which the rule matters
    fills.allocated_qty as allocated_qty, -- part stock on hand covers
    fills.short_qty as short_qty, -- part stock on hand does not cover
    case
        when lines.is_blocked or coalesce(order_gaps.is_incomplete, false)
            then fills.allocated_qty
        else 0
    end as held_qty, -- part stock covers, kept by a hold, credit block or ship-complete rule
    fills.is_covered as is_covered, -- all of it is in stock or on order
    fills.fill_date
        as fill_date, -- day the last of it is expected; empty unless covered and dated
    case when fills.allocation_rule = 'segment_strategy' then lines.strategy end
        as strategy, -- strategy of the customer's segment; empty under the other rules
    confirmed.confirmed_qty
        as confirmed_qty, -- quantity it had before; empty where no strategy looks at it
    case
        when fills.allocation_rule <> 'segment_strategy' then false
        when lines.strategy = 'win'
            then coalesce(fills.fill_date > greatest(lines.due_date, as_of.as_of), true)
        when lines.strategy = 'gain'
            then fills.allocated_qty < coalesce(confirmed.confirmed_qty, 0)
        else false
    end as is_exception -- win not whole by the day due, or gain with less than it had
from fills
cross join core.as_of as as_of
inner join lines
    on fills.order_id = lines.order_id
    and fills.line_id = lines.line_id
left join order_gaps
    on fills.allocation_rule = order_gaps.allocation_rule
    and fills.order_id = order_gaps.order_id
left join core.confirmed as confirmed
    on fills.order_id = confirmed.order_id
    and fills.line_id = confirmed.line_id
