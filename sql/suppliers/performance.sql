-- The measures of supply by supplier, item and month: the one place where they are summed.
-- Dimensions: total, supplier, supplier_item, month and supplier_month; the month is that of the
-- first promise. Rates are of lines or units, never a product of averages, and empty without any;
-- those of lines are also empty where lines came in, but none on a known day.
-- Lead time and slip are of orders received; what is still to come shows in overdue and days late.
-- grain: dimension, supplier_id, item_id, promise_month
-- store: table
with

grouped as (
    select
        case
            when grouping(promise_month) = 0
                then case when grouping(supplier_id) = 0 then 'supplier_month' else 'month' end
            when grouping(item_id) = 0 then 'supplier_item'
            when grouping(supplier_id) = 0 then 'supplier'
            else 'total'
        end as dimension,
        supplier_id,
        item_id,
        promise_month,
        count(*) as lines,
        count(case when first_promised_date is null then 1 end) as unpromised_lines,
        count(case when is_judged then 1 end) as lines_due,
        count(case when is_undated then 1 end) as undated_lines,
        count(case when is_dated then 1 end) as dated_lines,
        count(case when is_on_time then 1 end) as on_time_lines,
        count(case when is_in_full then 1 end) as in_full_lines,
        count(case when is_otif then 1 end) as otif_lines,
        sum(case when is_due then due_qty else 0 end) as due_qty,
        sum(case when is_due then filled_qty else 0 end) as filled_qty,
        count(lead_days) as received_lines,
        avg(lead_days) as mean_lead_days,
        stddev_samp(lead_days) as sd_lead_days,
        quantile_cont(lead_days, [0.5, 0.8, 0.95]) as lead_days,
        count(lead_days - stated_lead_days) as stated_lines,
        avg(case when lead_days is not null then stated_lead_days end) as mean_stated_lead_days,
        avg(lead_days - stated_lead_days) as mean_lead_gap_days,
        quantile_cont(lead_days - stated_lead_days, [0.8, 0.95]) as lead_gap_days,
        count(received_slip_days) as slip_lines,
        avg(received_slip_days) as mean_slip_days,
        stddev_samp(received_slip_days) as sd_slip_days,
        quantile_cont(received_slip_days, [0.5, 0.8, 0.95]) as slip_days,
        count(case when late_days > 0 then 1 end) as late_lines,
        sum(late_days) as line_days_late,
        sum(unit_days_late) as unit_days_late,
        sum(inspected_qty) as inspected_qty,
        sum(rejected_qty) as rejected_qty,
        count(case when promise_moves > 0 then 1 end) as moved_lines,
        sum(promise_moves) as promise_moves,
        sum(promise_moved_days) as promise_moved_days,
        count(case when open_qty > 0 then 1 end) as open_lines,
        sum(open_qty) as open_qty,
        sum(case when open_qty > 0 then open_value end) as open_value,
        count(case when overdue_qty > 0 then 1 end) as overdue_lines,
        sum(overdue_qty) as overdue_qty,
        sum(case when overdue_qty > 0 then overdue_value end) as overdue_value,
        min(case when overdue_qty > 0 then first_promised_date end) as oldest_overdue_date,
        count(case when open_qty > 0 and unit_cost is null then 1 end) as cost_missing_lines,
        sum(pegged_qty) as pegged_qty,
        count(case when pegged_qty > 0 then 1 end) as pegged_lines,
        sum(case when pegged_qty > 0 then pegged_value end) as pegged_value,
        sum(case when overdue_qty > 0 then pegged_qty else 0 end) as overdue_pegged_qty,
        sum(case when overdue_qty > 0 then pegged_value end) as overdue_pegged_value,
        count(case when overdue_qty > 0 and pegged_qty > 0 then 1 end) as overdue_pegged_lines,
        sum(spend_value) as spend_value,
    from suppliers.lines
    group by grouping sets (
        (),
        (supplier_id),
        (supplier_id, item_id),
        (promise_month),
        (supplier_id, promise_month)
    )
)

select
    dimension, -- total, supplier, supplier_item, month or supplier_month
    supplier_id, -- supplier; empty for all suppliers
    item_id, -- item; empty for all items
    promise_month, -- first day of the month of the first promise; empty for all months
    lines, -- order lines known: purchases and production orders
    unpromised_lines, -- those without any promise: never judged
    lines_due, -- lines whose promise has passed, unreceived ones included
    undated_lines, -- lines due as well, but received on an unknown day: not judged
    on_time_lines, -- lines due that came by the first promise
    in_full_lines, -- lines due that came whole, by the promise or later
    otif_lines, -- lines due that came whole by the first promise
    case
        when dated_lines > 0 or undated_lines = 0
            then cast(on_time_lines as double) / nullif(cast(lines_due as double), 0)
    end as on_time_rate, -- on_time_lines / lines_due
    case
        when dated_lines > 0 or undated_lines = 0
            then cast(in_full_lines as double) / nullif(cast(lines_due as double), 0)
    end as in_full_rate, -- in_full_lines / lines_due
    case
        when dated_lines > 0 or undated_lines = 0
            then cast(otif_lines as double) / nullif(cast(lines_due as double), 0)
    end as otif_rate, -- otif_lines / lines_due
    cast(due_qty as decimal(38, 4)) as due_qty, -- units due, undated lines included
    cast(filled_qty as decimal(38, 4))
        as filled_qty, -- units of them received and not refused by now
    cast(filled_qty as double) / nullif(cast(due_qty as double), 0)
        as fill_rate, -- filled_qty / due_qty
    received_lines, -- lines of known order and receipt days
    cast(mean_lead_days as double) as mean_lead_days, -- mean days from order to receipt
    cast(sd_lead_days as double) as sd_lead_days, -- standard deviation of these days
    cast(lead_days[1] as double) as p50_lead_days, -- days within which half came
    cast(lead_days[2] as double) as p80_lead_days, -- days within which 80 % came
    cast(lead_days[3] as double) as p95_lead_days, -- days within which 95 % came
    stated_lines, -- received lines whose lead time was quoted or planned
    cast(mean_stated_lead_days as double)
        as mean_stated_lead_days, -- mean days quoted, else planned, of lines received
    cast(mean_lead_gap_days as double)
        as mean_lead_gap_days, -- mean days that lead times exceeded the stated ones
    cast(lead_gap_days[1] as double)
        as p80_lead_gap_days, -- days over the stated lead time within which 80 % came
    case
        when lead_gap_days[2] > 0 then cast(lead_gap_days[2] as double)
        when stated_lines > 0 then 0
    end as safety_days, -- days to add to the stated lead time so that 95 % come within it
    slip_lines, -- lines of known first promise and receipt
    cast(mean_slip_days as double)
        as mean_slip_days, -- mean days from first promise to receipt; early is negative
    cast(sd_slip_days as double) as sd_slip_days, -- standard deviation of the slip
    cast(slip_days[1] as double) as p50_slip_days, -- slip that half did not exceed
    cast(slip_days[2] as double) as p80_slip_days, -- slip that 80 % did not exceed
    cast(slip_days[3] as double) as p95_slip_days, -- slip that 95 % did not exceed
    late_lines, -- lines due in full after the first promise, or not yet
    cast(line_days_late as bigint) as line_days_late, -- days late summed over lines due
    cast(unit_days_late as decimal(38, 4))
        as unit_days_late, -- item-days late: units times days late, summed over units due
    cast(inspected_qty as decimal(38, 4))
        as inspected_qty, -- units received of which it is known how many were refused
    cast(rejected_qty as decimal(38, 4)) as rejected_qty, -- units of them refused
    cast(rejected_qty as double) / nullif(cast(inspected_qty as double), 0)
        as reject_rate, -- rejected_qty / inspected_qty
    moved_lines, -- lines whose promise moved, as exports tell; purchases only
    cast(promise_moves as bigint) as promise_moves, -- times their promises moved
    cast(promise_moved_days as double) / nullif(cast(promise_moves as double), 0)
        as mean_moved_days, -- mean days of a move; later is positive
    open_lines, -- lines of which some is still to come
    cast(open_qty as decimal(38, 4)) as open_qty, -- units still to come
    cast(case when open_lines = 0 then 0 else open_value end as decimal(38, 2))
        as open_value, -- their value at cost
    overdue_lines, -- lines past their first promise of which some is still to come
    cast(overdue_qty as decimal(38, 4))
        as overdue_qty, -- late supply: units past their first promise and still to come
    cast(case when overdue_lines = 0 then 0 else overdue_value end as decimal(38, 2))
        as overdue_value, -- their value at cost
    oldest_overdue_date, -- oldest first promise among them
    cost_missing_lines, -- open lines of unknown cost, left out of values
    cast(pegged_qty as decimal(38, 4)) as pegged_qty, -- backlog that waits for the open orders
    cast(case when pegged_lines = 0 then 0 else pegged_value end as decimal(38, 2))
        as pegged_value, -- its value to customers, unpriced lines left out
    cast(overdue_pegged_qty as decimal(38, 4))
        as overdue_pegged_qty, -- backlog that waits for late supply
    cast(case when overdue_pegged_lines = 0 then 0 else overdue_pegged_value end as decimal(38, 2))
        as overdue_pegged_value, -- its value to customers, unpriced lines left out
    cast(spend_value as decimal(38, 2))
        as spend_value -- value of purchases placed within spend_days
from grouped
where lines > 0
