-- One row per load and date column whose odd dates mostly come right when day and month change
-- places: it was read month first where it is day first, or the other way round.
-- Odd: before the order, or later than the longest lead time allows. Three such rows at least, and
-- most of the odd ones.
-- grain: load_id, table_name, column_name
-- store: table
-- engine: duckdb
with

sales_dates as (
    select
        lines.load_id,
        'sales_order_lines' as table_name,
        columns.column_name,
        lines.order_date,
        case columns.column_name
            when 'requested_date' then lines.requested_date
            when 'first_promised_date' then lines.first_promised_date
            when 'promised_date' then lines.promised_date
            when 'shipped_date' then lines.shipped_date
        end as other_date,
    from contract.sales_order_lines as lines
    cross join core.levers as levers
    cross join (
        values ('requested_date'), ('first_promised_date'), ('promised_date'), ('shipped_date')
    ) as columns (column_name)
    where
        least(
            lines.requested_date,
            lines.first_promised_date,
            lines.promised_date,
            lines.shipped_date
        ) < lines.order_date
        or greatest(
            lines.requested_date,
            lines.first_promised_date,
            lines.promised_date,
            lines.shipped_date
        ) > lines.order_date + levers.longest_lead_days
),

purchase_dates as (
    select
        lines.load_id,
        'purchase_order_lines' as table_name,
        columns.column_name,
        lines.order_date,
        case columns.column_name
            when 'requested_date' then lines.requested_date
            when 'first_promised_date' then lines.first_promised_date
            when 'promised_date' then lines.promised_date
        end as other_date,
    from contract.purchase_order_lines as lines
    cross join (
        values ('requested_date'), ('first_promised_date'), ('promised_date')
    ) as columns (column_name)
),

receipt_dates as (
    select
        receipts.load_id,
        'receipts' as table_name,
        'received_date' as column_name,
        purchases.order_date,
        receipts.received_date as other_date,
    from contract.receipts as receipts
    inner join contract.purchase_order_lines as purchases
        on receipts.po_id = purchases.po_id
        and receipts.po_line_id = purchases.line_id
),

dates as (
    select load_id, table_name, column_name, order_date, other_date from sales_dates
    union all
    select load_id, table_name, column_name, order_date, other_date from purchase_dates
    union all
    select load_id, table_name, column_name, order_date, other_date from receipt_dates
),

odd as (
    select
        dates.load_id,
        dates.table_name,
        dates.column_name,
        dates.order_date,
        dates.other_date,
        case
            when day(dates.order_date) <= 12
                then make_date(
                    year(dates.order_date), day(dates.order_date), month(dates.order_date)
                )
        end as swapped_order_date,
        case
            when day(dates.other_date) <= 12
                then make_date(
                    year(dates.other_date), day(dates.other_date), month(dates.other_date)
                )
        end as swapped_other_date,
        levers.longest_lead_days,
    from dates
    cross join core.levers as levers
    where
        dates.other_date < dates.order_date
        or dates.other_date > dates.order_date + levers.longest_lead_days
),

judged as (
    select
        load_id,
        table_name,
        column_name,
        coalesce(
            swapped_other_date between order_date and order_date + longest_lead_days, false
        )
        or coalesce(
            other_date
            between swapped_order_date and swapped_order_date + longest_lead_days, false
        )
        or coalesce(
            swapped_other_date
            between swapped_order_date and swapped_order_date + longest_lead_days, false
        ) as is_mended,
    from odd
)

select
    judged.load_id as load_id, -- load the dates came with
    judged.table_name as table_name, -- contract table
    judged.column_name as column_name, -- date column set against the order's date
    any_value(loads.source_file) as source_file, -- file, and sheet where it has several
    cast(count(*) as bigint) as odd_rows, -- rows whose date is before the order or far after it
    cast(count(case when judged.is_mended then 1 end) as bigint)
        as mended_rows -- those of them that come right when day and month change places
from judged
left join quality.loads as loads on judged.load_id = loads.load_id
group by judged.load_id, judged.table_name, judged.column_name
having
    count(case when judged.is_mended then 1 end) >= 3
    and count(case when judged.is_mended then 1 end) * 2 > count(*)
