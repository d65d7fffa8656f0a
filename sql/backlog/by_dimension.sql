-- The measures of the backlog by every dimension: the one place where they are summed.
-- One row per member of each dimension; dimension total has one row when anything is open.
-- Values leave out lines of unknown price and margins those of unknown cost; quantities and values
-- leave out lines of an unknown unit of measure: all are counted.
-- grain: dimension, member_id, is_planned
select
    dimensions.dimension as dimension, -- what the lines are grouped by
    case dimensions.dimension
        when 'item' then lines.item_id
        when 'customer' then lines.customer_id
        when 'supplier' then lines.supplier_id
        when 'location' then lines.location_id
        when 'category' then lines.category
        when 'type' then lines.backlog_type
        when 'order_month'
            then cast(cast(date_trunc('month', lines.order_date) as date) as varchar)
        when 'ageing' then lines.ageing_bucket
    end as member_id, -- member of the dimension
    case dimensions.dimension
        when 'item' then lines.item_name
        when 'customer' then lines.customer_name
        when 'supplier' then lines.supplier_name
        when 'location' then lines.location_name
        when 'category' then lines.category
        when 'type' then lines.backlog_type
        when 'ageing' then lines.ageing_bucket
    end as member_name, -- name of the member
    case when dimensions.dimension = 'type' then lines.is_planned end
        as is_planned, -- waits on purpose; for dimension type only
    cast(count(lines.order_id) as bigint) as lines, -- open order lines
    cast(sum(case when lines.backordered_qty > 0 then 1 else 0 end) as bigint)
        as backordered_lines, -- open order lines with a backordered part
    cast(count(distinct lines.order_id) as bigint) as orders, -- orders with open lines
    cast(count(distinct lines.customer_id) as bigint) as customers, -- customers with open lines
    cast(sum(lines.open_qty) as decimal(38, 4)) as open_qty, -- backlog
    cast(sum(lines.backordered_qty) as decimal(38, 4))
        as backordered_qty, -- backlog due by now that stock cannot fill
    cast(sum(lines.future_short_qty) as decimal(38, 4))
        as future_short_qty, -- backlog due later that stock of today cannot fill
    cast(sum(lines.held_qty) as decimal(38, 4))
        as held_qty, -- backlog stock could fill, kept by a hold or ship-complete rule
    cast(sum(lines.past_due_qty) as decimal(38, 4))
        as past_due_qty, -- backlog due before the as-of date
    cast(sum(lines.late_qty) as decimal(38, 4))
        as late_qty, -- backlog first promised for before the as-of date
    cast(sum(lines.covered_qty) as decimal(38, 4))
        as covered_qty, -- backordered quantity that open orders will fill
    cast(sum(lines.uncovered_qty) as decimal(38, 4))
        as uncovered_qty, -- backordered quantity nothing on order fills
    cast(sum(lines.open_value) as decimal(38, 2)) as open_value, -- value of the backlog
    cast(sum(lines.backordered_value) as decimal(38, 2))
        as backordered_value, -- value of the backordered quantity
    cast(sum(lines.backordered_margin) as decimal(38, 2))
        as backordered_margin, -- value of the backordered quantity less its cost
    cast(sum(lines.covered_value) as decimal(38, 2))
        as covered_value, -- value of the covered quantity
    cast(sum(lines.uncovered_value) as decimal(38, 2))
        as uncovered_value, -- value of the uncovered quantity
    cast(sum(lines.past_due_value) as decimal(38, 2))
        as past_due_value, -- value of the past due backlog
    cast(sum(lines.late_value) as decimal(38, 2)) as late_value, -- value of the late backlog
    cast(sum(lines.future_short_value) as decimal(38, 2))
        as future_short_value, -- value of the future short quantity
    cast(sum(lines.held_value) as decimal(38, 2)) as held_value, -- value of the held quantity
    cast(sum(case when lines.is_price_missing then 1 else 0 end) as bigint)
        as price_missing_lines, -- lines of unknown price, left out of values
    cast(sum(case when lines.is_rate_missing then 1 else 0 end) as bigint)
        as rate_missing_lines, -- those of them that have a price but no exchange rate
    cast(sum(case when lines.is_unit_unknown then 1 else 0 end) as bigint)
        as unit_unknown_lines, -- lines in a unit without a conversion, left out of quantities
    cast(sum(case when lines.is_cost_missing then 1 else 0 end) as bigint)
        as cost_missing_lines, -- lines of unknown cost, left out of margins
    min(lines.order_date) as oldest_order_date, -- oldest order date among them
    min(lines.due_date) as oldest_due_date, -- oldest due date among them
    cast(sum(lines.wait_days * lines.backordered_qty) as double)
    / nullif(cast(sum(lines.backordered_qty) as double), 0)
        as mean_wait_days -- mean days since the order of a backordered unit
from backlog.lines as lines
cross join (
    values
    ('total'),
    ('item'),
    ('customer'),
    ('supplier'),
    ('location'),
    ('category'),
    ('type'),
    ('order_month'),
    ('ageing')
) as dimensions (dimension)
group by
    dimensions.dimension,
    member_id,
    member_name,
    case when dimensions.dimension = 'type' then lines.is_planned end
