-- One row per pool and day to be explained: the plan of the anchor day replayed. Planned balance is
-- net inventory on the day with every deviation taken back, so that
-- deviations + planned + planning gap - buffer = -net inventory.
-- Every plan keeps some stock: for normal variability, and for supply that is late by no more than
-- usual_late_days. What it had to spare goes to these first; what variability took because the plan
-- kept less than safety_sigmas standard deviations of demand for it is the plan's. For items short on
-- purpose none is kept, and what these take is on purpose, too.
-- grain: pool_id, on_date
-- store: table
with

supply as (
    select
        pool_id,
        on_date,
        cast(sum(late_qty) as double) as late_qty,
        cast(sum(case when is_usually_late then late_qty else 0 end) as double)
            as usual_late_qty,
        cast(sum(short_shipped_qty + greatest(rejected_qty, 0)) as double)
            as receipt_quality_qty,
        cast(sum(early_qty + greatest(-rejected_qty, 0)) as double) as early_qty,
    from causes.supply_deviations
    group by pool_id, on_date
),

-- A line may fall due today: it is short once, on both bases.
planned_lines as (
    select pool_id, on_date, max(short_qty) as short_qty
    from (
        select pool_id, on_date, cast(sum(short_qty) as double) as short_qty
        from core.short_lines
        where is_planned
        group by pool_id, on_date, basis
    ) as by_basis
    group by pool_id, on_date
),

measured as (
    select
        points.pool_id,
        points.on_date,
        points.anchor_date,
        points.is_component,
        coalesce(points.stocking_policy, '') in ('make_to_order', 'preorder')
            as is_planned_item,
        coalesce(points.stocking_policy, '') in ('make_to_order', 'preorder')
        or points.max_planned_backorder_qty > 0 as has_no_safety_stock,
        cast(points.net_inventory_start_qty as double) as net_inventory_start_qty,
        cast(points.net_inventory_qty as double) as net_inventory_qty,
        coalesce(cast(demand.variability_qty as double), 0) as variability_qty,
        levers.safety_sigmas * coalesce(cast(demand.sigma_qty as double), 0) as safety_qty,
        coalesce(supply.usual_late_qty, 0) as usual_late_qty,
        coalesce(
            cast(
                demand.spike_qty
                + demand.missed_event_qty
                + demand.forecast_error_qty
                + demand.variability_qty as double
            ),
            0
        )
        + coalesce(supply.late_qty + supply.receipt_quality_qty, 0)
        + greatest(-cast(points.corrected_qty as double), 0)
        + greatest(-cast(points.untied_qty as double), 0) as deviation_qty,
        coalesce(cast(demand.below_forecast_qty as double), 0)
        + coalesce(supply.early_qty, 0)
        + greatest(cast(points.corrected_qty as double), 0)
        + greatest(cast(points.untied_qty as double), 0) as relief_qty,
        cast(points.max_planned_backorder_qty as double)
        + coalesce(planned_lines.short_qty, 0) as planned_limit_qty,
    from causes.pool_dates as points
    cross join core.levers as levers
    left join causes.demand_deviations as demand
        on points.pool_id = demand.pool_id
        and points.on_date = demand.on_date
    left join supply
        on points.pool_id = supply.pool_id
        and points.on_date = supply.on_date
    left join planned_lines
        on points.pool_id = planned_lines.pool_id
        and points.on_date = planned_lines.on_date
),

-- What is short on purpose lies below the plan's own balance.
planned as (
    select
        pool_id,
        on_date,
        anchor_date,
        is_component,
        is_planned_item,
        has_no_safety_stock,
        net_inventory_start_qty,
        net_inventory_qty,
        variability_qty,
        safety_qty,
        usual_late_qty,
        deviation_qty,
        relief_qty,
        case
            when is_planned_item
                then greatest(
                    planned_limit_qty, relief_qty - deviation_qty - net_inventory_qty, 0
                )
            else planned_limit_qty
        end as planned_qty,
    from measured
),

balanced as (
    select
        pool_id,
        on_date,
        anchor_date,
        is_component,
        is_planned_item,
        has_no_safety_stock,
        net_inventory_start_qty,
        net_inventory_qty,
        variability_qty,
        safety_qty,
        usual_late_qty,
        deviation_qty,
        relief_qty,
        planned_qty,
        net_inventory_qty + deviation_qty + planned_qty - relief_qty as planned_balance_qty,
    from planned
),

-- Short on the anchor day for what had gone wrong before, and made up for by the plan since.
started as (
    select
        balanced.pool_id,
        balanced.on_date,
        balanced.is_component,
        balanced.net_inventory_start_qty,
        balanced.net_inventory_qty,
        balanced.variability_qty,
        balanced.safety_qty,
        balanced.usual_late_qty,
        balanced.deviation_qty,
        balanced.relief_qty,
        balanced.planned_qty,
        balanced.planned_balance_qty,
        coalesce(
            greatest(
                least(
                    -balanced.net_inventory_start_qty - earlier.planned_qty,
                    earlier.deviation_qty
                )
                - greatest(-balanced.planned_balance_qty, 0),
                0
            ),
            0
        ) as start_short_qty,
        balanced.has_no_safety_stock,
    from balanced
    left join balanced as earlier
        on balanced.pool_id = earlier.pool_id
        and balanced.anchor_date = earlier.on_date
        and earlier.on_date < balanced.on_date
        and not balanced.is_component
        and not balanced.is_planned_item
),

spared as (
    select
        pool_id,
        on_date,
        is_component,
        net_inventory_start_qty,
        net_inventory_qty,
        variability_qty,
        safety_qty,
        usual_late_qty,
        deviation_qty,
        relief_qty,
        planned_qty,
        planned_balance_qty,
        start_short_qty,
        relief_qty + greatest(planned_balance_qty, 0) + start_short_qty as spare_qty,
        has_no_safety_stock,
    from started
),

-- What variability and usual lateness took beyond what there was to spare.
left_over as (
    select
        pool_id,
        on_date,
        is_component,
        net_inventory_start_qty,
        net_inventory_qty,
        variability_qty,
        safety_qty,
        usual_late_qty,
        deviation_qty,
        relief_qty,
        planned_qty,
        planned_balance_qty,
        start_short_qty,
        spare_qty,
        has_no_safety_stock,
        case
            when has_no_safety_stock then 0
            else greatest(safety_qty - greatest(planned_balance_qty, 0), 0)
        end as safety_lacking_qty,
        greatest(variability_qty - spare_qty, 0) as variability_left_qty,
        usual_late_qty - least(usual_late_qty, greatest(spare_qty - variability_qty, 0))
            as late_left_qty,
    from spared
),

claimed as (
    select
        pool_id,
        on_date,
        is_component,
        net_inventory_start_qty,
        net_inventory_qty,
        variability_qty,
        safety_qty,
        usual_late_qty,
        deviation_qty,
        relief_qty,
        planned_qty,
        planned_balance_qty,
        start_short_qty,
        spare_qty,
        variability_left_qty,
        late_left_qty,
        case
            when has_no_safety_stock then 0
            else greatest(variability_left_qty - safety_lacking_qty, 0)
        end as variability_claim_qty,
        case when has_no_safety_stock then 0 else late_left_qty end as late_claim_qty,
        case when has_no_safety_stock then variability_left_qty + late_left_qty else 0 end
            as on_purpose_qty,
        least(variability_left_qty, safety_lacking_qty) as of_plan_qty,
    from left_over
)

select
    pool_id, -- lines and supply that may meet
    on_date, -- day to be explained
    net_inventory_start_qty, -- net inventory on the anchor day
    net_inventory_qty, -- net inventory on the day
    planned_balance_qty, -- net inventory as the plan had it, but for what is on purpose
    relief_qty, -- ordered below forecast, in early, or found: what helped
    variability_claim_qty
        as variability_qty, -- claim of normal variability beyond what the plan had stock for
    coalesce(late_claim_qty / nullif(usual_late_qty, 0), 1)
        as usual_late_share, -- part of the usually late supply that counts as late
    start_short_qty, -- short on the anchor day and made up for since: to that day's causes
    deviation_qty
    + start_short_qty
    - (variability_qty - variability_claim_qty)
    - (usual_late_qty - late_claim_qty)
        as deviation_qty, -- claims of all deviations together
    planned_qty + on_purpose_qty
        as planned_qty, -- short on purpose: made to order, sold ahead, or within the item's limit
    case when is_component then 0 else greatest(-planned_balance_qty, 0) + of_plan_qty end
        as planning_gap_qty, -- shortage of the plan itself, not on purpose
    spare_qty - (variability_qty - variability_left_qty) - (usual_late_qty - late_left_qty)
        as buffer_qty -- what the plan had to spare and what helped, left for the claims
from claimed
