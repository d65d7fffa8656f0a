-- The causes of a shortage, in the order they are shown. Unplanned ones first, those on purpose and
-- those nobody can tell last.
-- grain: cause
select
    cast(cause as varchar) as cause, -- cause
    cast(cause_rank as integer) as cause_rank, -- order it is shown in
    cast(cause_name as varchar) as cause_name, -- name shown to people
    cast(cause_group as varchar)
        as cause_group, -- where it lies: demand, supply, own operation, planned, or unknown
    cause = 'planned' as is_planned, -- waiting on purpose
    cast(meaning as varchar) as meaning -- what happened, in a sentence
from (
    values
    (
        'demand_spike',
        1,
        'demand',
        'Unexpected sales spike',
        'Customers ordered far more than usual on some days.'
    ),
    (
        'forecasting',
        2,
        'demand',
        'Poor forecasting',
        'The forecast was too low for weeks, or missed an event that came last'
        || ' year too.'
    ),
    (
        'normal_variability',
        3,
        'demand',
        'Normal variability',
        'Demand was above forecast within what chance explains: what safety'
        || ' stock is for.'
    ),
    (
        'supplier',
        4,
        'supply',
        'Supplier late',
        'The supplier shipped later than planned, or has not shipped.'
    ),
    (
        'transport',
        5,
        'supply',
        'Transport or logistics',
        'Goods were longer under way than planned.'
    ),
    (
        'supplier_or_transport',
        6,
        'supply',
        'Supplier or transport',
        'Supply came late; without days of shipment it is not known which.'
    ),
    (
        'receipt_quality',
        7,
        'supply',
        'Short-shipped or rejected',
        'What arrived was less than ordered, or was not accepted.'
    ),
    (
        'own_production',
        8,
        'operation',
        'Own production behind schedule',
        'A production order finished later than planned, with its material there.'
    ),
    (
        'stock_record',
        9,
        'operation',
        'Stock record wrong',
        'Counts and breakage took away stock that plans had relied on.'
    ),
    (
        'planning_gap',
        10,
        'operation',
        'Planning gap',
        'The plan itself ran short: not ordered, too little, or too late.'
    ),
    (
        'allocation_or_hold',
        11,
        'operation',
        'Allocation or hold',
        'Stock was there and did not go to these lines: blocked, reserved or'
        || ' on hold.'
    ),
    (
        'planned',
        12,
        'planned',
        'Planned',
        'Made to order, sold ahead, or within the backorder accepted on purpose.'
    ),
    ('unknown', 13, 'unknown', 'Unknown', 'The records that would tell are missing.')
) as kinds (cause, cause_rank, cause_group, cause_name, meaning)
