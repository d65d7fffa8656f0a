-- One row per basis, pool, day and cause of a shortage: what the cause claims, and its share.
-- Claims less buffer = shortage of the pool, exactly; the buffer is what the plan had to spare and
-- what helped. Units are shared out in proportion to the claims. What only this cause took
-- (sufficient) and what would vanish without it (but for) stand beside it.
-- Lines short beyond the pool's shortage had stock that did not go to them. Without a balance, or
-- where records do not reach back to the day, all of it is unknown.
-- grain: basis, pool_id, on_date, cause
-- store: table
with

short as (
    select basis, pool_id, on_date, sum(short_qty) as short_qty
    from core.short_lines
    group by basis, pool_id, on_date
),

-- Everything due and not shipped at the end of a day: what fell due short, until it shipped.
waiting_changes as (
    select pool_id, on_date as day, sum(short_qty) as change_qty
    from core.short_lines
    where basis = 'fell_due'
    group by pool_id, on_date
    union all
    select short_lines.pool_id, shipments.shipped_date as day, -sum(shipments.shipped_qty),
    from core.short_lines as short_lines
    inner join core.line_shipments as shipments
        on short_lines.order_id = shipments.order_id
        and short_lines.line_id = shipments.line_id
        and shipments.shipped_date > short_lines.on_date
    where short_lines.basis = 'fell_due'
    group by short_lines.pool_id, shipments.shipped_date
),

waiting_by_day as (
    select pool_id, day, sum(change_qty) as change_qty
    from waiting_changes
    group by pool_id, day
),

waiting as (
    select
        pool_id,
        day,
        sum(change_qty) over (
            partition by pool_id order by day
            rows between unbounded preceding and current row
        ) as waiting_qty,
    from waiting_by_day
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

judged as (
    select
        short.basis,
        short.pool_id,
        short.on_date,
        cast(short.short_qty as double) as short_qty,
        case
            when short.basis = 'as_of' then cast(short.short_qty as double)
            else greatest(
                cast(coalesce(waiting.waiting_qty, short.short_qty) as double),
                cast(short.short_qty as double)
            )
        end as waiting_qty,
        case
            when not balance.is_stock_known then 'inventory_balances'
            when short.pool_id like 'order %' and not supplies_loaded.is_loaded
                then 'purchase_order_lines'
            when short.basis = 'fell_due' and short.pool_id not like 'order %'
                and (covered.kinds < 2 or covered.first_date > short.on_date)
                then 'receipts'
        end as missing_table,
        supplies_loaded.is_loaded as is_supply_loaded,
        balance.net_inventory_qty,
        balance.planned_balance_qty,
        balance.demand_spike_qty,
        balance.forecasting_qty,
        balance.normal_variability_qty,
        balance.supplier_qty,
        balance.transport_qty,
        balance.supplier_or_transport_qty,
        balance.own_production_qty,
        balance.receipt_quality_qty,
        balance.stock_record_qty,
        balance.untied_loss_qty,
        balance.relief_qty,
        balance.planned_qty,
        balance.planning_gap_qty,
    from short
    inner join causes.balance as balance
        on short.pool_id = balance.pool_id
        and short.on_date = balance.on_date
    left join waiting
        on short.pool_id = waiting.pool_id
        and short.on_date = waiting.day
    cross join supplies_loaded
    cross join covered
),

-- The pool's own shortage is shared by claims; what waits beyond it had stock.
shortages as (
    select
        basis,
        pool_id,
        on_date,
        short_qty,
        waiting_qty,
        least(greatest(-net_inventory_qty, 0), waiting_qty) as pool_short_qty,
        relief_qty + greatest(planned_balance_qty, 0) as buffer_qty,
        missing_table,
        case
            when missing_table is not null
                then [{'cause': 'unknown', 'qty': waiting_qty, 'missing': missing_table}]
            else [
                {'cause': 'demand_spike', 'qty': demand_spike_qty, 'missing': null},
                {'cause': 'forecasting', 'qty': forecasting_qty, 'missing': null},
                {
                    'cause': 'normal_variability',
                    'qty': normal_variability_qty,
                    'missing': null
                },
                {'cause': 'supplier', 'qty': supplier_qty, 'missing': null},
                {'cause': 'transport', 'qty': transport_qty, 'missing': null},
                {
                    'cause': 'supplier_or_transport',
                    'qty': supplier_or_transport_qty,
                    'missing': null
                },
                {'cause': 'receipt_quality', 'qty': receipt_quality_qty, 'missing': null},
                {'cause': 'own_production', 'qty': own_production_qty, 'missing': null},
                {'cause': 'stock_record', 'qty': stock_record_qty, 'missing': null},
                {
                    'cause': case when is_supply_loaded then 'planning_gap' else 'unknown' end,
                    'qty': planning_gap_qty,
                    'missing': case
                        when not is_supply_loaded then 'purchase_order_lines'
                    end
                },
                {'cause': 'planned', 'qty': planned_qty, 'missing': null},
                {
                    'cause': 'unknown',
                    'qty': untied_loss_qty,
                    'missing': 'stock_adjustments'
                },
                {
                    'cause': 'allocation_or_hold',
                    'qty': waiting_qty - least(greatest(-net_inventory_qty, 0), waiting_qty),
                    'missing': null
                }
            ]
        end as claims,
    from judged
),

unnested as (
    select
        basis,
        pool_id,
        on_date,
        short_qty,
        waiting_qty,
        pool_short_qty,
        buffer_qty,
        unnest(claims, recursive := true),
    from shortages
),

claimed as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        short_qty,
        waiting_qty,
        pool_short_qty,
        buffer_qty,
        sum(qty) as claimed_qty,
        max(missing) as missing_table,
    from unnested
    where qty > 0.00005
    group by
        basis, pool_id, on_date, cause, short_qty, waiting_qty, pool_short_qty, buffer_qty
),

shared as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        short_qty,
        short_qty / waiting_qty as scale,
        claimed_qty,
        buffer_qty,
        pool_short_qty,
        missing_table,
        case
            when cause = 'allocation_or_hold' or waiting_qty = claimed_qty and missing_table is not null
                then claimed_qty / waiting_qty
            else pool_short_qty
                / waiting_qty
                * claimed_qty
                / sum(case when cause = 'allocation_or_hold' then 0 else claimed_qty end) over (
                    partition by basis, pool_id, on_date
                )
        end as cause_share,
    from claimed
)

select
    basis, -- fell_due: on the day the lines fell due; as_of: today
    pool_id, -- lines and supply that may meet
    on_date, -- day the lines were short
    cause, -- cause
    cast(short_qty as decimal(18, 4)) as short_qty, -- quantity short that day, of all causes
    cast(claimed_qty as decimal(18, 4)) as claimed_qty, -- units the cause took from the plan
    cause_share, -- part of the shortage that is the cause's, 0-1
    case
        when cause = 'allocation_or_hold' or missing_table is not null
            then claimed_qty * scale
        else least(greatest(claimed_qty - buffer_qty, 0), pool_short_qty) * scale
    end as sufficient_qty, -- units short from this cause alone
    case
        when cause = 'allocation_or_hold' or missing_table is not null
            then claimed_qty * scale
        else least(claimed_qty, pool_short_qty) * scale
    end as but_for_qty, -- units not short had only this cause not been
    missing_table -- table whose rows would tell, where the cause is unknown
from shared
