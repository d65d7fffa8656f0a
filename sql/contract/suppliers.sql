-- One row per supplier.
-- key: supplier_id
create table contract.suppliers (
    supplier_id varchar not null, -- supplier, as the purchase orders call it
    supplier_name varchar, -- name shown to people
    country varchar, -- country it delivers from
    payment_terms_id varchar, -- usual payment terms
    currency varchar, -- ISO 4217 code it invoices in
    on_hold boolean -- true when nothing may be ordered from it
);
