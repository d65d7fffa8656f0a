-- One row per open order line: what stock on hand covers under the rule in force.
-- A hard peg wins: what came in on an order placed for this sales order, and has not left, is its
-- stock first; what is still to come on such an order keeps that much of the line out of the queue
-- for free stock. Drop-ship lines take no stock of ours.
-- grain: order_id, line_id
-- store: table
select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    item_id, -- item sold
    pool_id, -- lines and supply that may meet
    queue_rank, -- place in the pool's queue, 1 is served first
    open_qty, -- quantity waiting
    allocated_qty, -- part stock on hand covers
    hard_pegged_qty, -- part to come on orders placed for this sales order
    short_qty -- part stock on hand does not cover
from core.rule_allocations
where is_in_force
