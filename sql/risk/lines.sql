-- One row per open order line that stock of today cannot fill, due or not: when it will be filled,
-- how likely it is cancelled before, and what that costs. Lines that ship from stock are not here.
-- P(cancel) = 1 - sum of w x exp(-hazard of the days until then). The days known with 50, 80 and
-- 95 % each stand for the chances nearest to them: w = 0.65, 0.225 and 0.125; an unknown later day
-- is taken as the one before, so that the chance is at least this. What nothing is pegged to counts
-- as ordered today: filled after the item's lead time, flagged as assumed. Never before tomorrow.
-- Hazards are those of risk.cancel_hazards, day by day along the line's wait and lateness.
-- grain: order_id, line_id
-- store: table
with

waiting as (
    select
        lines.order_id,
        lines.line_id,
        lines.customer_id,
        lines.customer_name,
        lines.item_id,
        lines.item_name,
        lines.category,
        lines.supplier_id,
        lines.supplier_name,
        lines.location_id,
        lines.is_planned,
        lines.order_date,
        lines.due_date,
        lines.first_promised_date,
        lines.promised_date,
        lines.need_by_date,
        lines.ageing_bucket,
        lines.backordered_qty > 0 as is_backordered,
        lines.backordered_qty + lines.future_short_qty as short_qty,
        lines.backordered_value + lines.future_short_value as short_value,
        case
            when not lines.is_cost_missing
                then cast(
                    cast(lines.backordered_qty + lines.future_short_qty as double)
                    * cast(lines.unit_price - lines.unit_cost as double)
                    as decimal(18, 2)
                )
        end as short_margin,
        lines.wait_days,
        lines.lateness_days,
        greatest(
            date_diff(
                'day',
                lines.order_date,
                coalesce(lines.first_promised_date, lines.due_date)
            ),
            0
        ) as promise_days,
        promises.fill_p50_date is null as is_fill_assumed,
        coalesce(
            promises.fill_p50_date,
            as_of.as_of
            + greatest(coalesce(items.lead_time_days, levers.usual_lead_time_days), 1)
        ) as fill_p50_date,
        promises.fill_p80_date,
        promises.fill_p95_date,
        as_of.as_of,
    from backlog.measured as lines
    cross join core.as_of as as_of
    cross join core.levers as levers
    inner join backlog.promises as promises
        on lines.order_id = promises.order_id
        and lines.line_id = promises.line_id
    left join core.items as items on lines.item_id = items.item_id
    where lines.backordered_qty + lines.future_short_qty > 0
),

filled as (
    select
        order_id,
        line_id,
        order_date,
        wait_days,
        promise_days,
        wait_days + greatest(date_diff('day', as_of, fill_p50_date), 1) as p50_days,
        wait_days
        + greatest(date_diff('day', as_of, coalesce(fill_p80_date, fill_p50_date)), 1)
            as p80_days,
        wait_days
        + greatest(
            date_diff('day', as_of, coalesce(fill_p95_date, fill_p80_date, fill_p50_date)), 1
        ) as p95_days,
    from waiting
),

-- The part of each cell that a line's days to come fall into.
spans as (
    select
        filled.order_id,
        filled.line_id,
        filled.p50_days,
        filled.p80_days,
        filled.p95_days,
        hazards.hazard_per_week / 7 as hazard_per_day,
        greatest(
            filled.wait_days + 1,
            hazards.wait_from_days,
            hazards.late_from_days + filled.promise_days
        ) as from_days,
        least(hazards.wait_to_days, hazards.late_to_days + filled.promise_days) as to_days,
    from filled
    cross join risk.cancel_hazards as hazards
),

exposed as (
    select
        order_id,
        line_id,
        sum(hazard_per_day * greatest(least(to_days, p50_days) - from_days + 1, 0))
            as p50_hazard,
        sum(hazard_per_day * greatest(least(to_days, p80_days) - from_days + 1, 0))
            as p80_hazard,
        sum(hazard_per_day * greatest(least(to_days, p95_days) - from_days + 1, 0))
            as p95_hazard,
    from spans
    where from_days <= least(to_days, p95_days)
    group by order_id, line_id
),

cancelled as (
    select
        order_id,
        line_id,
        1
        - 0.65 * exp(-p50_hazard)
        - 0.225 * exp(-p80_hazard)
        - 0.125 * exp(-p95_hazard) as cancel_rate,
    from exposed
)

select
    waiting.order_id as order_id, -- order the line belongs to
    waiting.line_id as line_id, -- line within the order
    waiting.customer_id as customer_id, -- customer who ordered
    waiting.customer_name as customer_name, -- name of the customer
    waiting.item_id as item_id, -- item sold
    waiting.item_name as item_name, -- name of the item
    waiting.category as category, -- product group of the item
    waiting.supplier_id as supplier_id, -- usual supplier of the item
    waiting.supplier_name as supplier_name, -- name of the usual supplier
    waiting.location_id as location_id, -- location the line ships from
    waiting.is_planned as is_planned, -- waits on purpose
    waiting.ageing_bucket as ageing_bucket, -- ageing bucket of the days past due
    waiting.order_date as order_date, -- day the order was accepted
    waiting.due_date as due_date, -- day requested, else promised, else ordered
    waiting.promised_date as promised_date, -- day promised now
    waiting.need_by_date as need_by_date, -- day after which the goods are worthless
    waiting.is_backordered as is_backordered, -- a part of it is due by now
    cast(waiting.short_qty as decimal(18, 4))
        as short_qty, -- quantity stock of today cannot fill, due or not
    cast(waiting.short_value as decimal(18, 2)) as short_value, -- value of it
    waiting.short_margin as short_margin, -- value of it less its cost; empty when unknown
    waiting.wait_days as wait_days, -- days since the order
    waiting.lateness_days as lateness_days, -- days past the first promise; negative before it
    waiting.is_fill_assumed
        as is_fill_assumed, -- not all of it is on an order with a day: counted as ordered today
    waiting.fill_p50_date
        as fill_p50_date, -- day all of it is filled: as likely before as after
    waiting.fill_p80_date as fill_p80_date, -- day by which it is with 80 %
    waiting.fill_p95_date as fill_p95_date, -- day by which it is with 95 %
    cast(greatest(date_diff('day', waiting.due_date, waiting.fill_p50_date), 0) as integer)
        as delay_days, -- days from due to filled, as likely less as more
    cast(
        greatest(
            date_diff(
                'day',
                waiting.due_date,
                coalesce(waiting.fill_p95_date, waiting.fill_p80_date, waiting.fill_p50_date)
            ),
            0
        ) as integer
    ) as stressed_delay_days, -- the same by the latest day known, that of 95 % at most
    cancelled.cancel_rate as cancel_rate, -- chance that it is cancelled before it is filled
    cast(cancelled.cancel_rate * cast(waiting.short_value as double) as decimal(18, 2))
        as expected_cancel_value, -- value times that chance
    cast(cancelled.cancel_rate * cast(waiting.short_margin as double) as decimal(18, 2))
        as expected_cancel_margin, -- margin times that chance
    cash.held_value
        as held_value, -- refund exposure: paid for units not delivered; empty when unknown
    cash.is_derived as is_cash_derived, -- derived from terms: no payments are recorded
    cast(cancelled.cancel_rate * cast(cash.held_value as double) as decimal(18, 2))
        as expected_refund_value -- refund exposure times the chance of cancellation
from waiting
inner join cancelled
    on waiting.order_id = cancelled.order_id
    and waiting.line_id = cancelled.line_id
left join core.line_cash as cash
    on waiting.order_id = cash.order_id
    and waiting.line_id = cash.line_id
