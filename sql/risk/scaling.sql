-- One row per factor of demand and item needed: how busy its source is, and what the wait becomes.
-- utilisation u = demand / capacity. Below 1 an order waits, on top of the lead time, the time its
-- source needs for a receipt of usual size times u / (1 - u), at most overload_weeks. From 1 on what
-- piles up in overload_weeks comes on top of those. Time to clear = backlog / (capacity - demand).
-- Unknown capacity leaves all of it unknown.
-- grain: demand_factor, item_id
with

factors as (
    select demand_factor from (values (1.0), (1.5), (2.0), (3.0)) as steps (demand_factor)
),

loads as (
    select
        cast(factors.demand_factor as double) as demand_factor,
        capacities.item_id,
        capacities.week_qty * factors.demand_factor as week_qty,
        case
            when capacities.capacity_week_qty > 0
                then capacities.week_qty * factors.demand_factor / capacities.capacity_week_qty
        end as utilisation,
        case
            when capacities.capacity_week_qty > 0
                then coalesce(capacities.receipt_qty, 0) / capacities.capacity_week_qty
        end as receipt_weeks,
    from risk.capacities as capacities
    cross join factors
),

queued as (
    select
        loads.demand_factor,
        loads.item_id,
        loads.week_qty,
        loads.utilisation,
        case
            when loads.utilisation < 1
                then least(
                    loads.receipt_weeks * loads.utilisation / (1 - loads.utilisation),
                    levers.overload_weeks
                )
            else levers.overload_weeks * loads.utilisation
        end as queue_weeks,
    from loads
    cross join core.levers as levers
)

select
    queued.demand_factor as demand_factor, -- times the demand of now
    capacities.load_kind as load_kind, -- own production, component or supplier
    queued.item_id as item_id, -- item
    capacities.item_name as item_name, -- name of the item
    capacities.supplier_id as supplier_id, -- usual supplier; (own production) for items made
    capacities.supplier_name as supplier_name, -- name of the usual supplier
    queued.week_qty as week_qty, -- units the orders of a week take, at this demand
    capacities.capacity_week_qty
        as capacity_week_qty, -- units the source can give in a week; empty when nothing tells
    capacities.capacity_basis as capacity_basis, -- stated, or best month on record
    queued.utilisation as utilisation, -- demand / capacity; above 1 it breaks
    case
        when queued.utilisation < 1 then queued.utilisation / (1 - queued.utilisation)
    end as queue_factor, -- u / (1 - u); empty when it breaks
    queued.utilisation >= 1 as is_broken, -- demand is all, or more than, it can give
    case
        when capacities.capacity_week_qty is not null and capacities.week_qty > 0
            then capacities.capacity_week_qty / capacities.week_qty
    end as breaks_at_factor, -- times the demand of now at which it breaks
    capacities.lead_time_days + 7 * queued.queue_weeks
        as order_wait_days, -- days an order to it waits then; empty when capacity is unknown
    capacities.short_qty as short_qty, -- backlog stock does not cover
    case
        when capacities.short_qty = 0 then 0
        when queued.utilisation < 1
            then 7 * capacities.short_qty / (capacities.capacity_week_qty - queued.week_qty)
    end as clear_days, -- days until the backlog is cleared; empty when never, or not known
    capacities.sources as sources, -- suppliers it is known to come from
    capacities.sold_week_value * queued.demand_factor
        as sold_week_value -- value sold a week that takes it, at this demand
from queued
inner join risk.capacities as capacities on queued.item_id = capacities.item_id
