-- One row per location: those of the master data and those only other tables name.
-- grain: location_id
-- store: table
with

mentioned as (
    select location_id from contract.locations
    union
    select location_id from contract.sales_order_lines
    union
    select location_id from contract.inventory_balances
    union
    select location_id from contract.purchase_order_lines
    union
    select location_id from contract.production_orders
)

select
    mentioned.location_id as location_id, -- location
    coalesce(locations.location_name, mentioned.location_id)
        as location_name, -- name shown to people; the id where none is known
    locations.location_type as location_type, -- kind of place
    coalesce(locations.is_netable, true) as is_netable, -- its stock can fill orders
    locations.location_id is not null as is_in_master -- false when only other tables name it
from mentioned
left join contract.locations as locations on mentioned.location_id = locations.location_id
where mentioned.location_id is not null
