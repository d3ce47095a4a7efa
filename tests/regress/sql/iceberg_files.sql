-- iceberg_twins.sql once more, with rows moving to data files all the time.
SET twins.fold = on;
\i sql/iceberg_twins.sql
