-- One row per item bought, made or sold.
-- key: item_id
create table contract.items (
    item_id varchar not null, -- item, as the other tables call it
    item_name varchar, -- name shown to people
    category varchar, -- product group
    base_uom varchar, -- unit of measure stock is counted in
    replenishment varchar check (replenishment in ('buy', 'make')), -- whether the item is bought or made
    stocking_policy varchar check (stocking_policy in ('stock', 'make_to_order', 'preorder', 'drop_ship')), -- how demand is meant to be met
    backorder_allowed boolean, -- true when orders beyond stock are accepted
    inventory_tracked boolean, -- false when stock is not counted
    default_supplier_id varchar, -- supplier usually bought from
    lead_time_days integer check (lead_time_days >= 0), -- days from order to receipt, as planned
    review_days integer check (review_days >= 0), -- days between two looks at the item by the planner
    unit_cost decimal(18, 6) check (unit_cost >= 0), -- cost of one unit, in the reporting currency
    list_price decimal(18, 6) check (list_price >= 0), -- list price of one unit, in the reporting currency
    safety_stock_qty decimal(18, 4) check (safety_stock_qty >= 0), -- stock kept against variability
    reorder_point_qty decimal(18, 4) check (reorder_point_qty >= 0), -- order when net stock falls to this
    min_order_qty decimal(18, 4) check (min_order_qty >= 0), -- smallest order
    order_multiple decimal(18, 4) check (order_multiple > 0), -- orders are a multiple of this
    shelf_life_days integer check (shelf_life_days >= 0), -- days until stock expires
    unit_volume_m3 decimal(18, 6) check (unit_volume_m3 >= 0), -- space one unit takes, in cubic metres
    holding_cost_rate decimal(9, 6) check (holding_cost_rate >= 0), -- yearly cost of holding, as a share of the unit cost
    capacity_per_week_qty decimal(18, 4) check (capacity_per_week_qty >= 0), -- own production per week
    max_planned_backorder_qty decimal(18, 4) check (max_planned_backorder_qty >= 0) -- backorder accepted on purpose
);
