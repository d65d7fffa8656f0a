-- One row per item with demand in the last planned_days: whether it is kept in stock, what holding
-- the stock that its demand takes would cost in a year, and what its customised orders earned more.
-- Mean stock: half of what is sold between two looks of the planner, and safety stock for lead time
-- + review, as in planned.ledger, of all of the item's demand. A scenario may change whether the item
-- is kept in stock.
-- grain: item_id
-- store: table
with

premiums as (
    select item_id, sum(premium_value) as premium_value
    from planned.standard_prices
    group by item_id
),

stocks as (
    select
        policies.item_id,
        policies.yearly_qty / 365
        * coalesce(items.review_days, levers.usual_review_days) / 2
        + levers.safety_sigmas * sqrt(
            cast(policies.yearly_qty as double) / 365
            * (policies.lead_days + coalesce(items.review_days, levers.usual_review_days))
        ) as stock_qty,
        policies.holding_cost,
    from planned.policies as policies
    cross join core.levers as levers
    left join core.items as items on policies.item_id = items.item_id
)

select
    stocks.item_id as item_id, -- item
    stocked.item_id is not null as is_stocked, -- kept in stock
    stocks.stock_qty as stock_qty, -- mean stock that its demand takes
    stocks.stock_qty * stocks.holding_cost
        as holding_value, -- cost of holding it for a year; empty when the item's cost is unknown
    case when not coalesce(stocked.is_put_in_stock, false) then premiums.premium_value end
        as premium_value -- earned above the uncustomised item in planned_days; empty when unknown
from stocks
left join risk.stocked_items as stocked on stocks.item_id = stocked.item_id
left join premiums on stocks.item_id = premiums.item_id
