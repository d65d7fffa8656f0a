-- Components of each item made: what an operation consumes (negative quantity) for one
-- unit of what it makes (positive quantity). The steps of a routing make one recipe
-- together, named after the routing; a component used in several steps is summed, and
-- its last row counts.
with

recipes as (
    select
        trim(step.name) as operation,
        coalesce(trim(routing.name), trim(step.name)) as recipe,
        coalesce(
            nullif(trim(routing.item), ''),
            nullif(trim(step.item), ''),
            nullif(trim(parent.item), '')
        ) as item,
    from operation as step
    left join operation as parent on trim(step.owner) = trim(parent.name)
    left join operation as routing
        on trim(step.owner) = trim(routing.name)
        and lower(trim(routing.type)) = 'routing'
    qualify
        row_number() over (
            partition by operation order by step._load desc, step._row desc
        ) = 1
),

materials as (
    select
        given._row,
        coalesce(recipes.recipe, trim(given.operation)) as recipe,
        recipes.item as named_item,
        trim(given.item) as item,
        try_cast(trim(given.quantity) as double) as qty,
        given.quantity as qty_text,
        nullif(trim(given.effective_start), '') as effective_start,
        nullif(trim(given.effective_end), '') as effective_end,
    from given
    left join recipes on trim(given.operation) = recipes.operation
),

made as (
    select recipe, item, sum(qty) as qty,
    from materials
    where qty > 0 and item = coalesce(named_item, item)
    group by recipe, item
    qualify row_number() over (partition by recipe order by sum(qty) desc, item) = 1
)

select
    materials._row,
    coalesce(materials.named_item, made.item) as parent,
    materials.item as component,
    materials.recipe,
    materials.effective_start,
    materials.effective_end,
    coalesce(
        cast(
            try_cast(
                -sum(materials.qty) over (
                    partition by
                        materials.recipe, materials.item, materials.effective_start
                )
                / coalesce(made.qty, 1) as decimal(24, 10)
            ) as varchar
        ),
        materials.qty_text
    ) as qty_per,
    coalesce(materials.qty > 0, false) as is_made,
from materials
left join made on materials.recipe = made.recipe
