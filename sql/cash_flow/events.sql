-- Every cash movement shown: those of the last cash_history_days, and those still to come.
-- grain: is_past, kind, document_id, line_id, part_id
select
    united.is_past as is_past, -- has happened by the as-of date
    case when united.event_value < 0 then 'out' else 'in' end as direction, -- in or out
    united.kind as kind, -- what it is; kinds that begin with supplier, and payables, are of suppliers
    united.document_id as document_id, -- sales order or purchase order
    united.line_id as line_id, -- line of the sales order, or supply of the purchase order
    united.part_id as part_id, -- payment document, supply or day of delivery it hangs on
    united.party_id as party_id, -- customer or supplier
    united.currency as currency, -- ISO 4217 code it is paid in
    united.event_value
        as event_value, -- money in; out is negative; empty when the currency has no rate
    united.p50_date as p50_date, -- day it moves: as likely before as after; empty when unknown
    united.p80_date as p80_date, -- the same if customers' goods come on the day that 80 % keep
    united.p95_date as p95_date, -- the same if customers' goods come on the day that 95 % keep
    united.is_terms_known as is_terms_known, -- dated by a record or by terms that are loaded
    united.is_derived as is_derived -- follows from terms: no payments are recorded
from (
    select
        true as is_past,
        kind,
        document_id,
        line_id,
        part_id,
        party_id,
        currency,
        event_value,
        paid_on as p50_date,
        paid_on as p80_date,
        paid_on as p95_date,
        true as is_terms_known,
        is_derived,
    from cash_flow.past
    union all
    select
        false as is_past,
        kind,
        document_id,
        line_id,
        part_id,
        party_id,
        currency,
        event_value,
        p50_date,
        p80_date,
        p95_date,
        is_terms_known,
        is_derived,
    from cash_flow.expected
) as united
