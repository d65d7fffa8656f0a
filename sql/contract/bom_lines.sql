-- One row per component of a made item, per version of the bill of materials.
-- key: parent_item_id, component_item_id, bom_id, valid_from
create table contract.bom_lines (
    parent_item_id varchar not null, -- item made
    component_item_id varchar not null, -- item used to make it
    bom_id varchar, -- bill of materials, where an item has several
    valid_from date, -- first day of this version; always valid when missing
    qty_per decimal(24, 10) not null check (qty_per > 0), -- units of the component for one unit of the parent
    scrap_rate decimal(9, 6) check (scrap_rate >= 0 and scrap_rate < 1), -- share of the component lost in making, 0-1
    valid_to date, -- last day of this version
    is_phantom boolean, -- true when the parent is never kept in stock: its components go into what uses it
    check (parent_item_id <> component_item_id)
);
