-- One row per rule and open order line: what stock on hand covers under the rule. The rule in force
-- has all lines; the others those of contested pools.
-- Each line claims stock: first what came in for it, then (strategy gain) what it had, then the
-- rest; fill claims no more than it had, lose nothing. Stock meets the claims in queue order.
-- Under fair_share each claim gets claim · min(1, stock / claims), whole units where all claims of
-- the pool are whole, else ten-thousandths; what rounding leaves goes to the largest remainders,
-- the oldest order first among equals.
-- grain: is_in_force, allocation_rule, order_id, line_id
-- engine: duckdb
with

queued_claims as (
    select
        queues.is_in_force,
        queues.allocation_rule,
        queues.order_id,
        queues.line_id,
        queues.pool_id,
        queues.queue_rank,
        case parts.claim_part
            when 1 then 1
            when 2 then queues.queue_tier - 1
            else queues.queue_tier
        end as claim_tier,
        case
            when parts.claim_part = 1 then queues.reserved_qty
            when parts.claim_part = 2 then queues.kept_qty
            when queues.strategy = 'lose' then 0
            when queues.strategy = 'fill' then queues.kept_qty
            when queues.strategy = 'gain' then queues.free_qty - queues.kept_qty
            else queues.free_qty
        end as claimed_qty,
        coalesce(on_hand.usable_qty, 0) as usable_qty,
    from core.rule_queues as queues
    cross join (values (1), (2), (3)) as parts (claim_part)
    left join core.on_hand as on_hand on queues.pool_id = on_hand.pool_id
    where
        queues.allocation_rule <> 'fair_share'
        and (
            parts.claim_part = 3
            or (parts.claim_part = 1 and queues.reserved_qty > 0)
            or (parts.claim_part = 2 and queues.strategy = 'gain')
        )
),

queued_claims_met as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        least(
            claimed_qty,
            greatest(
                usable_qty
                - coalesce(
                    sum(claimed_qty) over (
                        partition by is_in_force, allocation_rule, pool_id
                        order by claim_tier, queue_rank
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ),
                0
            )
        ) as met_qty,
    from queued_claims
),

shared_claims as (
    select
        queues.is_in_force,
        queues.allocation_rule,
        queues.order_id,
        queues.line_id,
        queues.pool_id,
        queues.queue_rank,
        case when parts.claim_part = 1 then 1 else queues.queue_tier end as claim_tier,
        case when parts.claim_part = 1 then queues.reserved_qty else queues.free_qty end
            as claimed_qty,
        coalesce(on_hand.usable_qty, 0) as usable_qty,
    from core.rule_queues as queues
    cross join (values (1), (3)) as parts (claim_part)
    left join core.on_hand as on_hand on queues.pool_id = on_hand.pool_id
    where
        queues.allocation_rule = 'fair_share'
        and (parts.claim_part = 3 or queues.reserved_qty > 0)
),

shared_claims_summed as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        claim_tier,
        claimed_qty,
        usable_qty,
        sum(claimed_qty) over (
            partition by is_in_force, allocation_rule, pool_id
            order by claim_tier
            range between unbounded preceding and current row
        ) as claimed_so_far_qty,
        sum(claimed_qty) over (
            partition by is_in_force, allocation_rule, pool_id, claim_tier
        ) as tier_qty,
        max(case when claimed_qty % 1 <> 0 then 1 else 0 end) over (
            partition by is_in_force, allocation_rule, pool_id
        ) as has_fractions,
    from shared_claims
),

-- Quantities as whole numbers of ten-thousandths: a share is exact, and so is what it leaves.
shared_claims_counted as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        claim_tier,
        cast(cast(claimed_qty as decimal(19, 4)) * 10000 as hugeint) as claimed_parts,
        cast(
            cast(
                least(tier_qty, greatest(usable_qty - (claimed_so_far_qty - tier_qty), 0))
                as decimal(30, 4)
            ) * 10000 as hugeint
        ) as stock_parts,
        greatest(cast(cast(tier_qty as decimal(30, 4)) * 10000 as hugeint), 1) as tier_parts,
        case when has_fractions = 1 then 1 else 10000 end as step_parts,
    from shared_claims_summed
),

shares as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        claim_tier,
        stock_parts,
        step_parts,
        claimed_parts * stock_parts // (tier_parts * step_parts) * step_parts
            as share_parts,
        claimed_parts * stock_parts % (tier_parts * step_parts) as rest_parts,
    from shared_claims_counted
),

shares_rounded as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        share_parts
        + least(
            step_parts,
            greatest(
                stock_parts
                - sum(share_parts) over (
                    partition by is_in_force, allocation_rule, pool_id, claim_tier
                )
                - step_parts * (
                    row_number() over (
                        partition by is_in_force, allocation_rule, pool_id, claim_tier
                        order by rest_parts desc, queue_rank
                    ) - 1
                ),
                0
            )
        ) as met_parts,
    from shares
),

met as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        met_qty,
    from queued_claims_met
    union all
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        pool_id,
        queue_rank,
        cast(cast(met_parts as decimal(30, 0)) * 0.0001 as decimal(38, 4)) as met_qty,
    from shares_rounded
),

lines_met as (
    select
        is_in_force,
        allocation_rule,
        order_id,
        line_id,
        queue_rank,
        sum(met_qty) as met_qty,
    from met
    group by is_in_force, allocation_rule, order_id, line_id, queue_rank
)

select
    lines_met.is_in_force as is_in_force, -- the rule is the one in force
    lines_met.allocation_rule as allocation_rule, -- rule
    lines_met.order_id as order_id, -- order the line belongs to
    lines_met.line_id as line_id, -- line within the order
    lines.item_id as item_id, -- item sold
    lines.pool_id as pool_id, -- lines and supply that may meet
    lines_met.queue_rank as queue_rank, -- place in the pool's queue, 1 is served first
    lines.open_qty as open_qty, -- quantity waiting
    cast(lines_met.met_qty as decimal(18, 4)) as allocated_qty, -- part stock on hand covers
    lines.hard_pegged_qty
        as hard_pegged_qty, -- part to come on orders placed for this sales order
    cast(lines.open_qty - lines_met.met_qty as decimal(18, 4))
        as short_qty -- part stock on hand does not cover
from lines_met
inner join core.open_lines as lines
    on lines_met.order_id = lines.order_id
    and lines_met.line_id = lines.line_id
