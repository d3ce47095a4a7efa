-- pg_iceberg_am 1.0: the access method iceberg and the tables that hold the truth about its tables.

\echo Use "CREATE EXTENSION pg_iceberg_am" to load this file. \quit

CREATE FUNCTION iceberg_handler(internal)
RETURNS table_am_handler
AS 'MODULE_PATHNAME', 'tam_iceberg_handler'
LANGUAGE C STRICT;

COMMENT ON FUNCTION iceberg_handler(internal) IS 'handler of the table access method iceberg';

CREATE ACCESS METHOD iceberg TYPE TABLE HANDLER iceberg_handler;

COMMENT ON ACCESS METHOD iceberg IS 'keeps the rows of a table as an Apache Iceberg table';

CREATE FUNCTION iceberg_sweep()
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_iceberg_sweep'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

REVOKE ALL ON FUNCTION iceberg_sweep() FROM PUBLIC;

COMMENT ON FUNCTION iceberg_sweep()
IS 'deletes what the truth tables hold about storages that no table has any more; returns how many storages that were';

CREATE FUNCTION iceberg_fold(relation regclass)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_iceberg_fold'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

REVOKE ALL ON FUNCTION iceberg_fold(regclass) FROM PUBLIC;

COMMENT ON FUNCTION iceberg_fold(regclass) IS 'moves the committed rows of a table to a data file; returns how many';

-- The truth: what is live in which table. The library reads and writes these tables itself; nobody else should.
-- "storage" names a table's storage: a number given once and never again.

CREATE SCHEMA tamarack_iceberg;

COMMENT ON SCHEMA tamarack_iceberg IS 'what is live in the tables of the access method iceberg; for the library alone';

CREATE TABLE tamarack_iceberg.row_store (
    storage bigint NOT NULL,
    "row" bigint NOT NULL,
    tuple bytea
) USING heap;

-- a row is compressed, if at all, value by value
ALTER TABLE tamarack_iceberg.row_store ALTER tuple SET STORAGE EXTERNAL;

CREATE INDEX row_store_index ON tamarack_iceberg.row_store (storage, "row");

COMMENT ON TABLE tamarack_iceberg.row_store
IS 'rows that lie in no Parquet file yet, and the anchors of rows in files that were updated, deleted or locked';

CREATE TABLE tamarack_iceberg.data_file (
    storage bigint NOT NULL,
    path text NOT NULL,
    bytes bigint NOT NULL,
    rows bigint NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    contiguous boolean NOT NULL,
    statistics bytea,
    numbers bytea
) USING heap;

ALTER TABLE tamarack_iceberg.data_file ALTER numbers SET STORAGE EXTERNAL;

CREATE INDEX data_file_index ON tamarack_iceberg.data_file (storage, last_row);

COMMENT ON TABLE tamarack_iceberg.data_file IS 'live Parquet files; path is relative to the table''s root, numbers a map of the row numbers where some are missing';

CREATE TABLE tamarack_iceberg.row_delete (
    storage bigint NOT NULL,
    "row" bigint NOT NULL
) USING heap;

CREATE INDEX row_delete_index ON tamarack_iceberg.row_delete (storage, "row");

COMMENT ON TABLE tamarack_iceberg.row_delete IS 'updated and deleted rows of Parquet files';

CREATE TABLE tamarack_iceberg.published (
    storage bigint PRIMARY KEY,
    uuid text NOT NULL,
    metadata text,
    snapshot_id bigint,
    published_at timestamptz
) USING heap;

COMMENT ON TABLE tamarack_iceberg.published IS 'the Iceberg metadata that was published last for a table';

REVOKE ALL ON SCHEMA tamarack_iceberg FROM PUBLIC;
