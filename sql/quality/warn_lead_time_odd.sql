-- A purchase order line has a lead time that cannot be, or that is far from what is usual for its
-- supplier: the kind of evidence that shows a date read in the wrong order of day and month.
-- Days from order to first receipt, else to the promise. Usual is the supplier's median, of three
-- lines or more.
-- grain: supply_id
-- store: table
with

received as (
    select supply_id, min(received_date) as received_date
    from core.receipts
    where supply_id is not null
    group by supply_id
),

lead_times as (
    select
        lines.supply_id,
        lines.supplier_id,
        lines.item_id,
        lines.order_date,
        coalesce(received.received_date, lines.first_promised_date) as arrival_date,
        date_diff(
            'day',
            lines.order_date,
            coalesce(received.received_date, lines.first_promised_date)
        ) as lead_days,
    from core.purchase_lines as lines
    left join received on lines.supply_id = received.supply_id
    where coalesce(received.received_date, lines.first_promised_date) is not null
),

usual as (
    select supplier_id, median(lead_days) as usual_days
    from lead_times
    group by supplier_id
    having count(*) >= 3
),

judged as (
    select
        lead_times.supply_id,
        lead_times.supplier_id,
        lead_times.item_id,
        lead_times.order_date,
        lead_times.arrival_date,
        lead_times.lead_days,
        usual.usual_days,
        case
            when lead_times.lead_days < 0 then 'before the order'
            when lead_times.lead_days > levers.longest_lead_days
                then 'longer than any lead time'
            when lead_times.lead_days = 0 and usual.usual_days >= levers.odd_lead_days
                then 'on the day of the order'
            when
                lead_times.lead_days > usual.usual_days * levers.odd_lead_factor
                and lead_times.lead_days > usual.usual_days + levers.odd_lead_days
                then 'far longer than usual'
        end as reason,
    from lead_times
    cross join core.levers as levers
    left join usual on lead_times.supplier_id = usual.supplier_id
)

select
    supply_id, -- purchase order line
    supplier_id, -- supplier
    item_id, -- item
    order_date, -- day ordered
    arrival_date, -- day first received, else first promised
    cast(lead_days as integer) as lead_days, -- days between them
    usual_days, -- median of the supplier's; empty for fewer than three
    reason -- what is odd about it
from judged
where reason is not null
