-- Stock after each movement; a product's last movement supersedes the earlier ones.
-- Movements: 1 Purchased, 2 Sold, 3 On Hold (for an order), 4 Waste. The source
-- posts "Sold" when it bills. The goods are still there until the order ships: a sale
-- whose order has no shipped_date counts as reserved, not as gone.
with

unshipped as (
    select order_details.inventory_id
    from order_details
    inner join orders on trim(order_details.order_id) = trim(orders.id)
    where
        coalesce(trim(orders.shipped_date), '') = ''
        and trim(order_details.status_id) <> '3'
),

movements as (
    select
        given._row,
        given.product_id as item_id,
        case
            when trim(given.transaction_type) = '1' then 'in'
            when trim(given.transaction_type) = '3' then 'reserved'
            when trim(given.transaction_type) = '4' then 'out'
            when
                trim(given.transaction_type) = '2'
                and unshipped.inventory_id is not null
                then 'reserved'
            when trim(given.transaction_type) = '2' then 'out'
        end as kind,
        try_cast(trim(given.quantity) as decimal(18, 4)) as qty,
    from given
    left join unshipped on trim(given.id) = trim(unshipped.inventory_id)
)

select
    _row,
    item_id,
    kind,
    qty,
    sum(case kind when 'in' then qty when 'out' then -qty else 0 end) over so_far
        as on_hand_qty,
    sum(case kind when 'reserved' then qty else 0 end) over so_far as allocated_qty,
from movements
window so_far as (partition by item_id order by _row)
