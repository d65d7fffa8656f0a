-- One row per pool and day on which lines of it were short: the days looked back, and the balance
-- of the plan between them.
-- The anchor is the day after which nothing decided could have changed the day asked about: it lies
-- lead time and review period before. Dates before the pool's first record count as its first.
-- grain: pool_id, on_date
-- store: table
with

points as (
    select
        short_lines.pool_id,
        short_lines.on_date,
        min(short_lines.item_id) as item_id,
        min(case when short_lines.pool_id like 'order %' then short_lines.order_date end)
            as dedicated_since,
    from core.short_lines as short_lines
    group by short_lines.pool_id, short_lines.on_date
),

anchored as (
    select
        points.pool_id,
        points.on_date,
        points.item_id,
        coalesce(
            points.dedicated_since - 1,
            points.on_date
            - coalesce(items.lead_time_days, levers.usual_lead_time_days)
            - coalesce(items.review_days, levers.usual_review_days)
        ) as anchor_date,
        items.stocking_policy,
        coalesce(items.max_planned_backorder_qty, 0) as max_planned_backorder_qty,
    from points
    cross join core.levers as levers
    left join core.items as items on points.item_id = items.item_id
),

first_days as (
    select pool_id, min(day) as first_day from core.ledger group by pool_id
),

then_known as (
    select
        anchored.pool_id,
        anchored.on_date,
        anchored.item_id,
        greatest(anchored.anchor_date, first_days.first_day) as anchor_date,
        anchored.anchor_date < first_days.first_day as is_before_records,
        anchored.stocking_policy,
        anchored.max_planned_backorder_qty,
    from anchored
    inner join first_days on anchored.pool_id = first_days.pool_id
)

select
    points.pool_id as pool_id, -- lines and supply that may meet
    points.on_date as on_date, -- day the lines were short
    points.item_id as item_id, -- item
    points.anchor_date as anchor_date, -- day of the plan: lead time and review period before
    points.is_before_records as is_before_records, -- the plan's day lies before all records
    points.stocking_policy as stocking_policy, -- how demand is meant to be met
    points.max_planned_backorder_qty
        as max_planned_backorder_qty, -- backorder of the item accepted on purpose
    then_ledger.is_stock_known as is_stock_known, -- a balance tells the stock
    start_ledger.net_inventory_qty as net_inventory_start_qty, -- net inventory on the anchor day
    then_ledger.net_inventory_qty as net_inventory_qty, -- net inventory on the day
    then_ledger.ordered_to_date_qty - start_ledger.ordered_to_date_qty
        as ordered_qty, -- ordered in between, planned lines left out
    then_ledger.planned_to_date_qty - start_ledger.planned_to_date_qty
        as planned_ordered_qty, -- ordered in between by lines made to order or sold ahead
    then_ledger.received_to_date_qty - start_ledger.received_to_date_qty
        as received_qty, -- good quantity received in between
    then_ledger.corrected_to_date_qty - start_ledger.corrected_to_date_qty
        as corrected_qty, -- corrections of the stock record in between, signed
    then_ledger.used_to_date_qty - start_ledger.used_to_date_qty
        as used_qty, -- used, moved or sent back in between, signed
    then_ledger.untied_to_date_qty - start_ledger.untied_to_date_qty
        as untied_qty -- what balances in between have and movements do not explain, signed
from then_known as points
asof inner join core.ledger as then_ledger
    on points.pool_id = then_ledger.pool_id
    and points.on_date >= then_ledger.day
asof inner join core.ledger as start_ledger
    on points.pool_id = start_ledger.pool_id
    and points.anchor_date >= start_ledger.day
