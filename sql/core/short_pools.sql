-- One row per pool with a short line, today or in the history told, and per component that a
-- production order waited for.
-- grain: pool_id
-- store: table
with

pools as (
    select pool_id, item_id from core.short_days
    union
    select pool_id, component_id as item_id from core.material_waits
)

select
    pool_id, -- lines and supply that may meet
    any_value(item_id) as item_id -- item
from pools
group by pool_id
