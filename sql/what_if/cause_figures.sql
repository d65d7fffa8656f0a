-- One row per cause of what is short today, and one for what mending causes costs: more figures that
-- a scenario is judged by. What is to come changes no cause.
-- grain: figure
-- store: table
with

figures as (
    select
        'cause_' || causes.cause as figure,
        15 + causes.cause_rank as figure_rank,
        causes.cause_name as figure_name,
        'units' as unit,
        causes.cause_qty as value,
    from what_if.causes as causes
    union all
    select
        'mended_holding' as figure,
        29 as figure_rank,
        'Holding stock in place of what is mended, for a year' as figure_name,
        'money' as unit,
        coalesce(sum(holding_value), 0) as value,
    from what_if.mended_pools
)

select
    figure, -- name of the figure
    cast(figure_rank as integer) as figure_rank, -- order in which they are shown
    'causes' as subject, -- what it is about: causes
    figure_name, -- what it is, in words
    unit, -- units or money
    false as is_more_better, -- more of it is good
    value -- the figure; empty when unknown
from figures
