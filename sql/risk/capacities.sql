-- One row per item that is sold, or goes into one that is: what a week takes of it, and what its
-- sources can give in a week.
-- Capacity: as stated for own production of the item, or by the offers in force of all suppliers;
-- else the best month on record, received or made. Own production is by item: that items share
-- machines is not known. Kind: own production; component, bought and part of something made; else
-- supplier.
-- grain: item_id
-- store: table
with

needs as (
    select
        item_id,
        sum(week_qty) as week_qty,
        sum(sold_week_value) as sold_week_value,
        bool_or(sold_item_id <> item_id) as is_component,
    from risk.demand_paths
    group by item_id
),

supplier_offers as (
    select
        offers.item_id,
        offers.supplier_id,
        max(offers.capacity_per_week_qty) as capacity_qty,
    from contract.supplier_items as offers
    inner join core.as_of as as_of
        on coalesce(offers.valid_from, as_of.as_of) <= as_of.as_of
        and coalesce(offers.valid_to, as_of.as_of) >= as_of.as_of
    group by offers.item_id, offers.supplier_id
),

offers as (
    select item_id, sum(capacity_qty) as capacity_qty
    from supplier_offers
    group by item_id
),

stated as (
    select
        needs.item_id,
        case
            when items.supplier_id = '(own production)'
                then cast(masters.capacity_per_week_qty as double)
            else cast(offers.capacity_qty as double)
        end as week_qty,
    from needs
    inner join core.items as items on needs.item_id = items.item_id
    left join contract.items as masters on needs.item_id = masters.item_id
    left join offers on needs.item_id = offers.item_id
),

months as (
    select
        receipts.item_id,
        date_trunc('month', receipts.received_date) as month_start,
        sum(cast(receipts.accepted_qty as double)) as received_qty,
        count(*) as receipts,
    from core.receipts as receipts
    inner join core.as_of as as_of on receipts.received_date <= as_of.as_of
    group by all
),

best as (
    select
        item_id,
        max(received_qty * 7 / date_diff('day', month_start, month_start + interval 1 month))
            as week_qty,
        sum(received_qty) / sum(receipts) as receipt_qty,
    from months
    group by item_id
),

backlogs as (
    select item_id, sum(short_qty) as short_qty
    from core.allocations
    group by item_id
),

sources as (
    select item_id, max(sources) as sources
    from suppliers.sources
    group by item_id
)

select
    needs.item_id as item_id, -- item
    items.item_name as item_name, -- name of the item
    items.supplier_id as supplier_id, -- usual supplier; (own production) for items that are made
    suppliers.supplier_name as supplier_name, -- name of the usual supplier
    case
        when items.supplier_id = '(own production)' then 'own production'
        when needs.is_component then 'component'
        else 'supplier'
    end as load_kind, -- own production, component or supplier
    needs.week_qty as week_qty, -- units that the orders of a week take
    needs.sold_week_value as sold_week_value, -- value sold a week that takes it
    coalesce(stated.week_qty, best.week_qty)
        as capacity_week_qty, -- units its sources can give in a week; empty when nothing tells
    case
        when stated.week_qty is not null then 'stated'
        when best.week_qty is not null then 'best month'
    end as capacity_basis, -- stated, or best month on record; empty when nothing tells
    best.receipt_qty as receipt_qty, -- mean units of a receipt
    coalesce(items.lead_time_days, levers.usual_lead_time_days)
        as lead_time_days, -- days from order to receipt, as quoted or planned
    cast(coalesce(backlogs.short_qty, 0) as double) as short_qty, -- backlog stock does not cover
    coalesce(sources.sources, 0) as sources -- suppliers it is known to come from
from needs
inner join core.items as items on needs.item_id = items.item_id
cross join core.levers as levers
left join core.suppliers as suppliers on items.supplier_id = suppliers.supplier_id
left join stated on needs.item_id = stated.item_id
left join best on needs.item_id = best.item_id
left join backlogs on needs.item_id = backlogs.item_id
left join sources on needs.item_id = sources.item_id
