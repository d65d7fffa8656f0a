-- One row per basis, supply order and cause it stands for: the units short that it caused, by being
-- late, short-shipped, refused, or made late. A day's units of a cause are shared among the orders
-- that made its claims, those of components passed on included, in proportion to them.
-- Over all orders it is what causes.lines gives to these causes.
-- grain: basis, supply_id, cause
with

claims as (
    select
        pool_id,
        on_date,
        cause,
        evidence_id as supply_id,
        sum(claim_share) as claim_share,
    from causes.traced
    where evidence_kind in ('purchase_order', 'production_order')
    group by pool_id, on_date, cause, evidence_id
),

shares as (
    select
        pool_id,
        on_date,
        cause,
        supply_id,
        claim_share / sum(claim_share) over (partition by pool_id, on_date, cause)
            as cause_share,
    from claims
),

short as (
    select
        basis,
        pool_id,
        on_date,
        cause,
        sum(cause_qty) as cause_qty,
        sum(cause_value) as cause_value,
    from causes.lines
    group by basis, pool_id, on_date, cause
)

select
    short.basis as basis, -- fell_due: on the day lines fell due; as_of: today
    shares.supply_id as supply_id, -- purchase order line or production order
    orders.supplier_id as supplier_id, -- its supplier; (own production) for production orders
    short.cause as cause, -- cause it stands for
    sum(cast(short.cause_qty as double) * shares.cause_share)
        as caused_qty, -- units short that it caused
    sum(cast(short.cause_value as double) * shares.cause_share)
        as caused_value -- their value to customers, unpriced lines left out
from short
inner join shares
    on short.pool_id = shares.pool_id
    and short.on_date = shares.on_date
    and short.cause = shares.cause
inner join suppliers.orders as orders on shares.supply_id = orders.supply_id
group by short.basis, shares.supply_id, orders.supplier_id, short.cause
