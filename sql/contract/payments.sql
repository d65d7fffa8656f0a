-- One row per payment from a customer or to a supplier.
-- key: payment_id
create table contract.payments (
    payment_id varchar not null, -- payment document
    direction varchar not null check (direction in ('in', 'out')), -- in from a customer, out to a supplier
    order_id varchar, -- sales order paid
    po_id varchar, -- purchase order paid
    paid_on date not null, -- day the money moved
    amount decimal(18, 2) not null, -- amount in its currency; negative for a refund
    currency varchar not null, -- ISO 4217 code of the amount
    kind varchar check (kind in ('deposit', 'payment', 'refund')), -- what the payment is
    check (order_id is not null or po_id is not null)
);
