-- How long goods travel to customers: the median of deliveries whose day is known, 20 of them at
-- least; else the assumption customer_transit_days.
-- grain: one row
-- store: table
with

delivered as (
    select
        count(*) as known_shipments,
        median(date_diff('day', shipments.shipped_date, shipments.delivered_date))
            as median_days,
    from contract.shipments as shipments
    inner join core.as_of as as_of on shipments.delivered_date <= as_of.as_of
    where shipments.delivered_date >= shipments.shipped_date
)

select
    delivered.known_shipments as known_shipments, -- shipments whose day of delivery is known
    cast(
        case
            when delivered.known_shipments >= 20 then ceil(delivered.median_days)
            else levers.customer_transit_days
        end as integer
    ) as transit_days -- days from shipment to the customer
from delivered
cross join core.levers as levers
