-- The whole backlog in one row, also when nothing is open.
-- grain: one row
-- store: table
select
    coalesce(measures.lines, 0) as lines, -- open order lines
    coalesce(measures.backordered_lines, 0)
        as backordered_lines, -- open order lines with a backordered part
    coalesce(measures.orders, 0) as orders, -- orders with open lines
    coalesce(measures.customers, 0) as customers, -- customers with open lines
    coalesce(measures.open_qty, 0) as open_qty, -- backlog
    coalesce(measures.backordered_qty, 0)
        as backordered_qty, -- backlog due by now that stock cannot fill
    coalesce(measures.future_short_qty, 0)
        as future_short_qty, -- backlog due later that stock of today cannot fill
    coalesce(measures.held_qty, 0)
        as held_qty, -- backlog stock could fill, kept by a hold or ship-complete rule
    coalesce(measures.past_due_qty, 0) as past_due_qty, -- backlog due before the as-of date
    coalesce(measures.late_qty, 0) as late_qty, -- backlog first promised for before the as-of date
    coalesce(measures.covered_qty, 0)
        as covered_qty, -- backordered quantity that open orders will fill
    coalesce(measures.uncovered_qty, 0)
        as uncovered_qty, -- backordered quantity nothing on order fills
    measures.open_value as open_value, -- value of the backlog
    measures.backordered_value as backordered_value, -- value of the backordered quantity
    measures.backordered_margin
        as backordered_margin, -- value of the backordered quantity less its cost
    measures.covered_value as covered_value, -- value of the covered quantity
    measures.uncovered_value as uncovered_value, -- value of the uncovered quantity
    measures.past_due_value as past_due_value, -- value of the past due backlog
    measures.late_value as late_value, -- value of the late backlog
    measures.future_short_value as future_short_value, -- value of the future short quantity
    measures.held_value as held_value, -- value of the held quantity
    coalesce(measures.price_missing_lines, 0)
        as price_missing_lines, -- lines of unknown price, left out of values
    coalesce(measures.rate_missing_lines, 0)
        as rate_missing_lines, -- those of them that have a price but no exchange rate
    coalesce(measures.unit_unknown_lines, 0)
        as unit_unknown_lines, -- lines in a unit without a conversion, left out of quantities
    coalesce(measures.cost_missing_lines, 0)
        as cost_missing_lines, -- lines of unknown cost, left out of margins
    measures.oldest_order_date as oldest_order_date, -- oldest order date among them
    measures.oldest_due_date as oldest_due_date, -- oldest due date among them
    measures.mean_wait_days
        as mean_wait_days -- mean days since the order of a backordered unit
from core.as_of as as_of
left join backlog.by_dimension as measures on measures.dimension = 'total'
