-- One row per purchase order line placed by the as-of date, in base units and reporting currency.
-- grain: supply_id
select
    'PO ' || purchases.po_id || ' / ' || purchases.line_id
        as supply_id, -- name of the line among all supplies
    purchases.po_id as po_id, -- purchase order
    purchases.line_id as line_id, -- line within the purchase order
    purchases.supplier_id as supplier_id, -- supplier ordered from
    purchases.item_id as item_id, -- item ordered
    purchases.location_id as location_id, -- location the goods come to
    purchases.order_date as order_date, -- day the purchase order was placed
    coalesce(purchases.first_promised_date, purchases.promised_date)
        as first_promised_date, -- first day the supplier promised
    coalesce(
        purchases.promised_date,
        purchases.first_promised_date,
        purchases.requested_date,
        purchases.order_date + items.lead_time_days
    ) as promised_date, -- day promised now, else asked for, else order date + lead time
    case
        when units.item_id is null then purchases.ordered_qty
        else cast(
            purchases.ordered_qty * cast(units.to_base_factor as decimal(19, 8))
            as decimal(18, 4)
        )
    end as ordered_qty, -- quantity ordered
    case
        when units.item_id is null then purchases.received_qty
        else cast(
            purchases.received_qty * cast(units.to_base_factor as decimal(19, 8))
            as decimal(18, 4)
        )
    end as received_qty, -- quantity received, as the export says; empty when it does not
    case
        when units.item_id is null then coalesce(purchases.cancelled_qty, 0)
        else cast(
            coalesce(purchases.cancelled_qty, 0)
            * cast(units.to_base_factor as decimal(19, 8)) as decimal(18, 4)
        )
    end as cancelled_qty, -- quantity cancelled
    cast(units.to_base_factor as decimal(19, 8))
        as uom_factor, -- base units in one unit of the line; empty for the base unit
    cast(
        cast(purchases.unit_price as double)
        / cast(coalesce(purchases.price_unit, 1) as double)
        / cast(coalesce(units.to_base_factor, 1) as double)
        * case
            when purchases.currency is null then 1
            else cast(rates.to_reporting_rate as double)
        end as decimal(19, 6)
    ) as unit_cost, -- price of one unit, reporting currency; empty when unknown
    purchases.status as status, -- state of the line in the source
    purchases.sales_order_id as sales_order_id -- sales order it was bought for
from contract.purchase_order_lines as purchases
inner join core.as_of as as_of on purchases.order_date <= as_of.as_of
left join core.items as items on purchases.item_id = items.item_id
left join core.exchange_rates as rates on purchases.currency = rates.currency
left join contract.uom_conversions as units
    on purchases.item_id = units.item_id
    and purchases.uom = units.from_uom
    and lower(purchases.uom) is distinct from lower(items.base_uom)
