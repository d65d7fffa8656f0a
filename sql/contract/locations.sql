-- One row per place that holds stock.
-- key: location_id
create table contract.locations (
    location_id varchar not null, -- location, as the other tables call it
    location_name varchar, -- name shown to people
    location_type varchar, -- kind of place
    is_netable boolean -- false when its stock cannot fill orders: quarantine, scrap, transit
);
