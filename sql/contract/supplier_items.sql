-- One row per item a supplier offers, from a day on.
-- key: supplier_id, item_id, valid_from
create table contract.supplier_items (
    supplier_id varchar not null, -- supplier
    item_id varchar not null, -- item offered
    valid_from date, -- first day of these conditions; always valid when missing
    lead_time_days integer not null check (lead_time_days >= 0), -- days from order to receipt, as quoted
    transit_days integer check (transit_days >= 0), -- part of the lead time that is transport
    min_order_qty decimal(18, 4) check (min_order_qty >= 0), -- smallest order
    order_multiple decimal(18, 4) check (order_multiple > 0), -- orders are a multiple of this
    unit_price decimal(18, 6) check (unit_price >= 0), -- price of price_unit units
    price_unit decimal(18, 4) check (price_unit > 0), -- number of units the price is for; 1 when missing
    currency varchar, -- ISO 4217 code of the price
    capacity_per_week_qty decimal(18, 4) check (capacity_per_week_qty >= 0), -- most the supplier delivers in a week
    supplier_rank integer, -- 1 is preferred
    valid_to date -- last day of these conditions
);
