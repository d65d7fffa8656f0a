-- The rules by which stock can be shared out, and which of them is in force.
-- grain: allocation_rule
select
    cast(rules.allocation_rule as varchar) as allocation_rule, -- rule, as the assumption names it
    cast(rules.rule_rank as integer) as rule_rank, -- order in which rules are shown
    cast(rules.rule_name as varchar) as rule_name, -- what the rule does, in words
    rules.allocation_rule = levers.allocation_rule
        as is_in_force -- the rule the figures are made with
from (
    values
    ('order_date', 1, 'Oldest order first'),
    ('due_date', 2, 'Earliest due date first'),
    ('priority', 3, 'Highest priority first'),
    ('need_by', 4, 'Earliest need-by date first'),
    ('value', 5, 'Highest value first'),
    ('margin', 6, 'Highest margin first'),
    ('smallest_first', 7, 'Smallest quantity first'),
    ('fair_share', 8, 'The same share for each line'),
    ('segment_strategy', 9, 'By customer segment')
) as rules (allocation_rule, rule_rank, rule_name)
cross join core.levers as levers
