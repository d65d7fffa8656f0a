-- One row per day with an event that moves demand.
-- key: event_date, event_name, item_id, category
create table contract.calendar_events (
    event_date date not null, -- day of the event
    event_name varchar not null, -- name of the event
    kind varchar check (kind in ('holiday', 'promotion', 'weather', 'other')), -- what kind of event it is
    item_id varchar, -- item it concerns; every item when item and category are missing
    category varchar -- category it concerns
);
