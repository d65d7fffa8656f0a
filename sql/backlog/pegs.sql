-- One row per open order line and supply that fills a part of it: on what each line waits.
-- grain: order_id, line_id, supply_id
select
    pegs.order_id as order_id, -- order the line belongs to
    pegs.line_id as line_id, -- line within the order
    pegs.supply_id as supply_id, -- name of the supply
    pegs.supply_kind as supply_kind, -- on_hand, purchase_order or production_order
    supply.document_id as document_id, -- number of the purchase or production order
    supply.supplier_id as supplier_id, -- supplier; (own production) for production orders
    suppliers.supplier_name as supplier_name, -- name of the supplier
    supply.promised_date as promised_date, -- day the supplier promises
    pegs.expected_date as expected_date, -- day it is expected; empty when no date is known
    pegs.expected_p80_date
        as expected_p80_date, -- day by which it is there with 80 %; empty if unknown
    pegs.expected_p95_date
        as expected_p95_date, -- day by which it is there with 95 %; empty if unknown
    pegs.pegged_qty as pegged_qty, -- quantity it fills
    cast(pegs.pegged_qty * lines.unit_price as decimal(18, 2))
        as pegged_value, -- value of that quantity to the customer
    cast(date_diff('day', lines.due_date, pegs.expected_date) as integer)
        as days_after_due, -- days from the line's due date; negative when in time
    cast(
        date_diff(
            'day', pegs.expected_date, coalesce(lines.promised_date, lines.due_date)
        ) as integer
    ) as slack_days -- days to the day promised to the customer, else due; negative when late
from core.pegs as pegs
inner join backlog.lines as lines
    on pegs.order_id = lines.order_id
    and pegs.line_id = lines.line_id
inner join core.supply as supply on pegs.supply_id = supply.supply_id
left join core.suppliers as suppliers on supply.supplier_id = suppliers.supplier_id
