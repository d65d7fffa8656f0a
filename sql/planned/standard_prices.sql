-- One row per customised order line of the last planned_days whose item has a price without that.
-- grain: order_id, line_id
-- store: table
select
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    cast(known.standard_unit_price as double)
    / coalesce(cast(units.uom_factor as double), 1)
    * case
        when known.currency is null then 1
        else cast(rates.to_reporting_rate as double)
    end as standard_price, -- price of the uncustomised item; empty without an exchange rate
    cast(
        (lines.shipped_qty + lines.open_qty)
        * (
            cast(lines.unit_price as double)
            - cast(known.standard_unit_price as double)
            / coalesce(cast(units.uom_factor as double), 1)
            * case
                when known.currency is null then 1
                else cast(rates.to_reporting_rate as double)
            end
        ) as decimal(18, 2)
    ) as premium_value -- earned above it with what is shipped or open; empty when unknown
from core.order_lines as lines
cross join core.as_of as as_of
cross join core.levers as levers
inner join core.known_sales_lines as known
    on lines.order_id = known.order_id
    and lines.line_id = known.line_id
left join core.exchange_rates as rates on known.currency = rates.currency
left join core.line_units as units
    on known.order_id = units.order_id
    and known.line_id = units.line_id
where
    lines.order_date > as_of.as_of - levers.planned_days
    and known.is_customised
    and known.standard_unit_price is not null
