-- One row per customer.
-- key: customer_id
create table contract.customers (
    customer_id varchar not null, -- customer, as the orders call it
    customer_name varchar, -- name shown to people
    segment varchar, -- customer segment
    priority integer, -- 1 is served first
    region varchar, -- sales region
    payment_terms_id varchar, -- usual payment terms
    credit_hold boolean, -- true when nothing may ship to the customer
    first_order_date date -- day of the first order ever
);
