-- One row per allocation rule and customer with lines that fare otherwise than under the rule in
-- force: what the customer wins and loses by the rule.
-- grain: allocation_rule, customer_id
select
    allocation_rule as allocation_rule, -- rule
    customer_id as customer_id, -- customer
    customer_name as customer_name, -- name of the customer
    segment as segment, -- customer segment
    cast(sum(case when outcome = 'wins' then 1 else 0 end) as bigint)
        as winning_lines, -- lines with more from stock now, or as much and whole sooner
    cast(sum(case when outcome = 'loses' then 1 else 0 end) as bigint)
        as losing_lines, -- lines with less from stock now, or whole later
    cast(sum(greatest(gained_qty, 0)) as decimal(38, 4))
        as won_qty, -- quantity its winning lines get more from stock
    cast(sum(greatest(-gained_qty, 0)) as decimal(38, 4))
        as lost_qty, -- quantity its losing lines get less from stock
    cast(sum(gained_qty) as decimal(38, 4)) as gained_qty, -- the first less the second
    cast(sum(greatest(gained_value, 0)) as decimal(38, 2)) as won_value, -- value of the first
    cast(sum(greatest(-gained_value, 0)) as decimal(38, 2)) as lost_value, -- value of the second
    cast(sum(gained_value) as decimal(38, 2)) as gained_value -- value won less value lost
from backlog.rule_lines
where outcome <> 'same'
group by allocation_rule, customer_id, customer_name, segment
