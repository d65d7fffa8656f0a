-- Stock went from one balance to the next by another quantity than the records of shipments,
-- receipts and adjustments between them say: some movement is missing, or counted twice.
-- Balances of the last ledger_days. Only where records of shipments and receipts cover those days,
-- and every movement of the item names a location or the item has only one.
-- grain: item_id, location_id, balance_date
-- store: table
with

counted as (
    select
        balances.item_id,
        coalesce(balances.location_id, '') as location_id,
        balances.as_of as balance_date,
        sum(balances.on_hand_qty) as on_hand_qty,
    from contract.inventory_balances as balances
    inner join core.as_of as as_of on balances.as_of <= as_of.as_of
    group by balances.item_id, coalesce(balances.location_id, ''), balances.as_of
),

spans as (
    select
        item_id,
        location_id,
        lag(balance_date) over by_date as previous_date,
        balance_date,
        lag(on_hand_qty) over by_date as previous_qty,
        on_hand_qty,
    from counted
    window by_date as (partition by item_id, location_id order by balance_date)
),

places as (
    select
        item_id,
        case when count(distinct location_id) = 1 then max(location_id) end as only_location_id,
    from counted
    group by item_id
),

moved as (
    select
        movements.item_id,
        coalesce(movements.location_id, places.only_location_id) as location_id,
        movements.moved_date,
        movements.moved_qty,
    from core.movements as movements
    inner join places on movements.item_id = places.item_id
),

unlocated as (
    select distinct item_id from moved where location_id is null
),

moved_by_span as (
    select
        spans.item_id,
        spans.location_id,
        spans.balance_date,
        sum(moved.moved_qty) as moved_qty,
    from moved
    inner join spans
        on moved.item_id = spans.item_id
        and moved.location_id = spans.location_id
        and moved.moved_date > spans.previous_date
        and moved.moved_date <= spans.balance_date
    group by spans.item_id, spans.location_id, spans.balance_date
),

days_covered as (
    select
        max(first_date) as first_date,
        min(last_date) as last_date,
    from core.movement_cover
    where kind in ('shipment', 'receipt')
    having count(*) = 2
)

select
    spans.item_id as item_id, -- item
    nullif(spans.location_id, '') as location_id, -- location
    spans.previous_date as previous_date, -- day of the balance before
    spans.balance_date as balance_date, -- day of the balance
    cast(spans.previous_qty as decimal(18, 4)) as previous_qty, -- on hand by the one before
    cast(coalesce(moved_by_span.moved_qty, 0) as decimal(18, 4))
        as moved_qty, -- moved between them, as the records say
    cast(spans.on_hand_qty as decimal(18, 4)) as on_hand_qty, -- on hand by the balance
    cast(
        spans.on_hand_qty - spans.previous_qty - coalesce(moved_by_span.moved_qty, 0)
        as decimal(18, 4)
    ) as gap_qty -- what no record explains
from spans
inner join days_covered
    on spans.previous_date >= days_covered.first_date
    and spans.balance_date <= days_covered.last_date
cross join core.as_of as as_of
cross join core.levers as levers
left join moved_by_span
    on spans.item_id = moved_by_span.item_id
    and spans.location_id = moved_by_span.location_id
    and spans.balance_date = moved_by_span.balance_date
where
    spans.balance_date > as_of.as_of - levers.ledger_days
    and spans.on_hand_qty <> spans.previous_qty + coalesce(moved_by_span.moved_qty, 0)
    and spans.item_id not in (select item_id from unlocated)
