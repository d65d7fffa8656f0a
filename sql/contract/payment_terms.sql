-- One row per set of payment terms.
-- key: payment_terms_id
create table contract.payment_terms (
    payment_terms_id varchar not null, -- terms, as orders and master data call them
    net_days integer not null check (net_days >= 0), -- days from the basis until payment is due
    basis varchar check (basis in ('order', 'ship', 'receipt', 'invoice', 'end_of_month')), -- event the days are counted from
    deposit_rate decimal(9, 6) check (deposit_rate between 0 and 1), -- share paid at order, 0-1
    discount_rate decimal(9, 6) check (discount_rate between 0 and 1), -- discount for early payment, 0-1
    discount_days integer check (discount_days >= 0) -- days within which the discount holds
);
