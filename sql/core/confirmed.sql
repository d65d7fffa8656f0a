-- One row per open order line of a pool in which what lines had before matters.
-- Exports tell how much of the stock is allocated, not to which lines: that quantity, or all of the
-- stock where they do not tell, is taken as confirmed to the oldest orders first.
-- grain: order_id, line_id
with

claims as (
    select
        lines.order_id,
        lines.line_id,
        lines.pool_id,
        lines.first_come_rank,
        case
            when parts.claim_part = 1 then 1
            when lines.is_blocked and not levers.held_lines_keep_stock then 3
            else 2
        end as claim_tier,
        case when parts.claim_part = 1 then lines.reserved_qty else lines.free_qty end
            as claimed_qty,
        least(on_hand.usable_qty, coalesce(on_hand.source_allocated_qty, on_hand.usable_qty))
            as stock_qty,
    from core.open_lines as lines
    inner join core.contested_pools as pools on lines.pool_id = pools.pool_id
    inner join core.on_hand as on_hand on lines.pool_id = on_hand.pool_id
    cross join core.levers as levers
    cross join (values (1), (2)) as parts (claim_part)
    where pools.has_confirmed_lines
),

claims_met as (
    select
        order_id,
        line_id,
        claim_tier,
        least(
            claimed_qty,
            greatest(
                stock_qty
                - coalesce(
                    sum(claimed_qty) over (
                        partition by pool_id
                        order by claim_tier, first_come_rank
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as confirmed_qty,
    from claims
)

select
    order_id, -- order the line belongs to
    line_id, -- line within the order
    cast(sum(confirmed_qty) as decimal(18, 4)) as confirmed_qty, -- quantity it had before
    cast(sum(case when claim_tier > 1 then confirmed_qty else 0 end) as decimal(18, 4))
        as confirmed_free_qty -- part of it from free stock
from claims_met
group by order_id, line_id
