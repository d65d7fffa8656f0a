-- One row per purchase order line placed by the as-of date, in base units and reporting currency.
-- A line in a unit of measure without a conversion has no quantities and no cost.
-- grain: supply_id
-- store: table
select
    'PO ' || purchases.po_id || ' / ' || purchases.line_id
        as supply_id, -- name of the line among all supplies
    purchases.po_id as po_id, -- purchase order
    purchases.line_id as line_id, -- line within the purchase order
    purchases.supplier_id as supplier_id, -- supplier ordered from
    purchases.item_id as item_id, -- item ordered
    purchases.location_id as location_id, -- location the goods come to
    purchases.order_date as order_date, -- day the purchase order was placed
    coalesce(
        first_promises.first_promised_date,
        purchases.first_promised_date,
        purchases.promised_date
    ) as first_promised_date, -- first day the supplier promised, in any export
    coalesce(
        purchases.promised_date,
        purchases.first_promised_date,
        purchases.requested_date,
        purchases.order_date + items.lead_time_days
    ) as promised_date, -- day promised now, else asked for, else order date + lead time
    purchases.planned_ship_date as planned_ship_date, -- day the supplier was to ship
    purchases.shipped_date as shipped_date, -- day the supplier shipped
    case
        when units.po_id is null then purchases.ordered_qty
        else cast(purchases.ordered_qty * units.uom_factor as decimal(18, 4))
    end as ordered_qty, -- quantity ordered; empty when its unit is unknown
    case
        when units.po_id is null then purchases.received_qty
        else cast(purchases.received_qty * units.uom_factor as decimal(18, 4))
    end as received_qty, -- quantity received, as the export says; empty when it does not
    case
        when units.po_id is null then purchases.rejected_qty
        else cast(purchases.rejected_qty * units.uom_factor as decimal(18, 4))
    end as rejected_qty, -- part of it that was refused, as the export says; empty when it does not
    case
        when units.po_id is null then coalesce(purchases.cancelled_qty, 0)
        else cast(coalesce(purchases.cancelled_qty, 0) * units.uom_factor as decimal(18, 4))
    end as cancelled_qty, -- quantity cancelled; empty when its unit is unknown
    units.po_id is not null and units.uom_factor is null
        as is_uom_unknown, -- unit of measure without a conversion: no quantities
    cast(
        cast(purchases.unit_price as double)
        / cast(coalesce(purchases.price_unit, 1) as double)
        / case
            when units.po_id is null then 1
            else cast(units.uom_factor as double)
        end
        * case
            when purchases.currency is null then 1
            else cast(rates.to_reporting_rate as double)
        end as decimal(19, 6)
    ) as unit_cost, -- price of one unit, reporting currency; empty when unknown
    purchases.currency as currency, -- ISO 4217 code of the price
    purchases.unit_price is not null
    and purchases.currency is not null
    and rates.currency is null
        as is_rate_missing, -- priced in a currency without an exchange rate
    purchases.payment_terms_id as payment_terms_id, -- payment terms of the purchase order
    purchases.deposit_rate as deposit_rate, -- share of the value paid at order, 0-1
    purchases.status as status, -- state of the line in the source
    purchases.sales_order_id as sales_order_id, -- sales order it was bought for
    purchases.load_id as load_id, -- load it came with
    purchases.is_older
        as is_older, -- its export was made before the day asked for: it tells of nothing later
    purchases.closed_on
        as closed_on -- day from which a full extract of its series has it no more
from core.known_purchase_lines as purchases
inner join core.as_of as as_of on purchases.order_date <= as_of.as_of
left join core.items as items on purchases.item_id = items.item_id
left join core.exchange_rates as rates on purchases.currency = rates.currency
left join core.purchase_units as units
    on purchases.po_id = units.po_id
    and purchases.line_id = units.line_id
left join core.first_promises as first_promises
    on purchases.po_id = first_promises.po_id
    and purchases.line_id = first_promises.line_id
    and purchases.item_id = first_promises.item_id
