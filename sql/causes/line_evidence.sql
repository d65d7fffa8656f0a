-- One row per short line, cause and piece of evidence: which record explains how many of its units,
-- what was planned and what happened. A line's units of a cause are shared between the pieces of
-- evidence as those of its pool are, so that they add up to its units of the cause.
-- grain: basis, order_id, line_id, cause, evidence_kind, evidence_id, evidence_pool_id, evidence_date
with

pieces as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        evidence_kind,
        evidence_id,
        evidence_pool_id,
        evidence_date,
        item_id,
        item_name,
        supplier_id,
        evidence_qty,
        planned_date,
        happened_date,
        planned_qty,
        happened_qty,
        planned_start_date,
        start_date,
        late_days,
        note,
        sum(evidence_qty) over (partition by basis, pool_id, on_date, cause) as shared_qty,
    from causes.evidence
)

select
    lines.basis as basis, -- fell_due: on the day it fell due; as_of: today
    lines.order_id as order_id, -- order the line belongs to
    lines.line_id as line_id, -- line within the order
    lines.cause as cause, -- cause
    evidence.evidence_kind as evidence_kind, -- purchase_order, production_order, sales_day, …
    evidence.evidence_id as evidence_id, -- which order, day, forecast, pool or missing table
    evidence.evidence_pool_id
        as evidence_pool_id, -- pool of the evidence: the line's own, or a component's
    evidence.evidence_date
        as evidence_date, -- day whose plan it broke: the line's own, or an earlier one
    lines.on_date as on_date, -- day the line was short
    evidence.evidence_pool_id <> lines.pool_id as is_component, -- it was about a component
    evidence.item_id as item_id, -- item of the evidence
    evidence.item_name as item_name, -- name of that item
    evidence.supplier_id as supplier_id, -- supplier of the order; (own production) for production
    suppliers.supplier_name as supplier_name, -- name of the supplier
    cast(lines.cause_qty as double)
    * evidence.evidence_qty
    / nullif(evidence.shared_qty, 0) as evidence_qty, -- units of the line that are its
    cast(lines.cause_value as double)
    * evidence.evidence_qty
    / nullif(evidence.shared_qty, 0)
        as evidence_value, -- value of them; empty when the price is unknown
    evidence.planned_date as planned_date, -- day promised first; day a forecast was made
    evidence.happened_date
        as happened_date, -- day it was in; day of the spike; empty while an order is still open
    evidence.planned_qty as planned_qty, -- quantity ordered, usual, or forecast
    evidence.happened_qty
        as happened_qty, -- quantity in by the day, sold, corrected, or left by the plan
    evidence.planned_start_date
        as planned_start_date, -- day an order was to ship, or production to start
    evidence.start_date as start_date, -- day it shipped or started; empty if it has not
    evidence.late_days as late_days, -- days the order was late, or is so far
    evidence.note
        as note -- event of the calendar on a spike's day; table whose rows would tell
from causes.lines as lines
inner join pieces as evidence
    on lines.basis = evidence.basis
    and lines.pool_id = evidence.pool_id
    and lines.on_date = evidence.on_date
    and lines.cause = evidence.cause
left join core.suppliers as suppliers on evidence.supplier_id = suppliers.supplier_id
