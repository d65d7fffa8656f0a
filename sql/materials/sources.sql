-- One row per item that is needed, or kept in stock by a rule: how it is got - bought or made, from
-- whom, how fast, in which lots.
-- Made: the master data say so, or it has a bill of materials. A supplier is chosen of those whose
-- offer is valid and who are not on hold, by supplier_choice; without an offer it is the usual one.
-- Lead time: the offer's, else the master data's, else usual_lead_time_days.
-- grain: item_id
-- store: table
with

wanted as (
    select item_id from materials.netted
    union
    select item_id
    from contract.items
    where reorder_point_qty is not null or safety_stock_qty is not null
),

made as (
    select distinct item_id from materials.bom_lines
),

offers as (
    select
        offers.item_id,
        offers.supplier_id,
        offers.lead_time_days,
        offers.min_order_qty,
        offers.order_multiple,
        cast(
            cast(offers.unit_price as double)
            / cast(coalesce(offers.price_unit, 1) as double)
            * cast(
                case when offers.currency is null then 1 else rates.to_reporting_rate end
                as double
            ) as decimal(19, 6)
        ) as unit_price,
        offers.supplier_rank,
        offers.valid_from,
    from contract.supplier_items as offers
    inner join wanted on offers.item_id = wanted.item_id
    cross join core.as_of as as_of
    left join contract.suppliers as suppliers on offers.supplier_id = suppliers.supplier_id
    left join core.exchange_rates as rates on offers.currency = rates.currency
    where
        coalesce(offers.valid_from, as_of.as_of) <= as_of.as_of
        and coalesce(offers.valid_to, as_of.as_of) >= as_of.as_of
        and not coalesce(suppliers.on_hold, false)
),

offers_ranked as (
    select
        offers.item_id,
        offers.supplier_id,
        offers.lead_time_days,
        offers.min_order_qty,
        offers.order_multiple,
        offers.unit_price,
        row_number() over (
            partition by offers.item_id
            order by
                case levers.supplier_choice
                    when 'fastest' then cast(offers.lead_time_days as double)
                    when 'cheapest' then cast(offers.unit_price as double)
                end nulls last,
                offers.supplier_rank nulls last,
                (offers.supplier_id = items.supplier_id) desc nulls last,
                offers.valid_from desc nulls last,
                offers.supplier_id
        ) as choice_rank,
        count(*) over (partition by offers.item_id) as offers,
    from offers
    cross join core.levers as levers
    left join core.items as items on offers.item_id = items.item_id
),

chosen as (
    select
        item_id,
        supplier_id,
        lead_time_days,
        min_order_qty,
        order_multiple,
        unit_price,
        offers,
    from offers_ranked
    where choice_rank = 1
),

settled as (
    select
        wanted.item_id,
        items.item_name,
        coalesce(items.replenishment = 'make', false) or made.item_id is not null as is_made,
        items.supplier_id as usual_supplier_id,
        items.lead_time_days as usual_lead_time_days,
        items.unit_cost,
        master.lead_time_days as planned_lead_time_days,
        master.min_order_qty,
        master.order_multiple,
        coalesce(suppliers.on_hold, false) as is_usual_on_hold,
        levers.usual_lead_time_days as default_lead_time_days,
    from wanted
    cross join core.levers as levers
    left join core.items as items on wanted.item_id = items.item_id
    left join contract.items as master on wanted.item_id = master.item_id
    left join made on wanted.item_id = made.item_id
    left join contract.suppliers as suppliers
        on items.supplier_id = suppliers.supplier_id
)

select
    settled.item_id as item_id, -- item
    coalesce(settled.item_name, settled.item_id) as item_name, -- name of the item
    case when settled.is_made then 'make' else 'buy' end
        as replenishment, -- make or buy
    case
        when settled.is_made then '(own production)'
        when chosen.supplier_id is not null then chosen.supplier_id
        when not settled.is_usual_on_hold then settled.usual_supplier_id
    end as supplier_id, -- who to order from; empty when none is known that is not on hold
    case when settled.is_made then 0 else coalesce(chosen.offers, 0) end
        as offers, -- valid offers there were to choose from
    case
        when settled.is_made
            then coalesce(settled.planned_lead_time_days, settled.default_lead_time_days)
        else coalesce(
            chosen.lead_time_days,
            settled.usual_lead_time_days,
            settled.default_lead_time_days
        )
    end as lead_time_days, -- days from order to receipt
    case
        when settled.is_made then settled.planned_lead_time_days is null
        else coalesce(chosen.lead_time_days, settled.usual_lead_time_days) is null
    end as is_lead_time_assumed, -- nothing tells the lead time: the assumption stands in
    case
        when settled.is_made then settled.min_order_qty
        else coalesce(chosen.min_order_qty, settled.min_order_qty)
    end as min_order_qty, -- smallest order; empty when unknown
    case
        when settled.is_made then settled.order_multiple
        else coalesce(chosen.order_multiple, settled.order_multiple)
    end as order_multiple, -- orders are a multiple of this; empty when unknown
    case
        when settled.is_made then settled.unit_cost
        else coalesce(chosen.unit_price, settled.unit_cost)
    end as unit_price -- price, else cost, of one unit, reporting currency; empty when unknown
from settled
left join chosen on settled.item_id = chosen.item_id
