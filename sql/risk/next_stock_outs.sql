-- One row per pool of stock: how likely and when it runs out, what that costs, and who supplies it.
-- grain: pool_id
select
    outs.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    outs.item_id as item_id, -- item
    outs.item_name as item_name, -- name of the item
    outs.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    suppliers.supplier_name as supplier_name, -- name of the usual supplier
    outs.lead_time_days as lead_time_days, -- days until an order placed today is there
    outs.usable_qty as usable_qty, -- stock that can fill orders; empty when no balance tells
    outs.owed_qty as owed_qty, -- accepted and not shipped
    outs.coming_qty as coming_qty, -- on order and expected within the lead time
    outs.demand_qty as demand_qty, -- likely to be ordered within the lead time
    outs.demand_sd_qty as demand_sd_qty, -- standard deviation of that
    outs.is_forecast as is_forecast, -- a forecast covers days of the lead time
    outs.customers as customers, -- customers who ordered it lately
    outs.before_short_rate as before_short_rate, -- chance to run short, without what is on order
    outs.before_short_qty as before_short_qty, -- new orders expected unfilled, without it
    outs.before_short_value as before_short_value, -- value of them
    run_outs.before_run_out_date
        as before_run_out_date, -- day it runs out without it, at the mean rate of sale
    outs.after_short_rate as after_short_rate, -- chance to run short, with what is on order
    outs.after_short_qty as after_short_qty, -- new orders expected unfilled, with it
    outs.after_short_value as after_short_value, -- value of them
    run_outs.after_run_out_date
        as after_run_out_date -- day it first runs out with it, at the mean rate of sale
from risk.stock_outs as outs
left join risk.run_outs as run_outs on outs.pool_id = run_outs.pool_id
left join core.suppliers as suppliers on outs.supplier_id = suppliers.supplier_id
