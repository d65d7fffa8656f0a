-- One row per line of a shipment to a customer.
-- key: shipment_id, line_id
create table contract.shipments (
    shipment_id varchar not null, -- shipment document
    line_id varchar not null, -- line within the shipment; where the export has none, its rank in the shipment
    order_id varchar not null, -- sales order shipped
    order_line_id varchar, -- line of the sales order
    item_id varchar not null, -- item shipped
    location_id varchar, -- location shipped from
    shipped_date date not null, -- day of shipment
    shipped_qty decimal(18, 4) not null, -- quantity shipped, in the unit of its order line; negative for a return
    delivered_date date -- day it reached the customer
);
