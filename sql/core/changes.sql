-- What a what-if scenario changes of supply and demand; no rows in a published snapshot.
-- The kinds of change are those of sql/changes.toml. Several changes of one subject add up.
-- key: change, subject_id, location_id
create table core.changes (
    change varchar not null, -- kind of change
    subject_id varchar not null, -- supply, supplier or item it is about; empty for all
    location_id varchar not null, -- location it is about; empty when it has none
    amount double not null, -- days, quantity or factor, by the kind
    after_days integer -- days from the as-of date until it is there
)
