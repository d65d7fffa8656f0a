-- One row per order line of which a newer export than the day asked for is in force: the version
-- that takes its place. It is the newest made by that day; where none was, the oldest of all.
-- Empty when no day was asked for.
-- grain: order_id, po_id, production_order_id, line_id
-- store: table
with

ranked as (
    select
        versions.table_name,
        versions.document_id,
        versions.line_id,
        versions.load_id,
        versions.newness_rank,
        versions.place,
        versions.is_whole_document,
        versions.is_known,
        versions.content_load_id,
        versions.is_content_in_force,
        versions.is_in_force,
        row_number() over (
            partition by versions.table_name, versions.document_id, versions.line_id
            order by
                versions.is_known desc,
                case
                    when versions.is_known then versions.newness_rank
                    else -versions.newness_rank
                end
        ) as choice_rank,
        max(
            case when versions.is_known and versions.is_whole_document then versions.place end
        ) over document as whole_place,
        max(case when versions.is_known then versions.place end) over document as known_place,
    from core.versions as versions
    inner join core.run as run on run.as_of is not null
    window document as (partition by versions.table_name, versions.document_id)
),

chosen as (
    select
        table_name,
        document_id,
        line_id,
        load_id,
        content_load_id,
        is_content_in_force,
        is_in_force,
        is_known,
        case
            when is_known
                then place < coalesce(whole_place, 0)
                    or (is_whole_document and place < known_place)
            else whole_place is not null or (is_whole_document and known_place is not null)
        end as is_dropped,
    from ranked
    where choice_rank = 1
)

select
    case when table_name = 'sales_order_lines' then document_id end
        as order_id, -- sales order, of its lines
    case when table_name = 'purchase_order_lines' then document_id end
        as po_id, -- purchase order, of its lines
    case when table_name = 'production_orders' then document_id end
        as production_order_id, -- production order
    line_id, -- line within the order
    load_id, -- load of the version that counts
    content_load_id, -- load under which its words are kept
    is_content_in_force, -- its words are those in force
    is_known, -- made by the day asked for
    is_dropped -- the order as told by then as a whole had no such line
from chosen
where not is_in_force or is_dropped
