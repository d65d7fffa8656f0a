-- One row per correction of stock that is neither a receipt nor a shipment.
-- key: adjustment_id
create table contract.stock_adjustments (
    adjustment_id varchar not null, -- adjustment document
    item_id varchar not null, -- item corrected
    location_id varchar, -- location corrected
    adjusted_on date not null, -- day of the correction
    adjusted_qty decimal(18, 4) not null, -- change of stock in base units: negative when stock was missing
    reason varchar -- why
);
