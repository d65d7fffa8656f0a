-- One row per pool and day of a shortage: the plan of the anchor day replayed, and how much each
-- deviation from it claims.
-- Planned balance: net inventory on the day, with every deviation taken back. Claims took away from
-- it, reliefs added to it: deviations + planned + planning gap - buffer = -net inventory.
-- grain: pool_id, on_date
-- store: table
with

supply as (
    select
        pool_id,
        on_date,
        sum(
            case
                when supply_kind = 'purchase_order' then late_qty * start_share
                else 0
            end
        ) as supplier_qty,
        sum(
            case
                when supply_kind = 'purchase_order' then late_qty * (1 - start_share)
                else 0
            end
        ) as transport_qty,
        sum(
            case
                when supply_kind = 'purchase_order' and start_share is null then late_qty
                else 0
            end
        ) as supplier_or_transport_qty,
        sum(case when supply_kind = 'production_order' then late_qty else 0 end)
            as own_production_qty,
        sum(short_shipped_qty + greatest(rejected_qty, 0)) as receipt_quality_qty,
        sum(early_qty + greatest(-rejected_qty, 0)) as early_qty,
    from causes.supply_deviations
    group by pool_id, on_date
),

planned_lines as (
    select pool_id, on_date, sum(short_qty) as short_qty
    from core.short_lines
    where is_planned
    group by pool_id, on_date
),

measured as (
    select
        points.pool_id,
        points.on_date,
        points.anchor_date,
        points.is_stock_known,
        points.is_before_records,
        points.is_component,
        cast(points.net_inventory_start_qty as double) as net_inventory_start_qty,
        cast(points.net_inventory_qty as double) as net_inventory_qty,
        coalesce(cast(demand.spike_qty as double), 0) as demand_spike_qty,
        coalesce(cast(demand.missed_event_qty + demand.forecast_error_qty as double), 0)
            as forecasting_qty,
        coalesce(cast(demand.variability_qty as double), 0) as normal_variability_qty,
        coalesce(cast(demand.below_forecast_qty as double), 0) as below_forecast_qty,
        coalesce(supply.supplier_qty, 0) as supplier_qty,
        coalesce(supply.transport_qty, 0) as transport_qty,
        coalesce(cast(supply.supplier_or_transport_qty as double), 0)
            as supplier_or_transport_qty,
        coalesce(cast(supply.own_production_qty as double), 0) as own_production_qty,
        coalesce(cast(supply.receipt_quality_qty as double), 0) as receipt_quality_qty,
        coalesce(cast(supply.early_qty as double), 0) as early_qty,
        greatest(-cast(points.corrected_qty as double), 0) as stock_record_qty,
        greatest(cast(points.corrected_qty as double), 0) as found_qty,
        greatest(-cast(points.untied_qty as double), 0) as untied_loss_qty,
        greatest(cast(points.untied_qty as double), 0) as untied_gain_qty,
        cast(points.max_planned_backorder_qty as double)
        + coalesce(cast(planned_lines.short_qty as double), 0) as planned_limit_qty,
        coalesce(points.stocking_policy, '') in ('make_to_order', 'preorder')
            as is_planned_item,
    from causes.pool_dates as points
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

added as (
    select
        pool_id,
        on_date,
        is_stock_known,
        is_before_records,
        is_component,
        net_inventory_start_qty,
        net_inventory_qty,
        demand_spike_qty,
        forecasting_qty,
        normal_variability_qty,
        supplier_qty,
        transport_qty,
        supplier_or_transport_qty,
        own_production_qty,
        receipt_quality_qty,
        stock_record_qty,
        untied_loss_qty,
        planned_limit_qty,
        is_planned_item,
        below_forecast_qty + early_qty + found_qty + untied_gain_qty as relief_qty,
        demand_spike_qty
        + forecasting_qty
        + normal_variability_qty
        + supplier_qty
        + transport_qty
        + supplier_or_transport_qty
        + own_production_qty
        + receipt_quality_qty
        + stock_record_qty
        + untied_loss_qty as deviation_qty,
    from measured
),

-- What is short on purpose lies below the plan's own balance.
planned as (
    select
        added.*,
        case
            when is_planned_item
                then greatest(
                    planned_limit_qty, relief_qty - deviation_qty - net_inventory_qty, 0
                )
            else planned_limit_qty
        end as planned_qty,
    from added
),

balanced as (
    select
        planned.*,
        net_inventory_qty + deviation_qty + planned_qty - relief_qty as planned_balance_qty,
    from planned
),

-- Normal variability is what a plan keeps stock for: it uses that up first. Where the plan itself
-- was short it kept none, and what variability took is the plan's.
absorbed as (
    select
        balanced.*,
        least(
            normal_variability_qty, relief_qty + greatest(planned_balance_qty, 0)
        ) as absorbed_qty,
        case
            when planned_balance_qty < 0 and not is_component
                then greatest(normal_variability_qty - relief_qty, 0)
            else 0
        end as unplanned_for_qty,
    from balanced
)

select
    pool_id, -- lines and supply that may meet
    on_date, -- day to be explained
    is_stock_known, -- a balance tells the stock
    is_before_records, -- the plan's day lies before all records
    net_inventory_start_qty, -- net inventory on the anchor day
    net_inventory_qty, -- net inventory on the day
    planned_balance_qty, -- net inventory as the plan had it, but for what is on purpose
    relief_qty, -- ordered below forecast, in early, or found: what helped
    absorbed_qty, -- normal variability that the plan had stock for
    relief_qty + greatest(planned_balance_qty, 0) - absorbed_qty
        as buffer_qty, -- what the plan had to spare and what helped, left for the claims
    demand_spike_qty, -- claim of unexpected spikes
    forecasting_qty, -- claim of poor forecasting
    normal_variability_qty - absorbed_qty - unplanned_for_qty
        as normal_variability_qty, -- claim of normal variability beyond what the plan had stock for
    supplier_qty, -- claim of suppliers
    transport_qty, -- claim of transport
    supplier_or_transport_qty, -- claim of either, without days of shipment
    own_production_qty, -- claim of own production
    receipt_quality_qty, -- claim of what arrived short or was rejected
    stock_record_qty, -- claim of corrections of the stock record
    untied_loss_qty, -- stock gone without a record
    deviation_qty - absorbed_qty - unplanned_for_qty
        as deviation_qty, -- all these claims together
    planned_qty, -- short on purpose: made to order, sold ahead, or within the item's limit
    case when is_component then 0 else greatest(-planned_balance_qty, 0) + unplanned_for_qty end
        as planning_gap_qty -- shortage of the plan itself, not on purpose
from absorbed
