-- Supply by month of the first promise, of each supplier and of all; and the late supply at the
-- month's end.
-- grain: supplier_id, month_start
with

promised as (
    select
        supplier_id,
        promise_month,
        lines_due,
        on_time_lines,
        in_full_lines,
        otif_lines,
        undated_lines,
        on_time_rate,
        in_full_rate,
        otif_rate,
        due_qty,
        filled_qty,
        fill_rate,
        mean_lead_days,
        mean_slip_days,
        p95_slip_days,
        unit_days_late,
        reject_rate,
    from suppliers.performance
    where dimension in ('month', 'supplier_month') and promise_month is not null
)

select
    coalesce(promised.supplier_id, late_supply.supplier_id)
        as supplier_id, -- supplier; empty for all suppliers
    coalesce(promised.promise_month, late_supply.month_start)
        as month_start, -- first day of the month
    promised.lines_due as lines_due, -- lines promised for the month whose promise has passed
    promised.on_time_lines as on_time_lines, -- lines of them that came by the first promise
    promised.in_full_lines as in_full_lines, -- lines of them that came whole by now
    promised.otif_lines as otif_lines, -- lines of them that came whole by the first promise
    promised.undated_lines as undated_lines, -- lines due as well, received on an unknown day
    promised.on_time_rate as on_time_rate, -- on_time_lines / lines_due
    promised.in_full_rate as in_full_rate, -- in_full_lines / lines_due
    promised.otif_rate as otif_rate, -- otif_lines / lines_due
    promised.due_qty as due_qty, -- units promised for the month whose promise has passed
    promised.filled_qty as filled_qty, -- units of them received and not refused by now
    promised.fill_rate as fill_rate, -- filled_qty / due_qty
    promised.mean_lead_days as mean_lead_days, -- mean days from order to receipt
    promised.mean_slip_days
        as mean_slip_days, -- mean days from first promise to receipt; early is negative
    promised.p95_slip_days as p95_slip_days, -- slip that 95 % did not exceed
    promised.unit_days_late
        as unit_days_late, -- item-days late: units times days late, summed over units due
    promised.reject_rate as reject_rate, -- units refused of units received and looked at
    late_supply.overdue_qty as overdue_qty, -- late supply at the month's end
    late_supply.overdue_value as overdue_value -- its value at cost
from promised
full join suppliers.late_supply as late_supply
    on promised.supplier_id is not distinct from late_supply.supplier_id
    and promised.promise_month = late_supply.month_start
