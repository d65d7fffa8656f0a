-- One row per open order line, with its pool and its place in the pool's queue.
-- The assumption allocation_rule says who is first; older orders go first among equals.
-- grain: order_id, line_id
-- store: table
select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    pool_id, -- lines and supply that may meet: the item, or item @ location
    queue_rank, -- place in the pool's queue, 1 is served first
    order_date, -- day the order was accepted
    due_date, -- day requested, else promised, else ordered
    order_type, -- how the line is meant to be supplied
    open_qty -- quantity waiting
from core.rule_queues
where is_in_force
