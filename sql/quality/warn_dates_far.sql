-- A date of an order lies further ahead of the as-of date than the longest lead time, or ten times
-- that before it.
-- grain: table_name, document_id, line_id
-- store: table
with

dates as (
    select
        'sales_order_lines' as table_name,
        order_id as document_id,
        line_id,
        least(order_date, requested_date, first_promised_date, promised_date, shipped_date)
            as earliest_date,
        greatest(order_date, requested_date, first_promised_date, promised_date, shipped_date)
            as latest_date,
    from core.known_sales_lines
    union all
    select
        'purchase_order_lines' as table_name,
        po_id as document_id,
        line_id,
        least(order_date, requested_date, first_promised_date, promised_date)
            as earliest_date,
        greatest(order_date, requested_date, first_promised_date, promised_date)
            as latest_date,
    from core.known_purchase_lines
    union all
    select
        'production_orders' as table_name,
        production_order_id as document_id,
        '1' as line_id,
        least(planned_start_date, start_date, due_date, completed_date) as earliest_date,
        greatest(planned_start_date, start_date, due_date, completed_date) as latest_date,
    from core.known_production_orders
)

select
    dates.table_name as table_name, -- contract table
    dates.document_id as document_id, -- order
    dates.line_id as line_id, -- line within the order
    dates.earliest_date as earliest_date, -- earliest of its dates
    dates.latest_date as latest_date -- latest of its dates
from dates
cross join core.levers as levers
cross join core.as_of as as_of
where
    dates.latest_date > as_of.as_of + levers.longest_lead_days
    or dates.earliest_date < as_of.as_of - levers.longest_lead_days * 10
