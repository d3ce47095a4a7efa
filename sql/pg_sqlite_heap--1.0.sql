-- pg_sqlite_heap 1.0: the access method sqlite_heap and the functions that look into it.

\echo Use "CREATE EXTENSION pg_sqlite_heap" to load this file. \quit

CREATE FUNCTION sqlite_heap_handler(internal)
RETURNS table_am_handler
AS 'MODULE_PATHNAME', 'tam_sqlite_heap_handler'
LANGUAGE C STRICT;

COMMENT ON FUNCTION sqlite_heap_handler(internal) IS 'handler of the table access method sqlite_heap';

CREATE ACCESS METHOD sqlite_heap TYPE TABLE HANDLER sqlite_heap_handler;

COMMENT ON ACCESS METHOD sqlite_heap IS 'keeps the rows of a table in one SQLite file';

-- the file of a table

CREATE FUNCTION sqlite_heap_file_path(relation regclass)
RETURNS text
AS 'MODULE_PATHNAME', 'tam_function_file_path'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_file_path(regclass)
IS 'absolute path of the SQLite file of a table; the file exists from the first write on';

CREATE FUNCTION sqlite_heap_file_size(relation regclass)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_file_size'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_file_size(regclass)
IS 'bytes of the SQLite file of a table and of its log; 0 before the first write';

CREATE FUNCTION sqlite_heap_schema_version(relation regclass)
RETURNS int
AS 'MODULE_PATHNAME', 'tam_function_schema_version'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_schema_version(regclass)
IS 'schema version of the SQLite file of a table (PRAGMA user_version)';

CREATE FUNCTION sqlite_heap_files()
RETURNS TABLE (table_oid oid, size_bytes bigint)
AS 'MODULE_PATHNAME', 'tam_function_files'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED ROWS 100;

COMMENT ON FUNCTION sqlite_heap_files()
IS 'tables of this database that are kept in SQLite files and may be read by the caller, with the bytes of each';

-- the rows of a table

CREATE FUNCTION sqlite_heap_storage(relation regclass)
RETURNS TABLE (rowid bigint, xmin bigint, cmin bigint, xmax bigint, cmax bigint, tuple_bytes int, live boolean)
AS 'MODULE_PATHNAME', 'tam_function_storage'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_storage(regclass)
IS 'every row version that a table''s file holds, and whether the current snapshot sees it';

CREATE FUNCTION sqlite_heap_physical_rows(relation regclass)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_physical_rows'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_physical_rows(regclass)
IS 'number of row versions that a table''s file holds, dead ones included';

CREATE FUNCTION sqlite_heap_live_rows(relation regclass)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_live_rows'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION sqlite_heap_live_rows(regclass)
IS 'number of rows that the current snapshot sees';

CREATE FUNCTION sqlite_heap_check(relation regclass)
RETURNS SETOF text
AS 'MODULE_PATHNAME', 'tam_function_check'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION sqlite_heap_check(regclass)
IS 'checks the file of a table, its row versions and its indexes: one line for each problem, none when all is sound';

CREATE FUNCTION sqlite_heap_export(relation regclass, path text)
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_export'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION sqlite_heap_export(regclass, text)
IS 'writes the rows that the current snapshot sees into a new SQLite database with typed, named columns';

-- the server

CREATE FUNCTION sqlite_heap_sweep()
RETURNS bigint
AS 'MODULE_PATHNAME', 'tam_function_sweep'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;

REVOKE EXECUTE ON FUNCTION sqlite_heap_sweep() FROM PUBLIC;

COMMENT ON FUNCTION sqlite_heap_sweep()
IS 'removes files that a crash or a prepared transaction left behind; returns how many';

CREATE FUNCTION tamarack_jvm(OUT version text, OUT uptime interval, OUT start_ms double precision,
    OUT heap_used bigint, OUT heap_limit bigint, OUT aot_cache_in_use boolean, OUT upcalls bigint)
RETURNS record
AS 'MODULE_PATHNAME', 'tam_function_jvm'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;

COMMENT ON FUNCTION tamarack_jvm()
IS 'state of the Java virtual machine of this session, which it starts if there is none yet';
