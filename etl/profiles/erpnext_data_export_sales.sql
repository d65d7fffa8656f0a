-- Sales orders in the Data Export template. Its header row here is the one that names
-- the document types; the second row below it has the field names, the columns of each
-- table set apart by a `~`. The first column is blank in records. Names stand in
-- quotation marks, and an order's cells on its first row only.
with

fields as (
    select
        unnest(r) as field,
        generate_subscripts(r, 1) as place,
    from given
    where _row = 2
),

fields_by_table as (
    select
        lower(trim(field)) as field,
        place,
        count(*) filter (where trim(field) = '~') over (order by place) as part,
    from fields
),

item_part as (
    select min(part) as part from fields_by_table where field = 'item_code'
),

places as (
    select
        min(place) filter (where part = 0 and field = 'name') as order_name,
        min(place) filter (where part = 0 and field = 'status') as order_status,
        min(place) filter (where part = 0 and field = 'customer') as order_customer,
        min(place) filter (where part = 0 and field = 'transaction_date') as order_date,
        min(place) filter (where part = 0 and field = 'delivery_date')
            as order_delivery_date,
        min(place) filter (where part = 0 and field = 'currency') as order_currency,
        min(place) filter (where is_item and field = 'name') as line_name,
        min(place) filter (where is_item and field = 'item_code') as line_item,
        min(place) filter (where is_item and field = 'qty') as line_qty,
        min(place) filter (where is_item and field = 'delivered_qty') as line_delivered,
        min(place) filter (where is_item and field = 'delivery_date')
            as line_delivery_date,
        min(place) filter (where is_item and field = 'warehouse') as line_warehouse,
        min(place) filter (where is_item and field = 'uom') as line_uom,
        min(place) filter (where is_item and field = 'rate') as line_rate,
    from (
        select
            fields_by_table.field,
            fields_by_table.place,
            fields_by_table.part,
            fields_by_table.part = item_part.part as is_item,
        from fields_by_table
        cross join item_part
    )
),

records as (
    select
        given._row,
        trim(coalesce(given.r[1], '')) <> '' as is_heading,
        nullif(trim(given.r[places.order_name], ' "'), '') as order_name,
        nullif(trim(given.r[places.order_status]), '') as order_status,
        nullif(trim(given.r[places.order_customer]), '') as order_customer,
        nullif(trim(given.r[places.order_date]), '') as order_date,
        nullif(trim(given.r[places.order_delivery_date]), '') as order_delivery_date,
        nullif(trim(given.r[places.order_currency]), '') as order_currency,
        nullif(trim(given.r[places.line_name], ' "'), '') as line_id,
        nullif(trim(given.r[places.line_item]), '') as item_id,
        nullif(trim(given.r[places.line_qty]), '') as ordered_qty,
        nullif(trim(given.r[places.line_delivered]), '') as delivered_qty,
        nullif(trim(given.r[places.line_delivery_date]), '') as line_delivery_date,
        given.r[places.line_warehouse] as location_id,
        given.r[places.line_uom] as uom,
        given.r[places.line_rate] as unit_price,
        count(nullif(trim(given.r[places.order_name]), '')) filter (
            where trim(coalesce(given.r[1], '')) = ''
        ) over (order by given._row) as order_number,
    from given
    cross join places
),

lines as (
    select
        _row,
        is_heading,
        first_value(order_name) over same_order as order_id,
        lower(first_value(order_status) over same_order) as order_status,
        first_value(order_customer) over same_order as customer_id,
        first_value(order_date) over same_order as order_date,
        coalesce(
            line_delivery_date, first_value(order_delivery_date) over same_order
        ) as requested_date,
        first_value(order_currency) over same_order as currency,
        line_id,
        item_id,
        ordered_qty,
        delivered_qty,
        location_id,
        uom,
        unit_price,
        try_cast(ordered_qty as decimal(18, 6)) as ordered,
        try_cast(delivered_qty as decimal(18, 6)) as delivered,
    from records
    window same_order as (partition by is_heading, order_number order by _row)
),

lines_judged as (
    select
        *,
        case order_status
            when 'to deliver and bill' then 'open'
            when 'to deliver' then 'open'
            when 'overdue' then 'open'
            when 'on hold' then 'hold'
            when 'to bill' then 'done'
            when 'completed' then 'done'
            when 'closed' then 'cancelled'
            when 'stopped' then 'cancelled'
            when 'cancelled' then 'cancelled'
            when 'draft' then 'draft'
        end as order_kind,
    from lines
)

select
    _row,
    is_heading,
    order_id,
    order_date,
    customer_id,
    line_id,
    item_id,
    ordered_qty,
    case
        when order_kind <> 'done' or delivered <> 0 then delivered_qty
    end as shipped_qty,
    case
        when order_kind = 'cancelled' or (order_kind = 'done' and delivered > 0)
            then cast(greatest(ordered - coalesce(delivered, 0), 0) as varchar)
    end as cancelled_qty,
    location_id,
    uom,
    requested_date,
    unit_price,
    currency,
    case
        when order_kind = 'cancelled' then 'cancelled'
        when order_kind = 'done' or delivered >= ordered then 'shipped'
        when order_kind = 'hold' then 'on_hold'
        when delivered > 0 then 'partially_shipped'
        else 'open'
    end as line_status,
    order_kind,
from lines_judged
