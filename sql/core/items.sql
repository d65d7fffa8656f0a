-- One row per item: those of the master data and those only other tables name.
-- Usual supplier: the master data's, else the first-ranked one of supplier_items, else that of
-- the newest purchase order; own production for items that are made.
-- Base unit: the master data's, else the only unit without a conversion that sales order lines
-- name, else that of purchase order lines.
-- Unit cost: the master data's, else the newest balance's, else the first-ranked supplier's price.
-- grain: item_id
-- store: table
with

mentioned as (
    select item_id from contract.items
    union
    select item_id from contract.sales_order_lines
    union
    select item_id from contract.inventory_balances
    union
    select item_id from contract.purchase_order_lines
    union
    select item_id from contract.production_orders
),

offers_ranked as (
    select
        offers.item_id,
        offers.supplier_id,
        offers.lead_time_days,
        offers.unit_price,
        offers.price_unit,
        offers.currency,
        row_number() over (
            partition by offers.item_id
            order by
                offers.supplier_rank nulls last,
                offers.valid_from desc nulls last,
                offers.supplier_id
        ) as offer_rank,
    from contract.supplier_items as offers
    inner join core.as_of as as_of
        on coalesce(offers.valid_from, as_of.as_of) <= as_of.as_of
        and coalesce(offers.valid_to, as_of.as_of) >= as_of.as_of
),

offers_priced as (
    select
        offers_ranked.item_id,
        offers_ranked.supplier_id,
        offers_ranked.lead_time_days,
        cast(
            cast(offers_ranked.unit_price as double)
            / cast(coalesce(offers_ranked.price_unit, 1) as double)
            * cast(
                case
                    when offers_ranked.currency is null then 1
                    else rates.to_reporting_rate
                end as double
            ) as decimal(19, 6)
        ) as unit_cost,
    from offers_ranked
    left join core.exchange_rates as rates on offers_ranked.currency = rates.currency
    where offers_ranked.offer_rank = 1
),

purchases_ranked as (
    select
        purchases.item_id,
        purchases.supplier_id,
        row_number() over (
            partition by purchases.item_id
            order by purchases.order_date desc, purchases.po_id desc, purchases.line_id desc
        ) as newness_rank,
    from contract.purchase_order_lines as purchases
    inner join core.as_of as as_of on purchases.order_date <= as_of.as_of
),

last_purchases as (
    select item_id, supplier_id from purchases_ranked where newness_rank = 1
),

units_named as (
    select
        lines.item_id,
        case when min(lower(lines.uom)) = max(lower(lines.uom)) then min(lines.uom) end
            as sold_uom,
        cast(null as varchar) as bought_uom,
    from contract.sales_order_lines as lines
    where
        lines.uom is not null
        and lines.item_id not in (select item_id from contract.items where base_uom is not null)
        and (lines.item_id, lower(lines.uom)) not in (select item_id, uom from core.uom_factors)
    group by lines.item_id
    union all
    select
        lines.item_id,
        cast(null as varchar) as sold_uom,
        case when min(lower(lines.uom)) = max(lower(lines.uom)) then min(lines.uom) end
            as bought_uom,
    from contract.purchase_order_lines as lines
    where
        lines.uom is not null
        and lines.item_id not in (select item_id from contract.items where base_uom is not null)
        and (lines.item_id, lower(lines.uom)) not in (select item_id, uom from core.uom_factors)
    group by lines.item_id
),

base_units as (
    select
        item_id,
        max(sold_uom) as sold_uom,
        max(bought_uom) as bought_uom,
    from units_named
    group by item_id
),

made as (
    select distinct item_id from contract.production_orders
),

balances_ranked as (
    select
        balances.item_id,
        balances.unit_cost,
        balances.currency,
        row_number() over (
            partition by balances.item_id
            order by
                balances.as_of desc,
                balances.on_hand_qty desc,
                balances.location_id nulls last,
                balances.lot_id nulls last
        ) as newness_rank,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
    where balances.unit_cost is not null
),

balance_costs as (
    select
        balances_ranked.item_id,
        cast(
            cast(balances_ranked.unit_cost as double)
            * cast(
                case
                    when balances_ranked.currency is null then 1
                    else rates.to_reporting_rate
                end as double
            ) as decimal(19, 6)
        ) as unit_cost,
    from balances_ranked
    left join core.exchange_rates as rates on balances_ranked.currency = rates.currency
    where balances_ranked.newness_rank = 1
)

select
    mentioned.item_id as item_id, -- item
    coalesce(items.item_name, mentioned.item_id)
        as item_name, -- name shown to people; the id where none is known
    items.category as category, -- product group
    coalesce(items.base_uom, base_units.sold_uom, base_units.bought_uom)
        as base_uom, -- unit of measure of the quantities; empty when none or several are named
    items.replenishment as replenishment, -- bought or made
    items.stocking_policy as stocking_policy, -- how demand is meant to be met
    case
        when items.replenishment = 'make' then '(own production)'
        else coalesce(
            items.default_supplier_id,
            offers_priced.supplier_id,
            last_purchases.supplier_id,
            case when made.item_id is not null then '(own production)' end
        )
    end as supplier_id, -- usual supplier; (own production) for items that are made
    coalesce(offers_priced.lead_time_days, items.lead_time_days)
        as lead_time_days, -- days from order to receipt, as quoted or planned
    items.review_days as review_days, -- days between two looks of the planner; empty when unknown
    coalesce(items.unit_cost, balance_costs.unit_cost, offers_priced.unit_cost)
        as unit_cost, -- cost of one unit, reporting currency; empty when unknown
    items.max_planned_backorder_qty
        as max_planned_backorder_qty, -- backorder accepted on purpose
    items.item_id is not null as is_in_master -- false when only other tables name it
from mentioned
left join contract.items as items on mentioned.item_id = items.item_id
left join offers_priced on mentioned.item_id = offers_priced.item_id
left join last_purchases on mentioned.item_id = last_purchases.item_id
left join base_units on mentioned.item_id = base_units.item_id
left join made on mentioned.item_id = made.item_id
left join balance_costs on mentioned.item_id = balance_costs.item_id
