-- One row per load with rows still in force that are closed: a newer full extract of the same
-- series, made by the day asked for, has them no more. The day is that of the first such extract.
-- grain: load_id
-- store: table
with

superseded as (
    select
        older.load_id,
        newer.exported_on,
        older.tables as older_tables,
        newer.tables as newer_tables,
    from core.loads as older
    inner join core.loads as newer
        on older.series = newer.series
        and older.exported_at < newer.exported_at
    where newer.is_full and newer.is_known
)

select
    load_id, -- load whose remaining rows are closed
    min(
        case
            when
                older_tables like '%,sales_order_lines,%'
                and newer_tables like '%,sales_order_lines,%'
                then exported_on
        end
    ) as sales_closed_on, -- day its sales order lines were closed; empty when they are not
    min(
        case
            when
                older_tables like '%,purchase_order_lines,%'
                and newer_tables like '%,purchase_order_lines,%'
                then exported_on
        end
    ) as purchase_closed_on, -- the same of its purchase order lines
    min(
        case
            when
                older_tables like '%,production_orders,%'
                and newer_tables like '%,production_orders,%'
                then exported_on
        end
    ) as production_closed_on, -- the same of its production orders
    min(
        case
            when
                older_tables like '%,inventory_balances,%'
                and newer_tables like '%,inventory_balances,%'
                then exported_on
        end
    ) as stock_closed_on -- the same of its stock balances: nothing is there since
from superseded
group by load_id
