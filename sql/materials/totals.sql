-- What waits for materials, in one row, also where there are none. Figures of making are unknown
-- where there is no bill of materials.
-- grain: one row
with

bills as (
    select
        count(*) as bom_lines,
        count(distinct item_id) as made_items,
        count(case when is_loop then 1 end) as loop_lines,
    from materials.bom_lines
),

building as (
    select
        sum(waiting_qty) as waiting_qty,
        sum(waiting_value) as waiting_value,
        sum(able_to_make_qty) as able_to_make_qty,
        sum(able_to_make_value) as able_to_make_value,
        sum(blocked_qty) as blocked_qty,
        sum(blocked_value) as blocked_value,
        count(case when unknown_reason is not null then 1 end) as unknown_demands,
        sum(case when unknown_reason is not null then waiting_value end) as unknown_value,
        sum(lines) as lines,
        sum(case when blocked_qty > 0 then lines end) as blocked_lines,
        count(distinct item_id) as items,
        count(distinct case when blocked_qty > 0 then item_id end) as blocked_items,
        sum(price_missing_lines) as price_missing_lines,
    from materials.clear_to_build
),

gated as (
    select count(*) as gating_components
    from materials.gating
),

lacking as (
    select
        count(case when missing_qty > 0 then 1 end) as missing_components,
        count(case when overdue_days > 0 then 1 end) as overdue_components,
        count(case when late_qty > 0 then 1 end) as late_components,
    from materials.shortages
),

proposed as (
    select
        count(case when replenishment = 'buy' then 1 end) as buy_proposals,
        count(case when replenishment = 'make' then 1 end) as make_proposals,
        sum(case when replenishment = 'buy' then proposed_value end) as buy_value,
        sum(case when replenishment = 'make' then proposed_value end) as make_value,
        count(case when unit_price is null then 1 end) as unpriced_proposals,
        count(case when late_days > 0 then 1 end) as late_proposals,
    from materials.proposals
),

kept as (
    select
        count(case when is_below_reorder_point then 1 end) as below_reorder_point_items,
        count(case when is_below_safety_stock then 1 end) as below_safety_stock_items,
        count(case when is_to_reorder then 1 end) as to_reorder_items,
        count(
            case
                when
                    on_hand_qty is null
                    and coalesce(reorder_point_qty, safety_stock_qty) is not null
                    then 1
            end
        ) as stock_unknown_items,
    from materials.positions
)

select
    bills.bom_lines as bom_lines, -- lines of bills of materials in force
    bills.made_items as made_items, -- items with a bill of materials
    bills.loop_lines as loop_lines, -- lines refused: by them an item is a component of itself
    case when bills.bom_lines > 0 then coalesce(building.lines, 0) end
        as lines, -- order lines of made items that wait for something to be started
    case when bills.bom_lines > 0 then building.items end as items, -- made items of those lines
    case
        when bills.bom_lines > 0
            then cast(coalesce(building.waiting_qty, 0) as decimal(38, 4))
    end as waiting_qty, -- their quantity
    case
        when bills.bom_lines > 0 and coalesce(building.waiting_qty, 0) = 0 then 0
        when bills.bom_lines > 0 then cast(building.waiting_value as decimal(38, 2))
    end as waiting_value, -- their value; unpriced lines left out
    case
        when bills.bom_lines > 0
            then cast(coalesce(building.able_to_make_qty, 0) as decimal(38, 4))
    end as able_to_make_qty, -- part that can be made now from what is in stock
    case
        when bills.bom_lines > 0 and coalesce(building.able_to_make_qty, 0) = 0 then 0
        when bills.bom_lines > 0 then cast(building.able_to_make_value as decimal(38, 2))
    end as able_to_make_value, -- value of that part
    case
        when bills.bom_lines > 0
            then cast(coalesce(building.blocked_qty, 0) as decimal(38, 4))
    end as blocked_qty, -- part that waits for materials
    case
        when bills.bom_lines > 0 and coalesce(building.blocked_qty, 0) = 0 then 0
        when bills.bom_lines > 0 then cast(building.blocked_value as decimal(38, 2))
    end as blocked_value, -- value of that part
    case
        when bills.bom_lines > 0 and building.unknown_demands = 0 then 0
        when bills.bom_lines > 0 then cast(building.unknown_value as decimal(38, 2))
    end as unknown_value, -- value of what nobody knows whether it can be made
    building.unknown_demands as unknown_demands, -- items and days of which that is not known
    case when bills.bom_lines > 0 then coalesce(building.blocked_lines, 0) end
        as blocked_lines, -- order lines that wait for materials, in part or whole
    case when bills.bom_lines > 0 then building.blocked_items end
        as blocked_items, -- made items of those
    coalesce(building.price_missing_lines, 0)
        as price_missing_lines, -- lines of unknown price, left out of values
    case when bills.bom_lines > 0 then gated.gating_components end
        as gating_components, -- components that keep something from being started
    case when bills.bom_lines > 0 then lacking.missing_components end
        as missing_components, -- components neither in stock nor on order
    case when bills.bom_lines > 0 then lacking.overdue_components end
        as overdue_components, -- those of them that should be ordered already
    case when bills.bom_lines > 0 then lacking.late_components end
        as late_components, -- components whose open orders come too late
    proposed.buy_proposals as buy_proposals, -- items to buy
    proposed.make_proposals as make_proposals, -- items to make
    cast(proposed.buy_value as decimal(38, 2))
        as buy_value, -- what buying costs; unpriced items left out
    cast(proposed.make_value as decimal(38, 2))
        as make_value, -- what making costs; items of unknown cost left out
    proposed.unpriced_proposals as unpriced_proposals, -- proposals of unknown price
    proposed.late_proposals as late_proposals, -- proposals that come too late if ordered today
    kept.below_reorder_point_items
        as below_reorder_point_items, -- items with less on hand than their reorder point
    kept.below_safety_stock_items
        as below_safety_stock_items, -- items with less on hand than their safety stock
    kept.to_reorder_items as to_reorder_items, -- items whose position is at or below the reorder point
    kept.stock_unknown_items
        as stock_unknown_items -- items with such a rule whose stock nobody tells
from bills
cross join building
cross join gated
cross join lacking
cross join proposed
cross join kept
