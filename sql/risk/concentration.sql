-- How much of what is sold a week hangs on few sources, in one row. HHI: sum of squared shares of
-- sources in the cost of what a week takes; 1 when one source gives all, 1/n when n give the same.
-- Single source: bought items, in what is sold or in its components, that only one supplier is
-- known for.
-- grain: one row
with

needed as (
    select
        capacities.supplier_id,
        sum(capacities.week_qty * cast(items.unit_cost as double)) as week_cost,
    from risk.capacities as capacities
    inner join core.items as items on capacities.item_id = items.item_id
    where items.unit_cost is not null
    group by capacities.supplier_id
),

whole as (
    select
        sum(week_cost) as week_cost,
        sum(week_cost * week_cost) as squared_cost,
        arg_max(supplier_id, week_cost) as largest_supplier_id,
        max(week_cost) as largest_week_cost,
    from needed
),

sold as (
    select
        paths.sold_item_id,
        max(paths.sold_week_value) as sold_week_value,
        bool_or(capacities.load_kind <> 'own production' and capacities.sources = 1)
            as is_single_source,
    from risk.demand_paths as paths
    inner join risk.capacities as capacities on paths.item_id = capacities.item_id
    group by paths.sold_item_id
),

hanging as (
    select
        sum(sold_week_value) as sold_week_value,
        sum(case when is_single_source then sold_week_value else 0 end)
            as single_source_week_value,
    from sold
),

buying as (
    select count(distinct buyers.customer_id) as customers
    from sold
    inner join risk.buyers as buyers on sold.sold_item_id = buyers.item_id
    where sold.is_single_source
)

select
    hanging.sold_week_value as sold_week_value, -- value sold a week
    hanging.single_source_week_value
        as single_source_week_value, -- part of it that a bought item of a single source is in
    case
        when hanging.sold_week_value > 0
            then hanging.single_source_week_value / hanging.sold_week_value
    end as single_source_rate, -- single_source_week_value / sold_week_value
    buying.customers as single_source_customers, -- customers who lately ordered such items
    case
        when whole.week_cost > 0
            then whole.squared_cost / (whole.week_cost * whole.week_cost)
    end as source_hhi, -- HHI of the cost of what a week takes, by source; 0-1
    whole.largest_supplier_id as largest_supplier_id, -- source with most of it
    case
        when whole.week_cost > 0 then whole.largest_week_cost / whole.week_cost
    end as largest_share_rate -- its share
from hanging
cross join whole
cross join buying
