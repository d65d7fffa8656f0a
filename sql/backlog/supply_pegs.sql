-- One row per stock and open purchase or production order: which orders, customers and value hang
-- on it, what of it is free, and how many days it may slip before a line becomes late. The lines
-- themselves are in backlog.pegs.
-- grain: supply_id
with

pegs_by_supply as (
    select
        pegs.supply_id,
        sum(pegs.pegged_qty) as pegged_qty,
        count(*) as lines,
        count(distinct pegs.order_id) as orders,
        count(distinct lines.customer_id) as customers,
        sum(pegs.pegged_value) as pegged_value,
        count(case when pegs.slack_days < 0 then 1 end) as late_lines,
        min(case when pegs.slack_days >= 0 then pegs.slack_days end) as slack_days,
    from backlog.pegs as pegs
    inner join backlog.lines as lines
        on pegs.order_id = lines.order_id
        and pegs.line_id = lines.line_id
    group by pegs.supply_id
)

select
    supply.supply_id as supply_id, -- name of the supply
    supply.supply_kind as supply_kind, -- on_hand, purchase_order or production_order
    supply.document_id as document_id, -- number of the purchase or production order
    supply.supplier_id
        as supplier_id, -- supplier; (own production) for production orders; empty for stock
    suppliers.supplier_name as supplier_name, -- name of the supplier
    supply.item_id as item_id, -- item supplied
    items.item_name as item_name, -- name of the item
    supply.pool_id as pool_id, -- lines and supply that may meet: the item, or item @ location
    supply.promised_date as promised_date, -- day promised, or the best known in its place
    supply.expected_date as expected_date, -- day expected; empty when no date is known
    supply.expected_p80_date
        as expected_p80_date, -- day by which it is there with 80 %; empty if unknown
    supply.expected_p95_date
        as expected_p95_date, -- day by which it is there with 95 %; empty if unknown
    supply.supply_qty as supply_qty, -- quantity on hand or still to come
    cast(coalesce(pegs.pegged_qty, 0) as decimal(18, 4))
        as pegged_qty, -- part that fills accepted orders
    cast(supply.supply_qty - coalesce(pegs.pegged_qty, 0) as decimal(18, 4))
        as free_qty, -- part that is free
    coalesce(pegs.lines, 0) as lines, -- order lines that wait for it
    coalesce(pegs.orders, 0) as orders, -- orders of those lines
    coalesce(pegs.customers, 0) as customers, -- customers of those orders, as far as named
    pegs.pegged_value as pegged_value, -- value of the pegged part; lines of unknown price left out
    coalesce(pegs.late_lines, 0)
        as late_lines, -- lines it comes too late for: after the day promised, else due
    case when supply.supply_kind <> 'on_hand' then pegs.slack_days end
        as slack_days -- days it may slip before another line becomes late; empty if none can
from core.supply as supply
left join pegs_by_supply as pegs on supply.supply_id = pegs.supply_id
left join core.suppliers as suppliers on supply.supplier_id = suppliers.supplier_id
left join core.items as items on supply.item_id = items.item_id
