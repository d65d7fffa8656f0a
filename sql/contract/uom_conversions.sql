-- One row per unit of measure an item is traded in.
-- key: item_id, from_uom
create table contract.uom_conversions (
    item_id varchar not null, -- item
    from_uom varchar not null, -- unit of measure converted from
    to_base_factor decimal(24, 10) not null check (to_base_factor > 0) -- base units in one such unit
);
