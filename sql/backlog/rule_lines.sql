-- One row per allocation rule and open order line that may fare otherwise under it: what the line
-- gets from stock and when it is whole, under the rule and under the one in force.
-- Lines of pools in which it matters who is first, and the other lines of their orders; all other
-- lines are the same under every rule. Holds are taken as lifted for dates.
-- A line wins by more from stock now, or by as much and being whole sooner; it loses by less, or
-- by being whole later.
-- grain: allocation_rule, order_id, line_id
with

lines as (
    select
        rule_lines.allocation_rule,
        rule_lines.order_id,
        rule_lines.line_id,
        lines.customer_id,
        lines.customer_name,
        lines.segment,
        lines.item_id,
        lines.item_name,
        lines.due_date,
        lines.promised_date,
        lines.open_qty,
        lines.unit_price,
        rule_lines.is_contested,
        rule_lines.allocated_qty,
        rule_lines.short_qty,
        rule_lines.held_qty,
        rule_lines.is_covered,
        rule_lines.fill_date,
        rule_lines.strategy,
        rule_lines.confirmed_qty,
        rule_lines.is_exception,
        lines.allocated_qty as in_force_qty,
        lines.expected_fill_date as in_force_fill_date,
        rule_lines.allocated_qty - lines.allocated_qty as gained_qty,
        date_diff('day', lines.expected_fill_date, rule_lines.fill_date) as moved_days,
        coalesce(rule_lines.fill_date, date '9999-12-31') as filled_by,
        coalesce(lines.expected_fill_date, date '9999-12-31') as in_force_filled_by,
    from core.rule_lines as rule_lines
    inner join backlog.lines as lines
        on rule_lines.order_id = lines.order_id
        and rule_lines.line_id = lines.line_id
)

select
    lines.allocation_rule as allocation_rule, -- rule
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.customer_id as customer_id, -- customer who ordered
    lines.customer_name as customer_name, -- name of the customer
    lines.segment as segment, -- customer segment
    lines.item_id as item_id, -- item sold
    lines.item_name as item_name, -- name of the item
    lines.due_date as due_date, -- day requested, else promised, else ordered
    lines.promised_date as promised_date, -- day promised now
    lines.open_qty as open_qty, -- backlog
    cast(lines.open_qty * lines.unit_price as decimal(18, 2))
        as open_value, -- value of the backlog; empty when the price is unknown
    lines.is_contested as is_contested, -- in its pool it matters who is first
    lines.allocated_qty as allocated_qty, -- part stock on hand covers under the rule
    cast(lines.allocated_qty * lines.unit_price as decimal(18, 2))
        as allocated_value, -- value of that part
    lines.short_qty as short_qty, -- part stock on hand does not cover under the rule
    lines.held_qty
        as held_qty, -- part stock covers, kept by a hold, credit block or ship-complete rule
    cast(lines.held_qty * lines.unit_price as decimal(18, 2)) as held_value, -- value of that part
    lines.in_force_qty as in_force_qty, -- part stock on hand covers under the rule in force
    cast(lines.gained_qty as decimal(18, 4))
        as gained_qty, -- quantity more from stock than under the rule in force; negative is less
    cast(lines.gained_qty * lines.unit_price as decimal(18, 2))
        as gained_value, -- value of that quantity; negative is less
    lines.is_covered as is_covered, -- all of it is in stock or on order
    lines.fill_date
        as fill_date, -- day it is whole under the rule; empty unless covered and dated
    lines.in_force_fill_date as in_force_fill_date, -- the same under the rule in force
    cast(lines.moved_days as integer)
        as moved_days, -- days it is whole later than under the rule in force; negative is sooner
    case
        when lines.gained_qty > 0 then 'wins'
        when lines.gained_qty < 0 then 'loses'
        when lines.filled_by < lines.in_force_filled_by then 'wins'
        when lines.filled_by > lines.in_force_filled_by then 'loses'
        else 'same'
    end as outcome, -- wins, loses or same, against the rule in force
    case
        when lines.promised_date is null then null
        when lines.is_covered and lines.fill_date is null then null
        else coalesce(lines.fill_date <= lines.promised_date, false)
    end as is_promise_kept, -- whole by the day promised; empty without a promise or a known date
    lines.strategy as strategy, -- strategy of the customer's segment, for segment_strategy
    lines.confirmed_qty
        as confirmed_qty, -- quantity it had before; empty where no strategy looks at it
    lines.is_exception
        as is_exception -- win not whole by the day due, or gain with less than it had
from lines
