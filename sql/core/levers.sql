-- The assumptions this build used, each typed, in one row for models to join.
-- grain: one row
-- store: table
select
    max(case when assumption = 'allocation_rule' then value end)
        as allocation_rule, -- who is served first from stock and supply
    cast(max(case when assumption = 'held_lines_keep_stock' then value end) as boolean)
        as held_lines_keep_stock, -- lines on hold keep their place; else they stand last
    max(case when assumption = 'win_segments' then value end)
        as win_segments, -- customer segments served first, in full
    max(case when assumption = 'gain_segments' then value end)
        as gain_segments, -- customer segments that keep what they had and try for more
    max(case when assumption = 'fill_segments' then value end)
        as fill_segments, -- customer segments that never get more than they had
    max(case when assumption = 'lose_segments' then value end)
        as lose_segments, -- customer segments that get no free stock
    cast(max(case when assumption = 'allocate_across_locations' then value end) as boolean)
        as allocate_across_locations, -- stock at one location may fill orders of another
    cast(max(case when assumption = 'planned_orders_are_supply' then value end) as boolean)
        as planned_orders_are_supply, -- orders not yet placed count as supply
    cast(max(case when assumption = 'fill_tolerance_days' then value end) as integer)
        as fill_tolerance_days, -- days after due that still count as filled from stock
    cast(max(case when assumption = 'on_time_tolerance_days' then value end) as integer)
        as on_time_tolerance_days, -- days after the date that still count as on time
    cast(
        max(case when assumption = 'in_full_tolerance_rate' then value end) as decimal(9, 6)
    ) as in_full_tolerance_rate, -- share that may be missing and still count as in full
    cast(max(case when assumption = 'stale_after_days' then value end) as integer)
        as stale_after_days, -- days after which the figures are old
    cast(max(case when assumption = 'history_days' then value end) as integer)
        as history_days, -- days the daily backlog looks back
    cast(max(case when assumption = 'projection_weeks' then value end) as integer)
        as projection_weeks, -- weeks the projected backlog looks ahead
    cast(max(case when assumption = 'longest_lead_days' then value end) as integer)
        as longest_lead_days, -- days from order to delivery beyond which a date is misread
    cast(max(case when assumption = 'odd_lead_factor' then value end) as integer)
        as odd_lead_factor, -- times the usual lead time from which one is odd
    cast(max(case when assumption = 'odd_lead_days' then value end) as integer)
        as odd_lead_days, -- days from the usual lead time from which one is odd
    cast(max(case when assumption = 'ledger_days' then value end) as integer)
        as ledger_days, -- days back in which balances are held against movements
    cast(max(case when assumption = 'slip_prior_orders' then value end) as integer)
        as slip_prior_orders, -- orders that all suppliers count for beside a supplier's own
    cast(max(case when assumption = 'cause_history_days' then value end) as integer)
        as cause_history_days, -- days back in which causes of shortages are told
    cast(max(case when assumption = 'usual_lead_time_days' then value end) as integer)
        as usual_lead_time_days, -- lead time of an item whose own is unknown
    cast(max(case when assumption = 'usual_review_days' then value end) as integer)
        as usual_review_days, -- days between two looks at an item whose own are unknown
    cast(max(case when assumption = 'forecastless_days' then value end) as integer)
        as forecastless_days, -- days whose mean demand stands in for a forecast
    cast(max(case when assumption = 'spike_sigmas' then value end) as double)
        as spike_sigmas, -- standard deviations from which a day's demand is a spike
    cast(max(case when assumption = 'spike_lines' then value end) as double)
        as spike_lines, -- usual order lines by which a spike is beyond these
    cast(max(case when assumption = 'forecast_error_sigmas' then value end) as double)
        as forecast_error_sigmas, -- standard deviations beyond which the forecast was poor
    cast(max(case when assumption = 'usual_late_days' then value end) as integer)
        as usual_late_days, -- days late that plans keep stock for
    cast(max(case when assumption = 'lone_cause_doubt' then value end) as double)
        as lone_cause_doubt, -- how often a cause that stands alone is wrong
    cast(max(case when assumption = 'mixed_below_share' then value end) as double)
        as mixed_below_share, -- share of the top cause below which a shortage is mixed
    cast(max(case when assumption = 'cancel_prior_rate' then value end) as double)
        as cancel_prior_rate, -- cancellations per line and week where history is thin
    cast(max(case when assumption = 'cancel_prior_weeks' then value end) as integer)
        as cancel_prior_weeks, -- line-weeks that assumption counts for
    cast(max(case when assumption = 'brand_days' then value end) as integer)
        as brand_days, -- days back in which broken promises are told by month
    cast(max(case when assumption = 'brand_weight_broken' then value end) as double)
        as brand_weight_broken, -- points of an order whose first promise broke
    cast(max(case when assumption = 'brand_weight_repromised' then value end) as double)
        as brand_weight_repromised, -- points of one promised again twice or more
    cast(max(case when assumption = 'brand_weight_first_order' then value end) as double)
        as brand_weight_first_order, -- points of a first order whose promise broke
    cast(max(case when assumption = 'brand_weight_long_delay' then value end) as double)
        as brand_weight_long_delay, -- points of an order late for long
    cast(max(case when assumption = 'brand_weight_refund' then value end) as double)
        as brand_weight_refund, -- points of an order refunded
    cast(max(case when assumption = 'notice_days' then value end) as integer)
        as notice_days, -- days to ship an order without a promise
    cast(max(case when assumption = 'notice_ahead_days' then value end) as integer)
        as notice_ahead_days, -- days ahead in which a notice is due soon
    cast(max(case when assumption = 'load_days' then value end) as integer)
        as load_days, -- days whose orders tell the demand for capacity
    cast(max(case when assumption = 'overload_weeks' then value end) as integer)
        as overload_weeks, -- weeks that an overload lasts
    cast(max(case when assumption = 'supplier_on_time_tolerance_days' then value end) as integer)
        as supplier_on_time_tolerance_days, -- days after a first promise still on time
    cast(
        max(case when assumption = 'supplier_in_full_tolerance_rate' then value end)
        as decimal(9, 6)
    ) as supplier_in_full_tolerance_rate, -- share of a purchase that may be missing, in full
    cast(max(case when assumption = 'spend_days' then value end) as integer)
        as spend_days, -- days back whose purchase orders count as spend
    cast(max(case when assumption = 'customer_net_days' then value end) as integer)
        as customer_net_days, -- days to pay of a customer whose terms are unknown
    cast(max(case when assumption = 'customer_net_days_added' then value end) as integer)
        as customer_net_days_added, -- days to pay added to all customers' terms
    cast(max(case when assumption = 'deposit_rate_added' then value end) as decimal(9, 6))
        as deposit_rate_added, -- share paid at order added to all customers' terms
    cast(max(case when assumption = 'customer_transit_days' then value end) as integer)
        as customer_transit_days, -- days goods travel to a customer
    cast(max(case when assumption = 'supplier_net_days' then value end) as integer)
        as supplier_net_days, -- days to pay a supplier whose terms are unknown
    cast(max(case when assumption = 'supplier_net_days_added' then value end) as integer)
        as supplier_net_days_added, -- days to pay added to all suppliers' terms
    cast(max(case when assumption = 'overdue_collected_days' then value end) as integer)
        as overdue_collected_days, -- days in which overdue receivables come in
    cast(max(case when assumption = 'refund_days' then value end) as integer)
        as refund_days, -- days in which money owed back is paid
    cast(max(case when assumption = 'opening_balance' then value end) as decimal(18, 2))
        as opening_balance, -- cash at the end of the as-of date
    cast(max(case when assumption = 'cash_history_days' then value end) as integer)
        as cash_history_days, -- days of past payments shown
    cast(max(case when assumption = 'cash_horizon_days' then value end) as integer)
        as cash_horizon_days, -- days the cash position looks ahead
    cast(max(case when assumption = 'cash_cycle_days' then value end) as integer)
        as cash_cycle_days, -- days of sales the cash cycle is measured by
    cast(max(case when assumption = 'capital_cost_rate' then value end) as double)
        as capital_cost_rate, -- cost of capital in a year
    cast(max(case when assumption = 'planned_days' then value end) as integer)
        as planned_days, -- days whose orders tell whether waiting on purpose pays
    cast(max(case when assumption = 'order_cost' then value end) as decimal(18, 2))
        as order_cost, -- cost of placing one order
    cast(max(case when assumption = 'holding_cost_rate' then value end) as double)
        as holding_cost_rate, -- yearly cost of holding of an item whose own is unknown
    cast(max(case when assumption = 'backorder_cost_rate' then value end) as double)
        as backorder_cost_rate, -- yearly cost of a unit that waits, as a share of its price
    cast(max(case when assumption = 'storage_cost_per_m3_day' then value end) as double)
        as storage_cost_per_m3_day, -- cost of a cubic metre of storage for a day
    cast(max(case when assumption = 'waste_rate' then value end) as double)
        as waste_rate, -- share of the stock written off in a year
    cast(max(case when assumption = 'safety_sigmas' then value end) as double)
        as safety_sigmas, -- standard deviations that stock would be kept for
    cast(max(case when assumption = 'lost_order_rate' then value end) as double)
        as lost_order_rate, -- orders not placed because of the wait, for each that is
    cast(max(case when assumption = 'expedite_cost_rate' then value end) as double)
        as expedite_cost_rate, -- cost of hurrying what is late, as a share of its cost
    cast(max(case when assumption = 'delay_drop_rate' then value end) as double)
        as delay_drop_rate, -- share of next year's orders lost after any delay
    cast(max(case when assumption = 'long_delay_drop_rate' then value end) as double)
        as long_delay_drop_rate, -- share of next year's orders lost after a long delay
    cast(max(case when assumption = 'long_delay_days' then value end) as integer)
        as long_delay_days, -- days of delay beyond which it counts as long
    max(case when assumption = 'supplier_choice' then value end)
        as supplier_choice, -- whose offer a suggested purchase takes
    max(case when assumption = 'lot_rounding' then value end)
        as lot_rounding, -- whether suggested orders are rounded up or down to lots
    cast(max(case when assumption = 'action_days' then value end) as integer)
        as action_days -- days ahead that actions are listed for
from core.assumptions
