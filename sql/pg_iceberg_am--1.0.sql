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

COMMENT ON TABLE tamarack_iceberg.row_store IS 'every row version';

CREATE TABLE tamarack_iceberg.data_file (
    storage bigint NOT NULL,
    path text NOT NULL,
    bytes bigint NOT NULL,
    rows bigint NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    contiguous boolean NOT NULL,
    statistics bytea
) USING heap;

CREATE INDEX data_file_index ON tamarack_iceberg.data_file (storage, last_row);

COMMENT ON TABLE tamarack_iceberg.data_file IS 'published Parquet files; path is relative to the table''s root';

CREATE TABLE tamarack_iceberg.published (
    storage bigint PRIMARY KEY,
    uuid uuid NOT NULL,
    root text NOT NULL,
    metadata text NOT NULL,
    snapshot_id bigint NOT NULL,
    columns text NOT NULL,
    published_at timestamptz NOT NULL
) USING heap;

COMMENT ON TABLE tamarack_iceberg.published IS 'the Iceberg metadata that was published last for a table';

REVOKE ALL ON SCHEMA tamarack_iceberg FROM PUBLIC;

-- Publishing, and looking at what was published.

CREATE FUNCTION iceberg_publish(regclass)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_iceberg_function_publish'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION iceberg_publish(regclass)
IS 'publishes the committed state of an iceberg table; id of its current snapshot, null while it has none';

CREATE FUNCTION iceberg_metadata_location(regclass)
RETURNS text
AS 'MODULE_PATHNAME', 'tam_iceberg_function_metadata_location'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_metadata_location(regclass)
IS 'URI of the Iceberg metadata that was published last; null before the first publication';

CREATE FUNCTION iceberg_snapshots(
    regclass, OUT committed_at timestamptz, OUT snapshot_id bigint, OUT parent_id bigint, OUT operation text,
    OUT manifest_list text, OUT summary jsonb
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_snapshots(regclass) IS 'published snapshots of an iceberg table';

CREATE FUNCTION iceberg_history(
    regclass, OUT made_current_at timestamptz, OUT snapshot_id bigint, OUT parent_id bigint,
    OUT is_current_ancestor boolean
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_history(regclass) IS 'which snapshot of an iceberg table was current since when';

CREATE FUNCTION iceberg_refs(
    regclass, OUT name text, OUT type text, OUT snapshot_id bigint, OUT max_reference_age_in_ms bigint,
    OUT min_snapshots_to_keep int, OUT max_snapshot_age_in_ms bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_refs(regclass) IS 'branches and tags of an iceberg table';

CREATE FUNCTION iceberg_properties(regclass, OUT key text, OUT value text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_properties(regclass) IS 'published table properties of an iceberg table';

CREATE FUNCTION iceberg_manifests(
    regclass, OUT content int, OUT path text, OUT length bigint, OUT partition_spec_id int, OUT added_snapshot_id bigint,
    OUT added_files_count int, OUT existing_files_count int, OUT deleted_files_count int
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_manifests(regclass) IS 'manifests of an iceberg table''s current snapshot';

CREATE FUNCTION iceberg_files(
    regclass, OUT content int, OUT file_path text, OUT file_format text, OUT spec_id int, OUT partition jsonb,
    OUT record_count bigint, OUT file_size_in_bytes bigint, OUT value_counts jsonb, OUT null_value_counts jsonb,
    OUT nan_value_counts jsonb, OUT lower_bounds jsonb, OUT upper_bounds jsonb
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_files(regclass)
IS 'data files (content 0), position deletes (1) and equality deletes (2) of an iceberg table''s current snapshot';

CREATE FUNCTION iceberg_partitions(
    regclass, OUT partition jsonb, OUT spec_id int, OUT record_count bigint, OUT file_count bigint,
    OUT total_data_file_size_in_bytes bigint, OUT delete_record_count bigint, OUT delete_file_count bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'tam_iceberg_function_inspect'
LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION iceberg_partitions(regclass) IS 'partitions of an iceberg table''s current snapshot';

-- Iceberg's JdbcCatalog on this database reads these two relations. It filters by the name that it has where it is
-- configured: a type that is equal to every name lets it have any.

CREATE TYPE tamarack_iceberg.any_name;

CREATE FUNCTION tamarack_iceberg.any_name_in(cstring) RETURNS tamarack_iceberg.any_name
AS 'textin' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION tamarack_iceberg.any_name_out(tamarack_iceberg.any_name) RETURNS cstring
AS 'textout' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE tamarack_iceberg.any_name (
    INPUT = tamarack_iceberg.any_name_in, OUTPUT = tamarack_iceberg.any_name_out, LIKE = text
);

COMMENT ON TYPE tamarack_iceberg.any_name IS 'text that is equal to every text';

CREATE FUNCTION tamarack_iceberg.any_name_equal(tamarack_iceberg.any_name, text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1 IS NOT NULL AND $2 IS NOT NULL;

-- The catalog's queries name the operator without a schema.
CREATE OPERATOR = (
    FUNCTION = tamarack_iceberg.any_name_equal, LEFTARG = tamarack_iceberg.any_name, RIGHTARG = text
);

CREATE FUNCTION tamarack_iceberg.refuse_write() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'tables of the access method iceberg are written through PostgreSQL'
    USING ERRCODE = 'feature_not_supported',
          DETAIL = format('The view "%s" is for reading.', TG_TABLE_NAME),
          HINT = 'Use CREATE TABLE ... USING iceberg, INSERT, UPDATE and DELETE in PostgreSQL.';
END $$;

DO $$
DECLARE
  target name := current_schema;
BEGIN
  IF to_regclass(format('%I.iceberg_tables', target)) IS NOT NULL
     OR to_regclass(format('%I.iceberg_namespace_properties', target)) IS NOT NULL THEN
    RAISE WARNING 'schema "%" has a relation iceberg_tables or iceberg_namespace_properties already', target
      USING DETAIL = 'JdbcCatalog will not find the tables of the access method iceberg.',
            HINT = 'Rename or drop it, then create the extension again.';
    RETURN;
  END IF;

  CREATE VIEW iceberg_tables WITH (security_barrier) AS
  SELECT 'any'::tamarack_iceberg.any_name AS catalog_name, n.nspname::text AS table_namespace,
         c.relname::text AS table_name, m.location AS metadata_location, NULL::text AS previous_metadata_location,
         'TABLE'::text AS iceberg_type
  FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
      -- the function is for those tables alone, and refuses those who may not read them
      SELECT CASE WHEN c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND NOT c.relrowsecurity
                    AND c.relam = (SELECT a.oid FROM pg_catalog.pg_am a WHERE a.amname = 'iceberg')
                    AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                  THEN iceberg_metadata_location(c.oid) END
    ) AS m (location)
  WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND m.location IS NOT NULL;

  COMMENT ON VIEW iceberg_tables IS 'published iceberg tables that you may read, for JdbcCatalog of Apache Iceberg';

  CREATE VIEW iceberg_namespace_properties WITH (security_barrier) AS
  SELECT 'any'::tamarack_iceberg.any_name AS catalog_name, n.nspname::text AS namespace,
         'exists'::text AS property_key, 'true'::text AS property_value
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname !~ '^pg_(toast|temp)' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE');

  COMMENT ON VIEW iceberg_namespace_properties IS 'schemas as namespaces, for JdbcCatalog of Apache Iceberg';

  CREATE TRIGGER refuse_write INSTEAD OF INSERT OR UPDATE OR DELETE ON iceberg_tables
    FOR EACH ROW EXECUTE FUNCTION tamarack_iceberg.refuse_write();
  CREATE TRIGGER refuse_write INSTEAD OF INSERT OR UPDATE OR DELETE ON iceberg_namespace_properties
    FOR EACH ROW EXECUTE FUNCTION tamarack_iceberg.refuse_write();
  GRANT SELECT ON iceberg_tables, iceberg_namespace_properties TO PUBLIC;
END $$;
