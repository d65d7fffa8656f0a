-- One row per pool of stock: how likely it runs short before an order placed today would be there,
-- without and with what is on order, and what that costs.
-- Stock to sell = usable - owed (+ on order). Demand within the lead time is taken as normal, in
-- whole units: P(short) = 1 - normal((stock + 0.5 - demand) / sd), and the units expected short =
-- sd x (density(z) - z x P), no more than is likely to be ordered. Normal distribution by formula
-- 26.2.17 of Abramowitz and Stegun. Where neither orders nor forecasts are expected, only what is
-- owed beyond the stock is short. The days on which stock runs out are in risk.run_outs.
-- grain: pool_id
-- store: table
with

cases as (
    select
        pool_id,
        'before' as supply_case,
        usable_qty - owed_qty as stock_qty,
        demand_qty,
        demand_sd_qty,
    from risk.stock_positions
    union all
    select
        pool_id,
        'after' as supply_case,
        usable_qty - owed_qty + coming_qty as stock_qty,
        demand_qty,
        demand_sd_qty,
    from risk.stock_positions
),

scaled as (
    select
        pool_id,
        supply_case,
        stock_qty,
        demand_qty,
        demand_sd_qty,
        case
            when demand_sd_qty > 0
                then (stock_qty + 0.5 - demand_qty) / demand_sd_qty
        end as risk_z,
        case
            when demand_sd_qty > 0
                then (greatest(stock_qty, 0) - demand_qty) / demand_sd_qty
        end as short_z,
    from cases
),

tails as (
    select
        pool_id,
        supply_case,
        stock_qty,
        demand_qty,
        demand_sd_qty,
        risk_z,
        short_z,
        1 / (1 + 0.2316419 * abs(risk_z)) as risk_t,
        1 / (1 + 0.2316419 * abs(short_z)) as short_t,
        exp(-risk_z * risk_z / 2) / sqrt(2 * pi()) as risk_density,
        exp(-short_z * short_z / 2) / sqrt(2 * pi()) as short_density,
    from scaled
),

summed as (
    select
        pool_id,
        supply_case,
        stock_qty,
        demand_qty,
        demand_sd_qty,
        risk_z,
        short_z,
        short_density,
        risk_density * risk_t * (
            0.319381530 + risk_t * (
                -0.356563782 + risk_t * (
                    1.781477937 + risk_t * (-1.821255978 + risk_t * 1.330274429)
                )
            )
        ) as risk_tail,
        short_density * short_t * (
            0.319381530 + short_t * (
                -0.356563782 + short_t * (
                    1.781477937 + short_t * (-1.821255978 + short_t * 1.330274429)
                )
            )
        ) as short_tail,
    from tails
),

judged as (
    select
        pool_id,
        supply_case,
        case
            when stock_qty is null then null
            when demand_sd_qty > 0
                then case when risk_z >= 0 then risk_tail else 1 - risk_tail end
            else cast(stock_qty < 0 as integer)
        end as short_rate,
        case
            when stock_qty is null then null
            when demand_sd_qty > 0
                then least(
                    greatest(
                        demand_sd_qty * (
                            short_density
                            - short_z
                            * case when short_z >= 0 then short_tail else 1 - short_tail end
                        ),
                        0
                    ),
                    demand_qty
                )
            else 0
        end as short_qty,
    from summed
),

sides as (
    select
        pool_id,
        max(case when supply_case = 'before' then short_rate end) as before_short_rate,
        max(case when supply_case = 'before' then short_qty end) as before_short_qty,
        max(case when supply_case = 'after' then short_rate end) as after_short_rate,
        max(case when supply_case = 'after' then short_qty end) as after_short_qty,
    from judged
    group by pool_id
)

select
    positions.pool_id as pool_id, -- stock and supply that may fill it: the item, or item @ location
    positions.item_id as item_id, -- item
    positions.item_name as item_name, -- name of the item
    positions.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    positions.lead_time_days as lead_time_days, -- days until an order placed today is there
    positions.usable_qty as usable_qty, -- stock that can fill orders; empty when no balance tells
    positions.owed_qty as owed_qty, -- accepted and not shipped
    positions.coming_qty as coming_qty, -- on order and expected within the lead time
    positions.demand_qty as demand_qty, -- likely to be ordered within the lead time
    positions.demand_sd_qty as demand_sd_qty, -- standard deviation of that
    positions.is_forecast as is_forecast, -- a forecast covers days of the lead time
    positions.customers as customers, -- customers who ordered it lately
    positions.unit_price as unit_price, -- mean price of a unit lately; empty when unknown
    sides.before_short_rate as before_short_rate, -- chance to run short, without what is on order
    sides.before_short_qty as before_short_qty, -- new orders expected unfilled, without it
    sides.before_short_qty * positions.unit_price as before_short_value, -- value of them
    sides.after_short_rate as after_short_rate, -- chance to run short, with what is on order
    sides.after_short_qty as after_short_qty, -- new orders expected unfilled, with it
    sides.after_short_qty * positions.unit_price as after_short_value -- value of them
from risk.stock_positions as positions
inner join sides on positions.pool_id = sides.pool_id
