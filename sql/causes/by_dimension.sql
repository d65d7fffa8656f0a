-- The units and values of shortages by cause and every dimension: the one place where they are
-- summed. Values leave out lines of unknown price, which are counted.
-- grain: basis, dimension, member_id, cause
select
    lines.basis as basis, -- fell_due: on the day the lines fell due; as_of: today
    dimensions.dimension as dimension, -- what the lines are grouped by
    case dimensions.dimension
        when 'item' then orders.item_id
        when 'customer' then orders.customer_id
        when 'supplier' then orders.supplier_id
        when 'category' then orders.category
        when 'location' then orders.location_id
        when 'pool' then lines.pool_id
        when 'month' then cast(cast(date_trunc('month', lines.on_date) as date) as varchar)
        when 'day' then cast(lines.on_date as varchar)
    end as member_id, -- member of the dimension
    case dimensions.dimension
        when 'item' then any_value(items.item_name)
        when 'customer' then any_value(customers.customer_name)
        when 'supplier' then any_value(suppliers.supplier_name)
        when 'category' then any_value(orders.category)
        when 'location' then any_value(orders.location_id)
    end as member_name, -- name of the member
    lines.cause as cause, -- cause
    any_value(kinds.cause_name) as cause_name, -- name of the cause
    any_value(kinds.cause_rank) as cause_rank, -- order the cause is shown in
    bool_or(kinds.is_planned) as is_planned, -- waiting on purpose
    count(*) as lines, -- lines with units of the cause
    cast(sum(lines.cause_qty) as decimal(38, 4)) as cause_qty, -- short units that are the cause's
    cast(sum(lines.cause_value) as decimal(38, 2)) as cause_value, -- value of them
    cast(sum(case when lines.cause_value is null then 1 else 0 end) as bigint)
        as price_missing_lines -- lines of unknown price, left out of the value
from causes.lines as lines
inner join core.order_lines as orders
    on lines.order_id = orders.order_id
    and lines.line_id = orders.line_id
inner join causes.kinds as kinds on lines.cause = kinds.cause
left join core.items as items on orders.item_id = items.item_id
left join core.customers as customers on orders.customer_id = customers.customer_id
left join core.suppliers as suppliers on orders.supplier_id = suppliers.supplier_id
cross join (
    values
    ('total'),
    ('item'),
    ('customer'),
    ('supplier'),
    ('category'),
    ('location'),
    ('pool'),
    ('month'),
    ('day')
) as dimensions (dimension)
group by lines.basis, dimensions.dimension, member_id, lines.cause
