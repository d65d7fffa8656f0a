-- One row per pool and day to be explained: the days looked back, and the balance of the plan
-- between them.
-- The anchor is the day after which nothing decided could have changed the day asked about: it lies
-- lead time and review period before. Days to be explained are those on which lines were short;
-- the anchor of such a day, and up to two more before it, as long as the pool was short then too,
-- for a plan that starts short is short for earlier reasons; and for a component, the last day on
-- which a production order waited for it.
-- grain: pool_id, on_date
-- store: table
with

spans as (
    select
        short_pools.pool_id,
        short_pools.item_id,
        short_pools.pool_id like 'order %' as is_dedicated,
        items.stocking_policy,
        coalesce(items.max_planned_backorder_qty, 0) as max_planned_backorder_qty,
        greatest(
            coalesce(items.lead_time_days, levers.usual_lead_time_days)
            + coalesce(items.review_days, levers.usual_review_days),
            1
        ) as span_days,
    from core.short_pools as short_pools
    cross join core.levers as levers
    left join core.items as items on short_pools.item_id = items.item_id
),

short_days as (
    select
        days.pool_id,
        days.on_date,
        case when spans.is_dedicated then days.first_order_date end as dedicated_since,
    from core.short_days as days
    inner join spans on days.pool_id = spans.pool_id
),

before as (
    select distinct
        short_days.pool_id,
        short_days.on_date - steps.step * spans.span_days as on_date,
        short_days.on_date as since_date,
        steps.step,
    from short_days
    inner join spans on short_days.pool_id = spans.pool_id
    cross join (values (1), (2), (3)) as steps (step)
    where not spans.is_dedicated
),

before_short as (
    select
        before.pool_id,
        before.on_date,
        before.since_date,
        before.step,
        count(*) over (
            partition by before.pool_id, before.since_date
            order by before.step
            rows between unbounded preceding and current row
        ) as steps_short,
    from before
    asof inner join core.ledger as ledger
        on before.pool_id = ledger.pool_id
        and before.on_date >= ledger.day
    where ledger.net_inventory_qty < 0 or before.step = 1
),

wanted as (
    select pool_id, on_date, dedicated_since, true as is_short, false as is_component
    from short_days
    union all
    select pool_id, on_date, null as dedicated_since, false as is_short, false as is_component,
    from before_short
    where step = steps_short
    union all
    select
        pool_id,
        last_waited_date as on_date,
        null as dedicated_since,
        false as is_short,
        true as is_component,
    from core.material_waits
),

points as (
    select
        pool_id,
        on_date,
        min(dedicated_since) as dedicated_since,
        bool_or(is_short) as is_short,
        bool_and(is_component) as is_component,
    from wanted
    group by pool_id, on_date
),

first_days as (
    select pool_id, min(day) as first_day from core.ledger group by pool_id
),

anchored as (
    select
        points.pool_id,
        greatest(points.on_date, first_days.first_day) as seen_date,
        points.on_date,
        spans.item_id,
        greatest(
            coalesce(points.dedicated_since - 1, points.on_date - spans.span_days),
            first_days.first_day
        ) as anchor_date,
        points.on_date - spans.span_days < first_days.first_day as is_before_records,
        points.is_short,
        points.is_component,
        spans.stocking_policy,
        spans.max_planned_backorder_qty,
    from points
    inner join spans on points.pool_id = spans.pool_id
    inner join first_days on points.pool_id = first_days.pool_id
)

select
    points.pool_id as pool_id, -- lines and supply that may meet
    points.on_date as on_date, -- day to be explained
    points.item_id as item_id, -- item
    points.anchor_date as anchor_date, -- day of the plan: lead time and review period before
    points.is_short as is_short, -- lines were short that day; else it explains another
    points.is_component as is_component, -- only production waited for it
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
from anchored as points
asof inner join core.ledger as then_ledger
    on points.pool_id = then_ledger.pool_id
    and points.seen_date >= then_ledger.day
asof inner join core.ledger as start_ledger
    on points.pool_id = start_ledger.pool_id
    and points.anchor_date >= start_ledger.day
