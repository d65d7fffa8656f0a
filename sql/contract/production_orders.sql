-- One row per order to our own production.
-- key: production_order_id
create table contract.production_orders (
    production_order_id varchar not null, -- production order
    item_id varchar not null, -- item made
    location_id varchar, -- location it is made for
    ordered_qty decimal(18, 4) not null check (ordered_qty >= 0), -- quantity to make, in base units
    completed_qty decimal(18, 4) check (completed_qty >= 0), -- good quantity made so far; unknown when missing
    scrapped_qty decimal(18, 4) check (scrapped_qty >= 0), -- quantity scrapped so far
    planned_start_date date, -- day it was to start
    start_date date, -- day it started
    due_date date not null, -- day it was planned to finish
    completed_date date, -- day it finished
    status varchar check (status in ('planned', 'open', 'in_progress', 'completed', 'cancelled')), -- state of the order in the source
    sales_order_id varchar -- sales order it is made for (hard peg)
);
