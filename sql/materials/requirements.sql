-- One row per item and day it is needed, beyond what the backlog is served with already: what order
-- lines and the making of other items ask for, what free stock and open orders give, and what is
-- still to be ordered or made.
-- needed = met + missing; met = from stock + on time + late + undated
-- grain: item_id, needed_date
with

needs as (
    select
        item_id,
        needed_date,
        sum(case when is_demand then needed_qty else 0 end) as sold_qty,
        sum(case when is_demand then 0 else needed_qty end) as part_qty,
        sum(needed_qty) as needed_qty,
        sum(met_qty) as met_qty,
        sum(missing_qty) as missing_qty,
        count(*) as demands,
    from materials.netted
    where reckoning = 'plan' and not (is_demand and demand_kind = 'production_order')
    group by item_id, needed_date
),

met as (
    select
        item_id,
        needed_date,
        sum(case when supply_kind = 'on_hand' then pegged_qty else 0 end) as stock_qty,
        sum(
            case when supply_kind <> 'on_hand' and late_days = 0 then pegged_qty else 0 end
        ) as on_time_qty,
        sum(
            case when supply_kind <> 'on_hand' and late_days > 0 then pegged_qty else 0 end
        ) as late_qty,
        sum(case when late_days is null then pegged_qty else 0 end) as undated_qty,
    from materials.pegs
    group by item_id, needed_date
)

select
    needs.item_id as item_id, -- item needed
    items.item_name as item_name, -- name of the item
    needs.needed_date as needed_date, -- day it is needed; today when that has passed
    cast(needs.sold_qty as decimal(18, 4))
        as sold_qty, -- part order lines ask for, that stock and open orders do not fill
    cast(needs.part_qty as decimal(18, 4)) as part_qty, -- part the making of other items asks for
    cast(needs.needed_qty as decimal(18, 4)) as needed_qty, -- both
    cast(coalesce(met.stock_qty, 0) as decimal(18, 4)) as stock_qty, -- met from free stock
    cast(coalesce(met.on_time_qty, 0) as decimal(18, 4))
        as on_time_qty, -- met by open orders that come in time
    cast(coalesce(met.late_qty, 0) as decimal(18, 4))
        as late_qty, -- met by open orders that come too late
    cast(coalesce(met.undated_qty, 0) as decimal(18, 4))
        as undated_qty, -- met by open orders of unknown day
    cast(needs.missing_qty as decimal(18, 4))
        as missing_qty, -- to be ordered or made: neither in stock nor on order
    needs.demands as demands -- demands that ask for it
from needs
left join met
    on needs.item_id = met.item_id
    and needs.needed_date = met.needed_date
left join core.items as items on needs.item_id = items.item_id
