-- One row per day to be explained and piece of evidence: the units it claims, and the day of the
-- same or another pool whose causes it passes on to.
-- Passed on is what the plan lacked because it started short, what it had ordered by then but could
-- not get in time included, to the causes of the day it started; and what a production order was late
-- because it waited to start, to the causes of the component that was scarcest on the last day of it.
-- grain: pool_id, on_date, cause, evidence_kind, evidence_id, passed_pool_id
-- store: table
with

late as (
    select
        deviations.pool_id,
        deviations.on_date,
        deviations.supply_id,
        deviations.supply_kind,
        deviations.start_share,
        cast(deviations.late_qty as double)
        * case when deviations.is_usually_late then balance.usual_late_share else 1 end
            as late_qty,
        cast(deviations.short_shipped_qty + greatest(deviations.rejected_qty, 0) as double)
            as receipt_quality_qty,
    from causes.supply_deviations as deviations
    inner join causes.balance as balance
        on deviations.pool_id = balance.pool_id
        and deviations.on_date = balance.on_date
),

purchases as (
    select
        pool_id,
        on_date,
        supply_id,
        unnest([
            {'cause': 'supplier', 'claimed_qty': late_qty * start_share},
            {'cause': 'transport', 'claimed_qty': late_qty * (1 - start_share)},
            {
                'cause': 'supplier_or_transport',
                'claimed_qty': case when start_share is null then late_qty end
            },
            {'cause': 'receipt_quality', 'claimed_qty': receipt_quality_qty}
        ], recursive := true),
    from late
    where supply_kind = 'purchase_order'
),

-- How much of what the order lacked the component's own claims explain.
component_claims as (
    select
        waits.supply_id,
        waits.component_id,
        waits.pool_id,
        waits.last_waited_date,
        balance.net_inventory_qty / cast(waits.needed_qty as double) as stock_rate,
        least(
            balance.deviation_qty
            / case
                when balance.net_inventory_qty < cast(waits.needed_qty as double)
                    then cast(waits.needed_qty as double)
                        - greatest(balance.net_inventory_qty, 0)
                else cast(waits.needed_qty as double)
            end,
            1
        ) as explained_share,
    from core.material_waits as waits
    inner join causes.balance as balance
        on waits.pool_id = balance.pool_id
        and waits.last_waited_date = balance.on_date
    where balance.deviation_qty > 0.00005 and waits.needed_qty > 0
),

ranked as (
    select
        supply_id,
        pool_id,
        last_waited_date,
        explained_share,
        row_number() over (
            partition by supply_id
            order by (stock_rate < 1) desc, explained_share desc, stock_rate, component_id
        ) as scarcity_rank,
    from component_claims
),

scarcest as (
    select supply_id, pool_id, last_waited_date, explained_share
    from ranked
    where scarcity_rank = 1
),

production as (
    select
        late.pool_id,
        late.on_date,
        late.supply_id,
        late.late_qty,
        coalesce(late.start_share * scarcest.explained_share, 0) as passed_share,
        scarcest.pool_id as passed_pool_id,
        scarcest.last_waited_date as passed_date,
    from late
    left join scarcest on late.supply_id = scarcest.supply_id
    where late.supply_kind = 'production_order'
),

spikes as (
    select
        points.pool_id,
        points.on_date,
        spikes.day,
        spikes.is_repeated,
        cast(spikes.excess_qty as double)
        / sum(cast(spikes.excess_qty as double)) over (
            partition by points.pool_id, points.on_date, spikes.is_repeated
        )
        * cast(
            case
                when spikes.is_repeated then demand.missed_event_qty
                else demand.spike_qty
            end as double
        ) as claimed_qty,
    from causes.pool_dates as points
    inner join causes.demand_deviations as demand
        on points.pool_id = demand.pool_id
        and points.on_date = demand.on_date
        and demand.spike_qty + demand.missed_event_qty > 0
    inner join causes.demand_spikes as spikes
        on points.pool_id = spikes.pool_id
        and spikes.day > points.anchor_date
        and spikes.day <= points.on_date
),

-- On order on the anchor day, and promised for after the day asked about.
ordered_for_later as (
    select
        balance.pool_id,
        balance.on_date,
        sum(cast(supply.wanted_qty as double)) as ordered_qty,
    from causes.balance as balance
    inner join causes.pool_dates as points
        on balance.pool_id = points.pool_id
        and balance.on_date = points.on_date
    inner join core.pooled_supply as supply
        on balance.pool_id = supply.pool_id
        and supply.order_date <= points.anchor_date
        and supply.first_promised_date > balance.on_date
    where balance.planning_gap_qty > 0 and balance.net_inventory_start_qty < 0
    group by balance.pool_id, balance.on_date
),

plans as (
    select
        balance.pool_id,
        balance.on_date,
        points.anchor_date,
        balance.planning_gap_qty,
        case
            when start.pool_id is not null
                then least(
                    balance.planning_gap_qty,
                    greatest(
                        -balance.net_inventory_start_qty,
                        earlier.deviation_qty - earlier.relief_qty,
                        0
                    )
                    + coalesce(ordered_for_later.ordered_qty, 0)
                )
            else 0
        end + balance.start_short_qty as passed_qty,
        balance.start_short_qty,
    from causes.balance as balance
    inner join causes.pool_dates as points
        on balance.pool_id = points.pool_id
        and balance.on_date = points.on_date
    left join causes.pool_dates as start
        on points.pool_id = start.pool_id
        and points.anchor_date = start.on_date
        and start.on_date < points.on_date
    left join causes.balance as earlier
        on start.pool_id = earlier.pool_id
        and start.on_date = earlier.on_date
    left join ordered_for_later
        on balance.pool_id = ordered_for_later.pool_id
        and balance.on_date = ordered_for_later.on_date
    where balance.planning_gap_qty > 0 or balance.start_short_qty > 0
),

united as (
    select
        pool_id,
        on_date,
        cause,
        'purchase_order' as evidence_kind,
        supply_id as evidence_id,
        claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from purchases
    union all
    select
        pool_id,
        on_date,
        'own_production' as cause,
        'production_order' as evidence_kind,
        supply_id as evidence_id,
        late_qty * (1 - passed_share) as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from production
    union all
    select
        pool_id,
        on_date,
        'own_production' as cause,
        'production_order' as evidence_kind,
        supply_id as evidence_id,
        late_qty * passed_share as claimed_qty,
        passed_pool_id,
        passed_date,
    from production
    where passed_pool_id is not null
    union all
    select
        pool_id,
        on_date,
        case when is_repeated then 'forecasting' else 'demand_spike' end as cause,
        'sales_day' as evidence_kind,
        cast(day as varchar) as evidence_id,
        claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from spikes
    union all
    select
        pool_id,
        on_date,
        'forecasting' as cause,
        'forecast' as evidence_kind,
        coalesce('forecast of ' || made_on, 'mean of earlier demand') as evidence_id,
        cast(forecast_error_qty as double) as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from causes.demand_deviations
    union all
    select
        balance.pool_id,
        balance.on_date,
        'normal_variability' as cause,
        'forecast' as evidence_kind,
        coalesce('forecast of ' || demand.made_on, 'mean of earlier demand') as evidence_id,
        balance.variability_qty as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from causes.balance as balance
    inner join causes.demand_deviations as demand
        on balance.pool_id = demand.pool_id
        and balance.on_date = demand.on_date
    union all
    select
        pool_id,
        on_date,
        'stock_record' as cause,
        'stock_adjustments' as evidence_kind,
        pool_id as evidence_id,
        greatest(-cast(corrected_qty as double), 0) as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from causes.pool_dates
    union all
    select
        pool_id,
        on_date,
        'unknown' as cause,
        'stock_balance' as evidence_kind,
        pool_id as evidence_id,
        greatest(-cast(untied_qty as double), 0) as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from causes.pool_dates
    union all
    select
        pool_id,
        on_date,
        'planned' as cause,
        'policy' as evidence_kind,
        pool_id as evidence_id,
        planned_qty as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from causes.balance
    union all
    select
        pool_id,
        on_date,
        'planning_gap' as cause,
        'plan' as evidence_kind,
        'plan of ' || anchor_date as evidence_id,
        planning_gap_qty + start_short_qty - passed_qty as claimed_qty,
        cast(null as varchar) as passed_pool_id,
        cast(null as date) as passed_date,
    from plans
    union all
    select
        pool_id,
        on_date,
        'planning_gap' as cause,
        'plan' as evidence_kind,
        'plan of ' || anchor_date as evidence_id,
        passed_qty as claimed_qty,
        pool_id as passed_pool_id,
        anchor_date as passed_date,
    from plans
)

select
    pool_id, -- lines and supply that may meet
    on_date, -- day to be explained
    cause, -- cause; of what is passed on, the one it has if nothing there explains it
    evidence_kind, -- what kind of record made the claim
    evidence_id, -- which one
    claimed_qty, -- units it took from the plan
    claimed_qty / sum(claimed_qty) over (partition by pool_id, on_date)
        as claim_share, -- part of the day's claims, 0-1
    passed_pool_id, -- pool whose causes it passes on to; empty when it is the end
    passed_date -- day of that pool
from united
where claimed_qty > 0.00005
