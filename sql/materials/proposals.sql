-- One row per item to order or to make: how much, from whom, by when, and what it frees.
-- Wanted is what is neither in stock nor on order for accepted orders and for what they are made of.
-- Where the position is at or below the reorder point, or something is wanted, stock is filled up to
-- its target as well: target - (on hand + on order - backlog - parts), and no less than is wanted.
-- Ordered: that, in whole lots - multiples of one where none is known - and no less than the smallest
-- order. Components of what only fills up stock are not asked for.
-- What an order frees is what waits for it; several components may be needed for the same, so that
-- rows of them overlap and are not to be added up.
-- grain: item_id
-- store: table
with

wanted as (
    select
        netted.item_id,
        sum(netted.missing_qty) as wanted_qty,
        sum(case when netted.is_demand then netted.missing_qty else 0 end) as sold_qty,
        min(netted.needed_date) as needed_date,
        sum(
            cast(cast(demands.demand_value as double) * netted.blocked_share as decimal(18, 2))
        ) as freed_value,
        sum(
            cast(cast(demands.demand_margin as double) * netted.blocked_share as decimal(18, 2))
        ) as freed_margin,
        sum(
            cast(cast(demands.demand_qty as double) * netted.blocked_share as decimal(18, 4))
        ) as freed_qty,
        sum(demands.lines) as freed_lines,
        sum(demands.price_missing_lines) as price_missing_lines,
    from materials.netted as netted
    inner join materials.demands as demands
        on netted.reckoning = demands.reckoning
        and netted.demand_id = demands.demand_id
    where
        netted.reckoning = 'plan'
        and netted.missing_qty > 0
        and not (netted.is_demand and netted.demand_kind = 'production_order')
    group by netted.item_id
),

raised as (
    select
        sources.item_id,
        sources.item_name,
        sources.replenishment,
        sources.supplier_id,
        sources.offers,
        sources.lead_time_days,
        sources.is_lead_time_assumed,
        sources.min_order_qty,
        coalesce(sources.order_multiple, 1) as lot_qty,
        sources.unit_price,
        coalesce(wanted.wanted_qty, 0) as wanted_qty,
        coalesce(wanted.sold_qty, 0) as sold_qty,
        wanted.needed_date,
        coalesce(wanted.freed_qty, 0) as freed_qty,
        wanted.freed_value,
        wanted.freed_margin,
        coalesce(wanted.freed_lines, 0) as freed_lines,
        coalesce(wanted.price_missing_lines, 0) as price_missing_lines,
        positions.position_qty,
        positions.target_qty,
        greatest(
            coalesce(wanted.wanted_qty, 0),
            case
                when positions.is_to_reorder or wanted.wanted_qty > 0
                    then positions.target_qty - positions.position_qty
            end
        ) as asked_qty,
    from materials.sources as sources
    left join wanted on sources.item_id = wanted.item_id
    left join materials.positions as positions on sources.item_id = positions.item_id
),

-- In ten-thousandths, as whole numbers: what is a multiple of a lot is one exactly.
counted as (
    select
        raised.item_id,
        cast(cast(raised.asked_qty as decimal(30, 4)) * 10000 as hugeint) as asked_parts,
        cast(
            cast(coalesce(raised.min_order_qty, 0) as decimal(30, 4)) * 10000 as hugeint
        ) as least_parts,
        greatest(cast(cast(raised.lot_qty as decimal(30, 4)) * 10000 as hugeint), 1)
            as lot_parts,
        levers.lot_rounding = 'up' as is_rounded_up,
    from raised
    cross join core.levers as levers
    where raised.asked_qty > 0
),

lots as (
    select
        item_id,
        greatest(
            case
                when is_rounded_up then (asked_parts + lot_parts - 1) // lot_parts
                else asked_parts // lot_parts
            end,
            (least_parts + lot_parts - 1) // lot_parts
        ) * lot_parts as ordered_parts,
    from counted
)

select
    raised.item_id as item_id, -- item
    raised.item_name as item_name, -- name of the item
    raised.replenishment as replenishment, -- make or buy
    raised.supplier_id
        as supplier_id, -- who to order from; (own production); empty when none is known
    suppliers.supplier_name as supplier_name, -- name of the supplier
    raised.offers as offers, -- valid offers there were to choose from
    cast(raised.wanted_qty as decimal(18, 4))
        as wanted_qty, -- neither in stock nor on order, for orders and what they are made of
    cast(raised.sold_qty as decimal(18, 4)) as sold_qty, -- part of it order lines ask for
    cast(raised.asked_qty - raised.wanted_qty as decimal(18, 4))
        as stock_qty, -- what fills up stock to its target beyond that
    raised.min_order_qty as min_order_qty, -- smallest order; empty when unknown
    raised.lot_qty as lot_qty, -- lot: orders are a multiple of it
    cast(cast(lots.ordered_parts as decimal(30, 0)) * 0.0001 as decimal(18, 4))
        as proposed_qty, -- quantity to order or to make
    raised.unit_price
        as unit_price, -- price, else cost, of one unit, reporting currency; empty when unknown
    cast(
        cast(lots.ordered_parts as double) / 10000 * cast(raised.unit_price as double)
        as decimal(18, 2)
    ) as proposed_value, -- what it costs; empty when the price is unknown
    raised.needed_date as needed_date, -- day the wanted part is first needed
    raised.lead_time_days as lead_time_days, -- days from order to receipt
    raised.is_lead_time_assumed
        as is_lead_time_assumed, -- nothing tells the lead time: the assumption stands in
    raised.needed_date - raised.lead_time_days
        as latest_order_date, -- day to order by, to have it when needed; empty if only for stock
    as_of.as_of + raised.lead_time_days as receipt_date, -- day it comes if ordered today
    cast(
        case
            when raised.needed_date is not null
                then greatest(
                    date_diff('day', raised.needed_date, as_of.as_of + raised.lead_time_days), 0
                )
        end as integer
    ) as late_days, -- days it comes too late if ordered today; empty if only for stock
    cast(raised.freed_qty as decimal(18, 4)) as freed_qty, -- units sold that wait for it
    cast(raised.freed_value as decimal(18, 2))
        as freed_value, -- value of the order lines that wait for it; unpriced ones left out
    cast(raised.freed_margin as decimal(18, 2))
        as freed_margin, -- that value less cost; lines without a price or a cost left out
    raised.freed_lines as freed_lines, -- order lines that wait for it, in part or whole
    raised.price_missing_lines
        as price_missing_lines, -- lines of unknown price among them, left out of values
    able.able_to_make_qty
        as able_to_make_qty, -- part of what waits that can be made now; empty unless made
    raised.position_qty as position_qty, -- usable + on order - backlog - parts
    raised.target_qty as target_qty -- stock to order up to; empty when unknown
from raised
inner join lots on raised.item_id = lots.item_id
cross join core.as_of as as_of
left join core.suppliers as suppliers on raised.supplier_id = suppliers.supplier_id
left join materials.able_to_make as able on raised.item_id = able.item_id
where lots.ordered_parts > 0
