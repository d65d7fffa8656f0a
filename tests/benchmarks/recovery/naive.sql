-- Causes as a typical report has them: the first rule that fits a short pool and date takes all.
with

short_lines as (
    select
        'fell_due' as basis,
        order_lines.item_id,
        order_lines.location_id,
        order_lines.due_date as on_date,
        order_lines.is_planned,
        order_lines.hold_reason is not null as is_held,
        order_lines.ordered_qty - order_lines.cancelled_qty
        - coalesce(order_lines.shipped_by_due_qty, 0) as short_qty,
    from core.order_lines as order_lines
    inner join core.as_of as as_of on order_lines.due_date <= as_of.as_of
    union all
    select
        'as_of' as basis,
        lines.item_id,
        order_lines.location_id,
        as_of.as_of as on_date,
        order_lines.is_planned,
        order_lines.hold_reason is not null as is_held,
        lines.backordered_qty as short_qty,
    from backlog.lines as lines
    cross join core.as_of as as_of
    inner join core.order_lines as order_lines
        on lines.order_id = order_lines.order_id
        and lines.line_id = order_lines.line_id
),

short as (
    select
        basis,
        item_id,
        location_id,
        on_date,
        cast(sum(short_qty) as double) as units,
        bool_or(is_planned) as is_planned,
        bool_or(is_held) as is_held,
    from short_lines
    where short_qty > 0
    group by all
),

late_purchases as (
    select distinct short.basis, short.item_id, short.location_id, short.on_date
    from short
    inner join contract.purchase_order_lines as orders
        on short.item_id = orders.item_id
        and short.location_id = orders.location_id
        and orders.first_promised_date between short.on_date - 60 and short.on_date
    left join (
        select po_id, po_line_id, max(received_date) as received_date
        from contract.receipts
        group by all
    ) as receipts
        on orders.po_id = receipts.po_id
        and orders.line_id = receipts.po_line_id
    where coalesce(
        receipts.received_date,
        case when orders.status = 'received' then orders.promised_date end,
        date '9999-12-31'
    ) > short.on_date
),

late_productions as (
    select distinct short.basis, short.item_id, short.location_id, short.on_date
    from short
    inner join contract.production_orders as orders
        on short.item_id = orders.item_id
        and short.location_id = orders.location_id
        and orders.due_date between short.on_date - 60 and short.on_date
        and coalesce(orders.completed_date, date '9999-12-31') > short.on_date
),

rejections as (
    select distinct short.basis, short.item_id, short.location_id, short.on_date
    from short
    inner join contract.receipts as receipts
        on short.item_id = receipts.item_id
        and receipts.rejected_qty > 0
        and receipts.received_date between short.on_date - 30 and short.on_date
),

counts as (
    select distinct short.basis, short.item_id, short.location_id, short.on_date
    from short
    inner join contract.stock_adjustments as adjustments
        on short.item_id = adjustments.item_id
        and short.location_id = adjustments.location_id
        and adjustments.reason = 'count difference'
        and adjustments.adjusted_on between short.on_date - 14 and short.on_date
),

demand as (
    select
        short.basis,
        short.item_id,
        short.location_id,
        short.on_date,
        sum(orders.ordered_qty) as ordered_qty,
    from short
    inner join core.order_lines as orders
        on short.item_id = orders.item_id
        and short.location_id = orders.location_id
        and orders.order_date between short.on_date - 29 and short.on_date
    group by all
),

newest_forecasts as (
    select item_id, location_id, period_start, arg_max(forecast_qty, made_on) as forecast_qty,
    from contract.demand_forecasts
    group by all
),

ratios as (
    select
        demand.basis,
        demand.item_id,
        demand.location_id,
        demand.on_date,
        demand.ordered_qty / nullif(forecasts.forecast_qty, 0) as demand_ratio,
    from demand
    inner join newest_forecasts as forecasts
        on demand.item_id = forecasts.item_id
        and demand.location_id = forecasts.location_id
        and date_trunc('month', demand.on_date) = forecasts.period_start
)

select
    short.basis,
    short.item_id,
    short.location_id,
    short.on_date,
    case
        when short.is_planned then 'planned'
        when late_purchases.item_id is not null then 'supplier'
        when late_productions.item_id is not null then 'own_production'
        when ratios.demand_ratio > 1.5 then 'demand_spike'
        when ratios.demand_ratio > 1.2 then 'forecasting'
        when rejections.item_id is not null then 'receipt_quality'
        when counts.item_id is not null then 'stock_record'
        when short.is_held then 'allocation_or_hold'
        else 'planning_gap'
    end as cause,
    short.units,
    cast(null as double) as confidence,
from short
left join late_purchases using (basis, item_id, location_id, on_date)
left join late_productions using (basis, item_id, location_id, on_date)
left join rejections using (basis, item_id, location_id, on_date)
left join counts using (basis, item_id, location_id, on_date)
left join ratios using (basis, item_id, location_id, on_date)
