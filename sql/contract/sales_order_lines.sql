-- One row per line of a sales order, open or closed.
-- key: order_id, line_id
create table contract.sales_order_lines (
    order_id varchar not null, -- order the line belongs to
    line_id varchar not null, -- line within the order; where the export has none, the line's rank in its order
    order_date date not null, -- day the order was accepted
    item_id varchar not null, -- item sold
    ordered_qty decimal(18, 4) not null check (ordered_qty >= 0), -- quantity ordered, in the line's unit of measure
    shipped_qty decimal(18, 4) check (shipped_qty >= 0), -- quantity shipped so far; unknown when missing
    cancelled_qty decimal(18, 4) check (cancelled_qty >= 0), -- quantity cancelled so far; unknown when missing
    customer_id varchar, -- customer who ordered
    location_id varchar, -- location the line ships from
    uom varchar, -- unit of measure of the quantities; the item's base unit when missing
    requested_date date, -- day the customer asked for
    first_promised_date date, -- first day promised to the customer; never changed by a new promise
    promised_date date, -- day promised now
    need_by_date date, -- day after which the goods are worthless to the customer (an event)
    shipped_date date, -- day of the last shipment
    unit_price decimal(18, 6) check (unit_price >= 0), -- price of one unit before the discount amount
    discount_amount decimal(18, 2), -- discount on the whole line
    currency varchar, -- ISO 4217 code of the prices
    line_status varchar check (line_status in ('open', 'partially_shipped', 'shipped', 'cancelled', 'on_hold')), -- state of the line in the source
    order_type varchar check (order_type in ('standard', 'make_to_order', 'preorder', 'drop_ship')), -- how the line is meant to be supplied
    is_customised boolean, -- true when the item is made to the customer's wish
    standard_unit_price decimal(18, 6) check (standard_unit_price >= 0), -- price the uncustomised item sells for
    hold_reason varchar, -- why the line may not ship
    ship_complete boolean, -- true when the order ships only as a whole
    priority integer, -- 1 is served first
    channel varchar, -- where the order came from
    payment_terms_id varchar, -- payment terms of the order
    deposit_rate decimal(9, 6) check (deposit_rate between 0 and 1), -- share of the line's value paid at order, 0-1
    backorder_reason_code varchar -- reason typed by people: evidence, never truth
);
