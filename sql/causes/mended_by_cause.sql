-- One row per basis and cause: what would not be short if only this cause were mended, and what it
-- makes short alone, over all items. Not additive over causes.
-- grain: basis, cause
select
    basis, -- fell_due: on the day the lines fell due; as_of: today
    cause, -- cause
    any_value(cause_name) as cause_name, -- name of the cause
    any_value(cause_group) as cause_group, -- where it lies: demand, supply, own operation, …
    any_value(cause_rank) as cause_rank, -- order it is shown in
    any_value(is_planned) as is_planned, -- waiting on purpose
    cast(count(*) as bigint) as items, -- items it took part in
    cast(sum(cause_qty) as decimal(38, 4)) as cause_qty, -- short units that are the cause's
    cast(sum(cause_value) as decimal(38, 2))
        as cause_value, -- value of them; lines of unknown price left out
    sum(sufficient_qty) as sufficient_qty, -- units short from this cause alone
    sum(sufficient_value) as sufficient_value, -- value of them
    sum(but_for_qty) as but_for_qty, -- units not short had only this cause not been
    sum(but_for_value) as but_for_value -- value of them
from causes.if_mended
group by basis, cause
