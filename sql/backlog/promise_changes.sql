-- One row per move of a promised date that exports tell of, as known at the as-of date: whose
-- promise moved, when, from which day to which.
-- Each export of a line is compared with the one before that names a date, of the same item. Where
-- the oldest export already names a first promise other than its promise, that is a move of an
-- unknown day.
-- grain: kind, document_id, line_id, load_id
-- store: table
with

told as (
    select
        table_name,
        document_id,
        line_id,
        party_id,
        item_id,
        load_id,
        exported_at,
        promised_date,
        lag(promised_date) over (
            partition by table_name, document_id, line_id, item_id
            order by newness_rank desc
        ) as old_date,
    from core.versions
    where is_known and promised_date is not null and table_name <> 'production_orders'
),

first_told as (
    select
        told.table_name,
        told.document_id,
        told.line_id,
        told.party_id,
        told.item_id,
        told.load_id,
        cast(null as timestamp) as changed_at,
        first_promises.first_promised_date as old_date,
        told.promised_date as new_date,
    from told
    inner join core.first_promises as first_promises
        on told.document_id = coalesce(first_promises.order_id, first_promises.po_id)
        and (told.table_name = 'sales_order_lines') = (first_promises.order_id is not null)
        and told.line_id = first_promises.line_id
        and told.item_id = first_promises.item_id
        and told.load_id = first_promises.oldest_load_id
),

told_once as (
    select
        'sales_order_lines' as table_name,
        lines.order_id as document_id,
        lines.line_id,
        lines.customer_id as party_id,
        lines.item_id,
        lines.load_id,
        lines.first_promised_date as old_date,
        lines.promised_date as new_date,
    from core.known_sales_lines as lines
    inner join core.as_of as as_of on lines.order_date <= as_of.as_of
    left join core.loads as loads on lines.load_id = loads.load_id
    where
        lines.first_promised_date <> lines.promised_date
        and coalesce(loads.is_known, true)
        and (lines.order_id, lines.line_id) not in (
            select document_id, line_id from core.versions where table_name = 'sales_order_lines'
        )
    union all
    select
        'purchase_order_lines' as table_name,
        lines.po_id as document_id,
        lines.line_id,
        lines.supplier_id as party_id,
        lines.item_id,
        lines.load_id,
        lines.first_promised_date as old_date,
        lines.promised_date as new_date,
    from core.known_purchase_lines as lines
    inner join core.as_of as as_of on lines.order_date <= as_of.as_of
    left join core.loads as loads on lines.load_id = loads.load_id
    where
        lines.first_promised_date <> lines.promised_date
        and coalesce(loads.is_known, true)
        and (lines.po_id, lines.line_id) not in (
            select document_id, line_id
            from core.versions
            where table_name = 'purchase_order_lines'
        )
),

moves as (
    select
        table_name,
        document_id,
        line_id,
        party_id,
        item_id,
        load_id,
        exported_at as changed_at,
        old_date,
        promised_date as new_date,
    from told
    where old_date <> promised_date
    union all
    select
        table_name,
        document_id,
        line_id,
        party_id,
        item_id,
        load_id,
        changed_at,
        old_date,
        new_date,
    from first_told
    where old_date <> new_date
    union all
    select
        table_name,
        document_id,
        line_id,
        party_id,
        item_id,
        load_id,
        cast(null as timestamp) as changed_at,
        old_date,
        new_date,
    from told_once
)

select
    case when table_name = 'sales_order_lines' then 'sales' else 'purchase' end
        as kind, -- sales: our promise to a customer; purchase: a supplier's to us
    document_id, -- sales or purchase order
    line_id, -- line within it
    party_id, -- customer or supplier
    item_id, -- item promised
    changed_at, -- when the export was made that told the new date; empty if before our first
    old_date, -- day promised before
    new_date, -- day promised from then
    cast(date_diff('day', old_date, new_date) as integer)
        as moved_days, -- days it moved: later when positive, earlier when negative
    load_id -- load that told the new date
from moves
