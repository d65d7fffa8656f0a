-- One row per supply of a pool: its usable stock, and each open purchase or production order.
-- grain: supply_id
-- store: table
with

supplies as (
    select
        'on hand ' || on_hand.pool_id as supply_id,
        'on_hand' as supply_kind,
        cast(null as varchar) as document_id,
        cast(null as varchar) as supplier_id,
        on_hand.item_id,
        on_hand.pool_id,
        cast(null as date) as promised_date,
        as_of.as_of as expected_date,
        as_of.as_of as expected_p80_date,
        as_of.as_of as expected_p95_date,
        cast(null as varchar) as slip_basis,
        cast(null as date) as slip_from_date,
        cast(null as double) as waiting_rate,
        on_hand.usable_qty as supply_qty,
        cast(null as decimal(19, 6)) as unit_cost,
        cast(null as varchar) as sales_order_id,
        false as is_changed,
    from core.on_hand as on_hand
    cross join core.as_of as as_of
    union all
    select
        supply_id,
        supply_kind,
        document_id,
        supplier_id,
        item_id,
        pool_id,
        promised_date,
        expected_date,
        expected_p80_date,
        expected_p95_date,
        slip_basis,
        slip_from_date,
        waiting_rate,
        supply_qty,
        unit_cost,
        sales_order_id,
        is_changed,
    from core.expected_supply
)

select
    supply_id, -- name of the supply
    supply_kind, -- on_hand, purchase_order or production_order
    document_id, -- number of the purchase or production order
    supplier_id, -- supplier; (own production) for production orders; empty for stock
    item_id, -- item supplied
    pool_id, -- lines and supply that may meet: the item, or item @ location
    promised_date, -- day promised, or the best known in its place
    expected_date, -- day expected: the as-of date for stock; empty when no date is known
    expected_p80_date, -- day by which it is there with 80 %; empty when that is unknown
    expected_p95_date, -- day by which it is there with 95 %; empty when that is unknown
    slip_basis, -- what its slip is counted from; empty for stock, and when nothing is known
    slip_from_date, -- that day
    waiting_rate, -- share of such orders that wait at least as long as this one has
    supply_qty, -- quantity on hand or still to come
    unit_cost, -- price of one unit, reporting currency; empty for stock, and when unknown
    sales_order_id, -- sales order it is for: a hard peg
    is_changed -- a scenario moved or added it; false in every published snapshot
from supplies
