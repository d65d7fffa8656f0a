-- One row per line of an order to a supplier.
-- key: po_id, line_id
create table contract.purchase_order_lines (
    po_id varchar not null, -- purchase order the line belongs to
    line_id varchar not null, -- line within the purchase order; where the export has none, its rank in the order
    supplier_id varchar not null, -- supplier ordered from
    item_id varchar not null, -- item ordered
    location_id varchar, -- location the goods come to
    order_date date not null, -- day the purchase order was placed
    ordered_qty decimal(18, 4) not null check (ordered_qty >= 0), -- quantity ordered, in the line's unit of measure
    received_qty decimal(18, 4) check (received_qty >= 0), -- quantity received so far; unknown when missing
    rejected_qty decimal(18, 4) check (rejected_qty >= 0), -- part of it that was refused; unknown when missing
    cancelled_qty decimal(18, 4) check (cancelled_qty >= 0), -- quantity cancelled so far; unknown when missing
    uom varchar, -- unit of measure of the quantities; the item's base unit when missing
    requested_date date, -- day we asked for
    first_promised_date date, -- first day the supplier promised
    promised_date date, -- day the supplier promises now
    planned_ship_date date, -- day the supplier meant to ship
    shipped_date date, -- day the supplier shipped
    unit_price decimal(18, 6) check (unit_price >= 0), -- price of price_unit units
    price_unit decimal(18, 4) check (price_unit > 0), -- number of units the price is for; 1 when missing
    currency varchar, -- ISO 4217 code of the price
    status varchar check (status in ('planned', 'open', 'partially_received', 'received', 'cancelled')), -- state of the line in the source
    payment_terms_id varchar, -- payment terms of the purchase order
    deposit_rate decimal(9, 6) check (deposit_rate between 0 and 1), -- share of the value paid at order, 0-1
    sales_order_id varchar -- sales order this line was bought for (hard peg)
);
