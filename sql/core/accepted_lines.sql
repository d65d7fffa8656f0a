-- One row per open order line, as it was accepted: core.order_lines where something waits.
-- grain: order_id, line_id
-- store: table
select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    category, -- product group of the item
    supplier_id, -- usual supplier of the item
    customer_id, -- customer who ordered
    location_id, -- location the line ships from
    order_type, -- how the line is meant to be supplied
    is_planned, -- waiting on purpose: made to order or sold ahead
    line_status, -- state of the line in the source
    hold_reason, -- why the line may not ship, by the source
    ship_complete, -- the order ships only as a whole
    priority, -- 1 is served first
    channel, -- where the order came from
    need_by_date, -- day after which the goods are worthless
    order_date, -- day the order was accepted
    requested_date, -- day the customer asked for
    first_promised_date, -- first day promised
    promised_date, -- day promised now
    due_date, -- day requested, else promised, else ordered
    ordered_qty, -- quantity ordered
    shipped_qty, -- quantity shipped
    cancelled_qty, -- quantity cancelled
    open_qty, -- quantity waiting; empty when its unit is unknown
    unit_price, -- price of one unit net of discount; empty when unknown
    is_rate_missing, -- priced in a currency without an exchange rate
    is_uom_unknown -- unit of measure without a conversion: no quantities, no price
from core.order_lines
where is_open
