-- The actions of each kind: how many, how many are overdue, and the largest worth among them.
-- grain: action_kind
select
    kinds.action_kind as action_kind, -- what to do
    kinds.kind_rank as kind_rank, -- order in which they are shown
    kinds.action_name as action_name, -- the same in words
    kinds.owner as owner, -- who usually does it
    count(ranked.action_id) as actions, -- how many
    count(case when ranked.is_overdue then 1 end) as overdue_actions, -- whose day has passed
    sum(ranked.worth_value) as worth_value, -- value behind them; empty without any
    sum(ranked.cost_value) as cost_value -- money they cost or pay out; empty when unknown
from actions.kinds as kinds
left join actions.ranked as ranked on kinds.action_kind = ranked.action_kind
group by all
