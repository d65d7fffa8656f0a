-- One row per version of an order line that exports have told differently, or again: what each
-- said of item and promise. Lines told once are not here, except of
-- documents told as a whole. A version that says what the next newer
-- one says takes its words.
-- grain: table_name, document_id, line_id, load_id
-- store: table
with

-- A document without line numbers is told as a whole: lines of it may be new in one version.
whole_sales as (
    select distinct lines.order_id
    from history.sales_order_lines as lines
    inner join core.loads as loads on lines.load_id = loads.load_id
    where loads.whole_documents like '%,sales_order_lines,%'
),

whole_purchases as (
    select distinct lines.po_id
    from history.purchase_order_lines as lines
    inner join core.loads as loads on lines.load_id = loads.load_id
    where loads.whole_documents like '%,purchase_order_lines,%'
),

told as (
    select
        'sales_order_lines' as table_name,
        order_id as document_id,
        line_id,
        load_id,
        is_same,
        false as is_in_force,
        customer_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from history.sales_order_lines
    union all
    select
        'sales_order_lines' as table_name,
        order_id as document_id,
        line_id,
        load_id,
        false as is_same,
        true as is_in_force,
        customer_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from contract.sales_order_lines
    where (order_id, line_id) in (select order_id, line_id from history.sales_order_lines)
    union all
    select
        'sales_order_lines' as table_name,
        order_id as document_id,
        line_id,
        load_id,
        false as is_same,
        true as is_in_force,
        customer_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from contract.sales_order_lines
    where
        order_id in (select order_id from whole_sales)
        and (order_id, line_id) not in (select order_id, line_id from history.sales_order_lines)
    union all
    select
        'purchase_order_lines' as table_name,
        po_id as document_id,
        line_id,
        load_id,
        is_same,
        false as is_in_force,
        supplier_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from history.purchase_order_lines
    union all
    select
        'purchase_order_lines' as table_name,
        po_id as document_id,
        line_id,
        load_id,
        false as is_same,
        true as is_in_force,
        supplier_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from contract.purchase_order_lines
    where (po_id, line_id) in (select po_id, line_id from history.purchase_order_lines)
    union all
    select
        'purchase_order_lines' as table_name,
        po_id as document_id,
        line_id,
        load_id,
        false as is_same,
        true as is_in_force,
        supplier_id as party_id,
        item_id,
        first_promised_date,
        promised_date,
    from contract.purchase_order_lines
    where
        po_id in (select po_id from whole_purchases)
        and (po_id, line_id) not in (select po_id, line_id from history.purchase_order_lines)
    union all
    select
        'production_orders' as table_name,
        production_order_id as document_id,
        '1' as line_id,
        load_id,
        is_same,
        false as is_in_force,
        '(own production)' as party_id,
        item_id,
        cast(null as date) as first_promised_date,
        due_date as promised_date,
    from history.production_orders
    union all
    select
        'production_orders' as table_name,
        production_order_id as document_id,
        '1' as line_id,
        load_id,
        false as is_same,
        true as is_in_force,
        '(own production)' as party_id,
        item_id,
        cast(null as date) as first_promised_date,
        due_date as promised_date,
    from contract.production_orders
    where production_order_id in (select production_order_id from history.production_orders)
),

dated as (
    select
        told.table_name,
        told.document_id,
        told.line_id,
        told.load_id,
        told.is_same,
        told.is_in_force,
        told.party_id,
        told.item_id,
        told.first_promised_date,
        told.promised_date,
        loads.place,
        loads.exported_at,
        loads.is_known,
        loads.whole_documents like '%,' || told.table_name || ',%' as is_whole_document,
        row_number() over newest_first as newness_rank,
        count(case when not told.is_same then 1 end) over newest_first as content_rank,
    from told
    inner join core.loads as loads on told.load_id = loads.load_id
    window newest_first as (
        partition by told.table_name, told.document_id, told.line_id
        order by loads.place desc
        rows between unbounded preceding and current row
    )
)

select
    table_name, -- contract table of the line
    document_id, -- order the line belongs to
    line_id, -- line within the order
    load_id, -- load that told it
    exported_at, -- when its export was made
    place, -- place of its load among all: the highest is in force
    is_known, -- made by the day asked for
    is_in_force, -- the newest version of all
    is_whole_document, -- its export replaces documents as a whole
    newness_rank, -- 1 is the newest
    max(case when not is_same then load_id end) over content
        as content_load_id, -- load under which its words are kept
    bool_or(is_in_force) over content as is_content_in_force, -- its words are those in force
    max(party_id) over content as party_id, -- customer or supplier
    max(item_id) over content as item_id, -- item
    max(first_promised_date) over content as first_promised_date, -- first promise it states
    max(promised_date) over content as promised_date -- promise it states
from dated
window content as (partition by table_name, document_id, line_id, content_rank)
