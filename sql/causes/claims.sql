-- One row per basis, pool, day and cause of a shortage: what the cause claims, and its share.
-- Claims less buffer = shortage of the pool, exactly; the buffer is what the plan had to spare and
-- what helped. Units are shared out in proportion to the claims, wherever they were passed on to;
-- but the last in the queue are those whom no supply was planned for: who wait on purpose, and what
-- was ordered beyond the forecast.
-- What would be short from this cause alone (sufficient) and what would not without it (but for)
-- stand beside. Lines that had stock which did not go to them are a matter of allocation or holds.
-- Confidence is the share, less what causes that seemed to stand alone proved wrong on simulated data.
-- Without a balance, or where records do not reach back to the day, all of it is unknown.
-- grain: basis, pool_id, on_date, cause
-- store: table
with

-- What no supply was planned for: to wait on purpose, and what was ordered beyond the forecast.
unsupplied as (
    select
        balance.pool_id,
        balance.on_date,
        balance.planned_qty,
        coalesce(cast(demand.spike_qty as double), 0) as spike_qty,
        coalesce(cast(demand.missed_event_qty + demand.forecast_error_qty as double), 0)
            as forecasting_qty,
        balance.deviation_qty + balance.planned_qty + balance.planning_gap_qty as claims_qty,
        balance.buffer_qty,
        balance.net_inventory_qty,
    from causes.balance as balance
    left join causes.demand_deviations as demand
        on balance.pool_id = demand.pool_id
        and balance.on_date = demand.on_date
),

short as (
    select
        stock.basis,
        stock.pool_id,
        stock.on_date,
        cast(sum(stock.short_qty) as double) as short_qty,
        cast(sum(stock.no_stock_qty) as double) as no_stock_qty,
        count(*) > count(stock.no_stock_qty) as is_queue_unknown,
        sum(
            least(
                greatest(
                    cast(stock.reached_qty as double)
                    - unsupplied.claims_qty
                    + unsupplied.planned_qty
                    + unsupplied.spike_qty
                    + unsupplied.forecasting_qty,
                    0
                ),
                cast(stock.no_stock_qty as double)
            )
        ) as last_qty,
    from causes.line_stock as stock
    inner join unsupplied
        on stock.pool_id = unsupplied.pool_id
        and stock.on_date = unsupplied.on_date
    group by stock.basis, stock.pool_id, stock.on_date
),

supplies_loaded as (
    select count(*) > 0 as is_loaded from core.supply_orders
),

covered as (
    select
        max(first_date) as first_date,
        count(*) as kinds,
    from core.movement_cover
    where kind in ('shipment', 'receipt')
),

traced as (
    select pool_id, on_date, cause, sum(claim_share) as claim_share
    from causes.traced
    group by pool_id, on_date, cause
),

judged as (
    select
        short.basis,
        short.pool_id,
        short.on_date,
        short.short_qty,
        short.no_stock_qty,
        short.last_qty,
        unsupplied.planned_qty,
        unsupplied.spike_qty,
        unsupplied.forecasting_qty,
        greatest(-unsupplied.net_inventory_qty, 0) as pool_short_qty,
        unsupplied.claims_qty,
        unsupplied.buffer_qty,
        supplies_loaded.is_loaded as is_supply_loaded,
        case
            when not points.is_stock_known then 'inventory_balances'
            when short.pool_id like 'order %' and not supplies_loaded.is_loaded
                then 'purchase_order_lines'
            when
                short.basis = 'fell_due'
                and short.pool_id not like 'order %'
                and (covered.kinds < 2 or covered.first_date > short.on_date)
                then 'receipts'
            when short.is_queue_unknown then 'shipments'
        end as missing_table,
    from short
    inner join unsupplied
        on short.pool_id = unsupplied.pool_id
        and short.on_date = unsupplied.on_date
    inner join causes.pool_dates as points
        on short.pool_id = points.pool_id
        and short.on_date = points.on_date
    cross join supplies_loaded
    cross join covered
),

claimed as (
    select
        judged.basis,
        judged.pool_id,
        judged.on_date,
        judged.short_qty,
        case
            when traced.cause = 'planning_gap' and not judged.is_supply_loaded then 'unknown'
            else traced.cause
        end as cause,
        traced.claim_share * judged.claims_qty as claimed_qty,
        (
            (judged.no_stock_qty - judged.last_qty) * traced.claim_share
            + judged.last_qty
            * coalesce(
                case traced.cause
                    when 'planned' then judged.planned_qty
                    when 'demand_spike' then judged.spike_qty
                    when 'forecasting' then judged.forecasting_qty
                    else 0
                end
                / nullif(
                    judged.planned_qty + judged.spike_qty + judged.forecasting_qty, 0
                ),
                0
            )
        )
        / judged.short_qty as cause_share,
        greatest(traced.claim_share * judged.claims_qty - judged.buffer_qty, 0)
            as sufficient_qty,
        judged.pool_short_qty,
        judged.no_stock_qty,
        case
            when traced.cause = 'planning_gap' and not judged.is_supply_loaded
                then 'purchase_order_lines'
            when traced.cause = 'unknown' then 'stock_adjustments'
        end as missing_table,
    from judged
    inner join traced
        on judged.pool_id = traced.pool_id
        and judged.on_date = traced.on_date
    where judged.missing_table is null and judged.no_stock_qty > 0
),

united as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        short_qty,
        sum(claimed_qty) as claimed_qty,
        sum(cause_share) as cause_share,
        least(sum(sufficient_qty), any_value(pool_short_qty))
        * any_value(no_stock_qty)
        / any_value(pool_short_qty) as sufficient_qty,
        least(sum(claimed_qty), any_value(pool_short_qty))
        * any_value(no_stock_qty)
        / any_value(pool_short_qty) as but_for_qty,
        max(missing_table) as missing_table,
    from claimed
    group by basis, pool_id, on_date, cause, short_qty
    union all
    select
        basis,
        pool_id,
        on_date,
        'allocation_or_hold' as cause,
        short_qty,
        short_qty - no_stock_qty as claimed_qty,
        (short_qty - no_stock_qty) / short_qty as cause_share,
        short_qty - no_stock_qty as sufficient_qty,
        short_qty - no_stock_qty as but_for_qty,
        cast(null as varchar) as missing_table,
    from judged
    where missing_table is null and no_stock_qty < short_qty
    union all
    select
        basis,
        pool_id,
        on_date,
        'unknown' as cause,
        short_qty,
        short_qty as claimed_qty,
        1 as cause_share,
        short_qty as sufficient_qty,
        short_qty as but_for_qty,
        missing_table,
    from judged
    where missing_table is not null
)

select
    basis, -- fell_due: on the day the lines fell due; as_of: today
    pool_id, -- lines and supply that may meet
    on_date, -- day the lines were short
    cause, -- cause
    cast(short_qty as decimal(18, 4)) as short_qty, -- quantity short that day, of all causes
    cast(round(claimed_qty, 9) as decimal(18, 4))
        as claimed_qty, -- units the cause took from the plan
    cast(cause_share as double) as cause_share, -- part of the shortage that is the cause's, 0-1
    case
        when cause <> 'unknown'
            then cast(
                cause_share
                - levers.lone_cause_doubt * greatest(cause_share - 0.6, 0) / 0.4 as double
            )
    end as confidence, -- how sure it is that most of the shortage is the cause's, 0-1
    cast(sufficient_qty as double) as sufficient_qty, -- units short from this cause alone
    cast(but_for_qty as double) as but_for_qty, -- units not short had only this cause not been
    missing_table -- table whose rows would tell, where the cause is unknown
from united
cross join core.levers as levers
