-- Manufacturing orders with the item their operation makes: named by the operation, or
-- else what its materials have a positive quantity of. An order may be for a step of a
-- routing: marked.
with

operations as (
    select
        trim(own.name) as name,
        nullif(trim(own.item), '') as item,
        own.location,
        try_cast(trim(own.duration) as double) as duration,
        try_cast(trim(own.duration_per) as double) as duration_per,
        coalesce(lower(trim(routing.type)) = 'routing', false) as is_step,
    from operation as own
    left join operation as routing on trim(own.owner) = trim(routing.name)
    qualify
        row_number() over (
            partition by trim(own.name) order by own._load desc, own._row desc
        ) = 1
),

outputs as (
    select
        trim(operation) as operation,
        trim(item) as item,
        sum(try_cast(trim(quantity) as double)) as qty,
    from operationmaterial
    where try_cast(trim(quantity) as double) > 0
    group by all
),

orders as (
    select
        *,
        trim(coalesce(nullif(trim(operation), ''), name)) as made_by,
        try_cast(trim(quantity) as double) as runs,
    from given
)

select
    orders._row,
    orders.type,
    orders.reference,
    coalesce(nullif(trim(orders.item), ''), operations.item, outputs.item) as item,
    coalesce(nullif(trim(orders.location), ''), operations.location) as location,
    coalesce(
        cast(
            try_cast(orders.runs * coalesce(outputs.qty, 1) as decimal(18, 4)) as varchar
        ),
        orders.quantity
    ) as made_qty,
    case
        when lower(trim(orders.status)) in ('completed', 'closed') then made_qty
        else coalesce(nullif(trim(orders.quantity_completed), ''), '0')
    end as completed_qty,
    orders.startdate,
    coalesce(
        nullif(trim(orders.enddate), ''),
        cast(
            try_cast(trim(orders.startdate) as timestamp)
            + to_seconds(
                coalesce(operations.duration, 0) + operations.duration_per * orders.runs
            ) as varchar
        )
    ) as due_date,
    case
        when lower(trim(orders.status)) in ('completed', 'closed') then orders.enddate
    end as completed_date,
    orders.status,
    coalesce(operations.is_step, false) as is_step,
from orders
left join operations on orders.made_by = operations.name
left join outputs
    on orders.made_by = outputs.operation
    and outputs.item
    = coalesce(nullif(trim(orders.item), ''), operations.item, outputs.item)
qualify
    row_number() over (
        partition by orders._row order by outputs.qty desc nulls last
    ) = 1
