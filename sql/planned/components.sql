-- The ledger part by part: what waiting earns and saves is positive, what it costs is negative.
-- grain: is_planned, component
select
    totals.is_planned as is_planned, -- waits on purpose
    parts.component_rank as component_rank, -- order in which the parts are shown
    parts.component as component, -- part of the ledger
    cast(
        case parts.component
            when 'Premium for custom work' then totals.premium_value
            when 'Waste avoided' then totals.waste_value
            when 'Storage avoided' then totals.storage_value
            when 'Capital of stock avoided' then totals.capital_value
            when 'Other holding avoided' then totals.holding_value
            when 'Cash float' then totals.float_value
            when 'Orders not placed' then -totals.lost_order_value
            when 'Cancellations' then -totals.cancelled_value
            when 'Customers lost' then -totals.customer_loss_value
            when 'Expediting' then -totals.expedite_value
        end as decimal(38, 2)
    ) as component_value -- money of the part; empty when unknown
from planned.totals as totals
cross join (
    values
    (1, 'Premium for custom work'),
    (2, 'Waste avoided'),
    (3, 'Storage avoided'),
    (4, 'Capital of stock avoided'),
    (5, 'Other holding avoided'),
    (6, 'Cash float'),
    (7, 'Orders not placed'),
    (8, 'Cancellations'),
    (9, 'Customers lost'),
    (10, 'Expediting')
) as parts (component_rank, component)
