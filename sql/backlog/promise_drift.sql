-- One row per customer we promised and supplier who promised us, as far as promises moved: how
-- often, by how much and which way.
-- grain: kind, party_id
with

by_party as (
    select
        kind,
        party_id,
        count(distinct hash(document_id, line_id)) as lines_moved,
        count(*) as changes,
        avg(moved_days) as mean_moved_days,
        max(moved_days) as most_moved_days,
        count(case when moved_days > 0 then 1 end) as pushed_out,
        count(case when moved_days < 0 then 1 end) as pulled_in,
    from backlog.promise_changes
    group by kind, party_id
)

select
    by_party.kind as kind, -- sales: our promises to a customer; purchase: a supplier's to us
    by_party.party_id as party_id, -- customer or supplier
    case
        when by_party.kind = 'sales' then customers.customer_name
        else suppliers.supplier_name
    end as party_name, -- name of the customer or supplier
    by_party.lines_moved as lines_moved, -- order lines whose promise moved
    by_party.changes as changes, -- times a promise moved
    by_party.mean_moved_days as mean_moved_days, -- mean days of a move; later is positive
    by_party.most_moved_days as most_moved_days, -- days of the move that went furthest out
    by_party.pushed_out as pushed_out, -- moves to a later day
    by_party.pulled_in as pulled_in -- moves to an earlier day
from by_party
left join core.customers as customers on by_party.party_id = customers.customer_id
left join core.suppliers as suppliers on by_party.party_id = suppliers.supplier_id
