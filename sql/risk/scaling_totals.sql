-- One row per factor of demand and kind of source: what breaks first, how much, and what it costs.
-- Lost: of each item sold, the share that its most overloaded source cannot give, times its value
-- a week. So nothing counts twice within a kind, but kinds are not to be added up: kind 'all' has
-- them together.
-- grain: demand_factor, load_kind
-- store: table
with

loads as (
    select
        demand_factor,
        item_id,
        load_kind,
        item_name,
        supplier_name,
        utilisation,
        is_broken,
        breaks_at_factor,
        order_wait_days,
        clear_days,
        short_qty,
    from risk.scaling
    union all
    select
        demand_factor,
        item_id,
        'all' as load_kind,
        item_name,
        supplier_name,
        utilisation,
        is_broken,
        breaks_at_factor,
        order_wait_days,
        clear_days,
        short_qty,
    from risk.scaling
),

served as (
    select
        loads.demand_factor,
        loads.load_kind,
        paths.sold_item_id,
        max(paths.sold_week_value) as sold_week_value,
        max(loads.utilisation) as utilisation,
    from risk.demand_paths as paths
    inner join loads on paths.item_id = loads.item_id
    group by loads.demand_factor, loads.load_kind, paths.sold_item_id
),

lost as (
    select
        demand_factor,
        load_kind,
        sum(
            case
                when utilisation > 1
                    then demand_factor * sold_week_value * (1 - 1 / utilisation)
                when utilisation <= 1 then 0
            end
        ) as lost_week_value,
        sum(demand_factor * sold_week_value) as sold_week_value,
    from served
    group by demand_factor, load_kind
),

hit as (
    select
        served.demand_factor,
        served.load_kind,
        count(distinct buyers.customer_id) as customers,
    from served
    inner join risk.buyers as buyers on served.sold_item_id = buyers.item_id
    where served.utilisation > 1
    group by served.demand_factor, served.load_kind
),

summed as (
    select
        demand_factor,
        load_kind,
        count(*) as items,
        count(case when utilisation is null then 1 end) as unknown_items,
        count(case when is_broken then 1 end) as broken_items,
        min(breaks_at_factor) as first_breaks_at_factor,
        arg_min(item_id, (breaks_at_factor, item_id)) as first_item_id,
        arg_min(item_name, (breaks_at_factor, item_id)) as first_item_name,
        arg_min(supplier_name, (breaks_at_factor, item_id)) as first_supplier_name,
        arg_min(order_wait_days, (breaks_at_factor, item_id)) as first_wait_days,
        median(utilisation) as median_utilisation,
        max(clear_days) as longest_clear_days,
        count(case when short_qty > 0 and clear_days is null and is_broken then 1 end)
            as never_clearing_items,
    from loads
    group by demand_factor, load_kind
)

select
    summed.demand_factor as demand_factor, -- times the demand of now
    summed.load_kind as load_kind, -- own production, component, supplier, or all
    summed.items as items, -- items needed from it
    summed.unknown_items as unknown_items, -- items of unknown capacity, never counted as broken
    summed.broken_items as broken_items, -- items whose source cannot give what is asked
    summed.first_item_id as first_item_id, -- item that breaks first, or has already
    summed.first_item_name as first_item_name, -- name of that item
    summed.first_supplier_name as first_supplier_name, -- its usual source
    summed.first_breaks_at_factor as first_breaks_at_factor, -- times the demand of now it breaks at
    summed.first_wait_days as first_wait_days, -- days an order for it waits at this demand
    summed.median_utilisation as median_utilisation, -- demand / capacity of the middle item
    summed.longest_clear_days
        as longest_clear_days, -- days until the slowest backlog that clears is cleared
    summed.never_clearing_items as never_clearing_items, -- items whose backlog only grows
    coalesce(hit.customers, 0)
        as customers, -- customers who lately ordered something that could not be given in full
    lost.sold_week_value as sold_week_value, -- value ordered a week, at this demand
    lost.lost_week_value as lost_week_value -- part of it a week that could not be given
from summed
left join lost
    on summed.demand_factor = lost.demand_factor
    and summed.load_kind = lost.load_kind
left join hit
    on summed.demand_factor = hit.demand_factor
    and summed.load_kind = hit.load_kind
