-- Claims less the buffer must be the shortage of the pool, up to the rounding of claims, and the shares
-- of its causes lie between 0 and 1 and add up to 1.
-- grain: basis, pool_id, on_date
with

claimed as (
    select
        basis,
        pool_id,
        on_date,
        sum(
            case when cause <> 'allocation_or_hold' then cast(claimed_qty as double) end
        ) as claimed_qty,
        sum(cause_share) as shares,
        min(cause_share) as least_share,
        max(but_for_qty - cast(short_qty as double)) as but_for_excess_qty,
        max(sufficient_qty - but_for_qty) as sufficient_excess_qty,
        bool_or(cause = 'unknown' and cause_share > 0.999999) as is_unknown,
    from causes.claims
    group by basis, pool_id, on_date
)

select
    claimed.basis as basis, -- fell_due or as_of
    claimed.pool_id as pool_id, -- pool
    claimed.on_date as on_date, -- day
    claimed.claimed_qty as claimed_qty, -- units its causes claim, allocation and holds left out
    balance.buffer_qty as buffer_qty, -- units the plan had to spare and that helped
    -balance.net_inventory_qty as pool_short_qty, -- units the pool was short
    claimed.shares as shares -- shares of its causes together
from claimed
left join causes.balance as balance
    on claimed.pool_id = balance.pool_id
    and claimed.on_date = balance.on_date
where
    abs(claimed.shares - 1) > 1e-6
    or claimed.least_share < 0
    or claimed.but_for_excess_qty > 1e-6
    or claimed.sufficient_excess_qty > 1e-6
    or (
        not claimed.is_unknown
        and abs(claimed.claimed_qty - balance.buffer_qty + balance.net_inventory_qty) > 0.01
    )
