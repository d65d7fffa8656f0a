-- One row per basis, pool, day and piece of evidence of a shortage: which record made the cause's
-- claim, how many of the short units are its, what was planned and what happened.
-- Of a production order that waited for a component, and of a plan that started short, the evidence
-- is that of the component or of the earlier day.
-- grain: basis, pool_id, on_date, cause, evidence_kind, evidence_id, evidence_pool_id, evidence_date
with

unknown_pools as (
    select basis, pool_id, on_date, missing_table, short_qty
    from causes.claims
    where cause = 'unknown' and cause_share > 0.999999
),

traced as (
    select
        short.basis,
        traced.pool_id,
        traced.on_date,
        case
            when traced.cause = 'planning_gap' and claims.cause is null then 'unknown'
            else traced.cause
        end as cause,
        traced.evidence_kind,
        traced.evidence_id,
        traced.evidence_pool_id,
        traced.evidence_date,
        traced.claim_share,
    from (select distinct basis, pool_id, on_date from causes.claims) as short
    inner join causes.traced as traced
        on short.pool_id = traced.pool_id
        and short.on_date = traced.on_date
    left join causes.claims as claims
        on short.basis = claims.basis
        and short.pool_id = claims.pool_id
        and short.on_date = claims.on_date
        and traced.cause = claims.cause
),

united as (
    select
        traced.basis,
        traced.pool_id,
        traced.on_date,
        traced.cause,
        traced.evidence_kind,
        traced.evidence_id,
        traced.evidence_pool_id,
        traced.evidence_date,
        traced.claim_share
        / sum(traced.claim_share) over (
            partition by traced.basis, traced.pool_id, traced.on_date, traced.cause
        )
        * claims.cause_share
        * cast(claims.short_qty as double) as evidence_qty,
        cast(null as varchar) as missing_table,
    from traced
    inner join causes.claims as claims
        on traced.basis = claims.basis
        and traced.pool_id = claims.pool_id
        and traced.on_date = claims.on_date
        and traced.cause = claims.cause
    left join unknown_pools
        on traced.basis = unknown_pools.basis
        and traced.pool_id = unknown_pools.pool_id
        and traced.on_date = unknown_pools.on_date
    where unknown_pools.pool_id is null
    union all
    select
        basis,
        pool_id,
        on_date,
        'allocation_or_hold' as cause,
        'queue' as evidence_kind,
        pool_id as evidence_id,
        pool_id as evidence_pool_id,
        on_date as evidence_date,
        claimed_qty as evidence_qty,
        cast(null as varchar) as missing_table,
    from causes.claims
    where cause = 'allocation_or_hold'
    union all
    select
        basis,
        pool_id,
        on_date,
        'unknown' as cause,
        'missing_table' as evidence_kind,
        missing_table as evidence_id,
        pool_id as evidence_pool_id,
        on_date as evidence_date,
        short_qty as evidence_qty,
        missing_table,
    from unknown_pools
)

select
    united.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    united.pool_id as pool_id, -- lines and supply that may meet
    united.on_date as on_date, -- day the lines were short
    united.cause as cause, -- cause
    united.evidence_kind
        as evidence_kind, -- purchase_order, production_order, sales_day, forecast, …
    united.evidence_id as evidence_id, -- which order, day, forecast, pool or missing table
    united.evidence_pool_id
        as evidence_pool_id, -- pool of the evidence: the lines' own, or a component's
    united.evidence_date
        as evidence_date, -- day whose plan it broke: the lines' own, or an earlier one
    points.item_id as item_id, -- item of the evidence
    items.item_name as item_name, -- name of that item
    deviations.supplier_id as supplier_id, -- supplier of the order; (own production) for production
    cast(united.evidence_qty as double) as evidence_qty, -- short units that are its
    case united.evidence_kind
        when 'purchase_order' then deviations.first_promised_date
        when 'production_order' then deviations.first_promised_date
        when 'forecast' then demand.made_on
    end as planned_date, -- day promised first; day a forecast was made
    case united.evidence_kind
        when 'purchase_order' then deviations.complete_date
        when 'production_order' then deviations.complete_date
        when 'sales_day' then spikes.day
    end as happened_date, -- day it was in; day of the spike; empty while an order is still open
    cast(
        case united.evidence_kind
            when 'purchase_order' then deviations.wanted_qty
            when 'production_order' then deviations.wanted_qty
            when 'sales_day' then spikes.usual_qty
            when 'forecast' then demand.expected_qty
            when 'stock_adjustments' then 0
            when 'plan' then 0
        end as decimal(18, 4)
    ) as planned_qty, -- quantity ordered, usual, or forecast
    cast(
        case united.evidence_kind
            when 'purchase_order'
                then deviations.wanted_qty
                    - deviations.late_qty
                    - deviations.short_shipped_qty
                    - deviations.rejected_qty
            when 'production_order' then deviations.wanted_qty - deviations.late_qty
            when 'sales_day' then spikes.ordered_qty
            when 'forecast' then demand.ordered_qty
            when 'stock_adjustments' then points.corrected_qty
            when 'plan' then balance.planned_balance_qty
        end as decimal(18, 4)
    ) as happened_qty, -- quantity in by the day, sold, corrected, or left by the plan
    case deviations.supply_kind
        when 'purchase_order' then deviations.planned_ship_date
        when 'production_order' then deviations.planned_start_date
    end as planned_start_date, -- day an order was to ship, or production to start
    case deviations.supply_kind
        when 'purchase_order' then deviations.shipped_date
        when 'production_order' then deviations.start_date
    end as start_date, -- day it shipped or started; empty if it has not
    case
        when united.cause in ('supplier', 'transport', 'supplier_or_transport', 'own_production')
            then deviations.late_days
    end as late_days, -- days the order was late, or is so far
    coalesce(spikes.event_name, united.missing_table)
        as note -- event of the calendar on a spike's day; table whose rows would tell
from united
left join causes.pool_dates as points
    on united.evidence_pool_id = points.pool_id
    and united.evidence_date = points.on_date
left join core.items as items on points.item_id = items.item_id
left join causes.supply_deviations as deviations
    on united.evidence_pool_id = deviations.pool_id
    and united.evidence_date = deviations.on_date
    and united.evidence_id = deviations.supply_id
left join causes.demand_deviations as demand
    on united.evidence_pool_id = demand.pool_id
    and united.evidence_date = demand.on_date
left join causes.demand_spikes as spikes
    on united.evidence_pool_id = spikes.pool_id
    and united.evidence_id = cast(spikes.day as varchar)
left join causes.balance as balance
    on united.evidence_pool_id = balance.pool_id
    and united.evidence_date = balance.on_date
