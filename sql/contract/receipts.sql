-- One row per receipt of goods against a purchase or production order.
-- key: receipt_id, line_id
create table contract.receipts (
    receipt_id varchar not null, -- receipt document
    line_id varchar not null, -- line within the receipt; where the export has none, its rank in the receipt
    po_id varchar, -- purchase order received
    production_order_id varchar, -- production order received
    po_line_id varchar, -- line of the purchase order
    item_id varchar not null, -- item received
    location_id varchar, -- location received into
    received_date date not null, -- day of receipt
    received_qty decimal(18, 4) not null, -- quantity received in the unit of its order line, rejected units included; negative for a return
    rejected_qty decimal(18, 4) check (rejected_qty >= 0), -- part of it that was refused
    check (po_id is not null or production_order_id is not null)
);
