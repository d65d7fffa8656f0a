-- One row per stock balance: what was on hand of an item at a location (and lot) on a day.
-- key: as_of, item_id, location_id, lot_id
create table contract.inventory_balances (
    as_of date not null, -- day the balance was taken
    item_id varchar not null, -- item in stock
    location_id varchar, -- location of the stock
    lot_id varchar, -- lot or batch
    on_hand_qty decimal(18, 4) not null, -- quantity physically there, in base units; negative when the source says so
    allocated_qty decimal(18, 4) check (allocated_qty >= 0), -- part already reserved for orders by the source
    unavailable_qty decimal(18, 4) check (unavailable_qty >= 0), -- part that cannot be sold: damaged, quarantined, safety
    in_transit_qty decimal(18, 4) check (in_transit_qty >= 0), -- quantity under way to the location
    unit_cost decimal(18, 6) check (unit_cost >= 0), -- cost of one unit
    currency varchar -- ISO 4217 code of the cost
);
