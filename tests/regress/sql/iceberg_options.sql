--
-- Options of iceberg tables: what is stored, what is refused, what publications make of them.
--
CREATE SCHEMA options;
SET search_path = options, public;
-- whether this session has a JVM
CREATE FUNCTION has_jvm() RETURNS boolean LANGUAGE sql AS $$ SELECT pg_read_file('/proc/self/maps', 0, 10000000) ~ 'libjvm' $$;
CREATE FUNCTION options_of(regclass) RETURNS SETOF text LANGUAGE sql AS $$ SELECT unnest(reloptions) FROM pg_class WHERE oid = $1 $$;
-- of a table whose metadata is not compressed
CREATE FUNCTION published_version(t regclass) RETURNS text LANGUAGE sql AS $$
  SELECT (pg_read_file(replace(iceberg_metadata_location(t), 'file:', ''))::json)->>'format-version'
$$;

-- other access methods and relations: as without us, and without a JVM
CREATE TABLE some_heap (a int) USING heap WITH ("format-version" = 2);
CREATE TABLE some_heap (a int) USING heap WITH (partitioning = 'a');
CREATE TABLE some_heap (a int) USING heap WITH (fillfactor = 70);
ALTER TABLE some_heap SET ("write.parquet.compression-codec" = 'snappy');
ALTER TABLE some_heap RESET ("write.parquet.compression-codec");
ALTER TABLE some_heap SET (autovacuum_enabled = off, fillfactor = 80);
SELECT * FROM options_of('some_heap');
CREATE VIEW some_view WITH ("format-version" = 2) AS SELECT 1 AS a;
-- in other words from 17 on
DO $$
BEGIN
  CREATE TABLE some_partitioned (a int) PARTITION BY LIST (a) WITH (partitioning = 'a');
EXCEPTION WHEN invalid_parameter_value OR wrong_object_type THEN RAISE WARNING 'refused';
END $$;
CREATE INDEX ON some_heap (a) WITH ("format-version" = 2);
-- PostgreSQL's own options of our tables want none either
CREATE TABLE own (a int) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
ALTER TABLE own SET (autovacuum_enabled = off), RESET (fillfactor);
SELECT * FROM options_of('own');
CREATE TABLE own_bad (a int) WITH (fillfactor = 5);
SELECT has_jvm();

-- all kinds of options, and where they are seen
CREATE TABLE events (id int, payload text, created_at timestamp, price numeric) USING iceberg
  WITH ("format-version" = 3, "write.parquet.compression-codec" = 'snappy',
    partitioning = 'day(created_at), bucket(4, id)', "tamarack.type.price" = 'decimal(38,10)', fillfactor = 70,
    "write.metadata.compression-codec" = none, "write.metadata.delete-after-commit.enabled",
    "history.expire.min-snapshots-to-keep" = 5, autovacuum_enabled = off);
SELECT * FROM options_of('events');
\d+ events
INSERT INTO events SELECT g, 'event ' || g, timestamp '2026-01-01' + g * interval '1 hour', g + 0.25 FROM generate_series(1, 40) g;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT * FROM iceberg_properties('events');
SELECT partition, record_count FROM iceberg_partitions('events') ORDER BY partition::text;
SELECT count(*), sum(record_count), count(DISTINCT partition) FROM iceberg_files('events');
SELECT published_version('events');

-- PostgreSQL's options beside ours, in one statement and in several
ALTER TABLE events SET (autovacuum_vacuum_threshold = 10);
ALTER TABLE events SET ("write.parquet.compression-codec" = gzip, fillfactor = 80), RESET (autovacuum_enabled),
  RESET ("write.target-file-size-bytes", "history.expire.min-snapshots-to-keep");
SELECT * FROM options_of('events');
ALTER TABLE events SET (fillfactor = 5);
ALTER TABLE events RESET (autovacuum_vacuum_threshold, fillfactor), SET ("write.target-file-size-bytes" = 1000000);
SELECT * FROM options_of('events');
ALTER TABLE events ADD COLUMN note text, SET ("write.metadata.metrics.column.note" = 'none');
ALTER TABLE IF EXISTS no_such_table SET ("format-version" = 2);
INSERT INTO events VALUES (41, 'late', '2026-02-01', 1.5, 'noted');
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT * FROM iceberg_properties('events');
-- every reader of reloptions copes
VACUUM (ANALYZE) events;
VACUUM FULL events;
CREATE INDEX events_id ON events (id);
CLUSTER events USING events_id;
REINDEX TABLE events;
SELECT count(*), min(fillfactor) FROM events,
  (SELECT max(option_value) AS fillfactor FROM pg_class, pg_options_to_table(reloptions) WHERE pg_class.oid = 'events'::regclass) o;
SELECT count(*) FROM options_of('events');

-- what is refused
\set VERBOSITY default
CREATE TABLE bad (a int) WITH ("write.parquet.compresion-codec" = 'snappy');
CREATE TABLE bad (a int) WITH (format_version = 2);
CREATE TABLE bad (a int) WITH ("format-version" = 4);
CREATE TABLE bad (a int) WITH ("format-version");
CREATE TABLE bad (a int) WITH ("write.parquet.row-group-size-bytes" = 1);
CREATE TABLE bad (a int) WITH ("write.parquet.compression-codec" = lz4);
CREATE TABLE bad (a int) WITH ("format-version" = 2, "format-version" = 3);
CREATE TABLE bad (a int) WITH (partitioning = 'day(a)');
CREATE TABLE bad (a int) WITH (partitioning = 'b');
CREATE TABLE bad (a int) WITH (partitioning = 'bucket(a');
CREATE TABLE bad (a int) WITH ("tamarack.type.a" = 'decimal(9,2)');
CREATE TABLE bad (a int) WITH ("tamarack.type.b" = 'long');
CREATE TABLE bad (a int) WITH ("tamarack.type.a=b" = 'long');
CREATE TABLE bad (a int) WITH ("write.metadata.metrics.column.b" = 'full');
CREATE TABLE bad (a int) WITH (format.version = 2);
CREATE TABLE bad (a int) USING no_such_method WITH ("format-version" = 2);
CREATE TABLE bad WITH (partitioning = 'day(a)') AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW bad WITH ("format-version" = 9) AS SELECT 1 AS a;
ALTER TABLE events SET (no_such_option = 1);
ALTER TABLE events RESET (no_such_option);
ALTER TABLE events SET ("write.parquet.compression-codec" = lz4);
ALTER TABLE events RESET ("write.parquet.compression-codec" = lz4);
ALTER TABLE events SET ("write.target-file-size-bytes" = 1000000, "write.target-file-size-bytes" = 2000000);
ALTER TABLE events SET ("tamarack.type.nothing" = 'string');
ALTER TABLE events SET (partitioning = 'id');
ALTER TABLE events RESET (partitioning);
ALTER TABLE events SET ("format-version" = 2);
ALTER TABLE events RESET ("format-version");
ALTER TABLE events ALTER created_at TYPE text;
ALTER TABLE events DROP id;
\set VERBOSITY sqlstate
CREATE TABLE bad (a int) WITH ("write.parquet.compresion-codec" = 'snappy');
CREATE TABLE bad (a int) WITH ("format-version" = 4);
CREATE TABLE bad (a int) WITH ("format-version" = 2, "format-version" = 3);
CREATE TABLE bad (a int) WITH (partitioning = 'day(a)');
CREATE TABLE bad (a int) WITH ("tamarack.type.a" = 'decimal(9,2)');
CREATE TABLE bad (a int) WITH ("tamarack.type.b" = 'long');
ALTER TABLE events SET (no_such_option = 1);
ALTER TABLE events RESET (no_such_option);
ALTER TABLE events SET (partitioning = 'id');
ALTER TABLE events SET ("format-version" = 2);
ALTER TABLE events ALTER created_at TYPE text;
ALTER TABLE events DROP id;
\set VERBOSITY default
SELECT to_regclass('bad') IS NULL AS none, count(*) FROM options_of('events');
-- what changes nothing is no change
ALTER TABLE events SET (partitioning = 'day(created_at), bucket(4, id)', "format-version" = 3);
SELECT count(*) FROM options_of('events');
-- nobody learns anything about another's table
SET ROLE regress_tam_other;
ALTER TABLE options.events SET (no_such_option = 1);
CREATE TABLE options.bad (a int) WITH (no_such_option = 1);
RESET ROLE;
GRANT USAGE ON SCHEMA options TO regress_tam_other;
SET ROLE regress_tam_other;
ALTER TABLE events SET (no_such_option = 1);
ALTER TABLE events RESET (partitioning);
CREATE TABLE bad (a int) WITH (no_such_option = 1);
RESET ROLE;
BEGIN READ ONLY;
ALTER TABLE events SET ("write.parquet.compression-codec" = zstd);
ROLLBACK;

-- format versions
CREATE TABLE versions (id int PRIMARY KEY, v text) WITH ("format-version" = 1, "write.metadata.compression-codec" = none);
INSERT INTO versions SELECT g, 'row ' || g FROM generate_series(1, 10) g;
SELECT iceberg_publish('versions') IS NOT NULL AS published;
SELECT published_version('versions');
UPDATE versions SET v = 'changed';
DELETE FROM versions WHERE id = 1;
INSERT INTO versions VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET v = 'again';
SELECT count(*) FROM versions WHERE v LIKE 'row%';
ALTER TABLE versions SET ("format-version" = 2);
DELETE FROM versions WHERE id = 1;
SELECT iceberg_publish('versions') IS NOT NULL AS published;
SELECT published_version('versions');
SELECT content, file_format, record_count FROM iceberg_files('versions') ORDER BY content;
ALTER TABLE versions SET ("format-version" = 3);
DELETE FROM versions WHERE id = 2;
SELECT iceberg_publish('versions') IS NOT NULL AS published;
SELECT published_version('versions');
SELECT content, file_format, record_count FROM iceberg_files('versions') ORDER BY content;
ALTER TABLE versions SET ("format-version" = 1);
CREATE TABLE default_version (a int) WITH ("write.metadata.compression-codec" = none);
SELECT iceberg_publish('default_version') IS NULL AS empty;
SELECT published_version('default_version');
ALTER TABLE default_version SET ("format-version" = 1);
ALTER TABLE default_version SET ("format-version" = 2);

-- codecs
CREATE TABLE codec_none (payload text) WITH ("write.parquet.compression-codec" = uncompressed);
CREATE TABLE codec_zstd (payload text);
CREATE TABLE codec_gzip (payload text) WITH ("write.parquet.compression-codec" = gzip);
CREATE TABLE codec_snappy (payload text) WITH ("write.parquet.compression-codec" = snappy);
INSERT INTO codec_none SELECT repeat(md5(g::text), 10) FROM generate_series(1, 1000) g;
INSERT INTO codec_zstd TABLE codec_none;
INSERT INTO codec_gzip TABLE codec_none;
INSERT INTO codec_snappy TABLE codec_none;
SELECT iceberg_publish('codec_none') IS NOT NULL AS published;
SELECT iceberg_publish('codec_zstd') IS NOT NULL AS published;
SELECT iceberg_publish('codec_gzip') IS NOT NULL AS published;
SELECT iceberg_publish('codec_snappy') IS NOT NULL AS published;
CREATE FUNCTION bytes(regclass) RETURNS bigint LANGUAGE sql AS $$ SELECT sum(file_size_in_bytes)::bigint FROM iceberg_files($1) $$;
SELECT count(DISTINCT bytes(c)) AS sizes, bool_and(bytes(c) < bytes('codec_none') / 2) AS compressed
FROM unnest('{codec_zstd,codec_gzip,codec_snappy}'::regclass[]) c;
-- statistics
CREATE TABLE metrics (a int, b int) WITH ("write.metadata.metrics.default" = none, "write.metadata.metrics.column.b" = full);
INSERT INTO metrics VALUES (1, 2), (3, 4);
SELECT iceberg_publish('metrics') IS NOT NULL AS published;
SELECT lower_bounds, upper_bounds FROM iceberg_files('metrics');

-- declared types
CREATE TABLE prices (id int, price numeric) WITH ("tamarack.type.price" = 'decimal(5,2)', "tamarack.type.id" = 'long');
INSERT INTO prices VALUES (1, 123.45);
ALTER TABLE prices SET ("tamarack.type.price" = 'decimal(7,3)');
SELECT iceberg_publish('prices') IS NOT NULL AS published;
ALTER TABLE prices SET ("tamarack.type.price" = 'string');
ALTER TABLE prices RESET ("tamarack.type.id");
ALTER TABLE prices ADD COLUMN discount numeric, SET ("tamarack.type.discount" = 'decimal(9,2)');
SELECT * FROM options_of('prices');
INSERT INTO prices VALUES (2, 1.5, 0.25);
SELECT iceberg_publish('prices') IS NOT NULL AS published;
SELECT upper_bounds FROM iceberg_files('prices') ORDER BY upper_bounds::text;
ALTER TABLE prices ALTER price TYPE text, RESET ("tamarack.type.price");
SELECT iceberg_publish('prices') IS NOT NULL AS published;
SELECT * FROM prices ORDER BY id;

-- values that do not fit are refused when they come, not when they are published
CREATE TABLE amounts (id int PRIMARY KEY, amount numeric, rate numeric) WITH ("tamarack.type.amount" = 'Decimal( 5, 2 )');
INSERT INTO amounts VALUES (1, 999.99, 1.23456), (2, -999.990, NULL), (3, NULL, 'Infinity'), (4, 'NaN', 0), (5, 0.00, 1e30);
INSERT INTO amounts VALUES (6, 1000);
INSERT INTO amounts VALUES (6, 1.005);
INSERT INTO amounts VALUES (6, '-Infinity');
INSERT INTO amounts VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET amount = 1e10;
UPDATE amounts SET amount = amount / 7;
COPY amounts FROM STDIN;
6	1	1
7	1.999	1
\.
SELECT * FROM amounts ORDER BY id;
ALTER TABLE amounts SET ("tamarack.type.rate" = 'decimal(9,2)');
DELETE FROM amounts WHERE id IN (1, 3, 5);
ALTER TABLE amounts SET ("tamarack.type.rate" = 'decimal(9,2)');
ALTER TABLE amounts ADD COLUMN tax numeric DEFAULT 0.1234, SET ("tamarack.type.tax" = 'decimal(5,2)');
ALTER TABLE amounts ADD COLUMN tax numeric DEFAULT 0.25, SET ("tamarack.type.tax" = 'decimal(5,2)');
ALTER TABLE amounts ALTER amount TYPE numeric USING amount / 7, SET (fillfactor = 50);
ALTER TABLE amounts ALTER amount TYPE numeric USING amount / 7;
CREATE TABLE amounts_as WITH ("tamarack.type.amount" = 'decimal(5,2)') AS SELECT 12.345 AS amount;
ALTER TABLE amounts SET ACCESS METHOD heap;
INSERT INTO amounts VALUES (8, 1000);
ALTER TABLE amounts SET ACCESS METHOD iceberg, SET ("tamarack.type.amount" = 'decimal(5,2)');
ALTER TABLE amounts SET ACCESS METHOD iceberg, SET ("tamarack.type.amount" = 'decimal(6,2)');
SELECT iceberg_publish('amounts') IS NOT NULL AS published;
SELECT * FROM amounts ORDER BY id;
\set VERBOSITY sqlstate
INSERT INTO amounts VALUES (9, 0.001);
\set VERBOSITY default

-- columns renamed and dropped
CREATE TABLE columns (id int, "At" timestamp, price numeric, tags int[])
  WITH (partitioning = 'day("At"), truncate(10, id)', "tamarack.type.price" = 'decimal(9,2)',
    "write.metadata.metrics.column.price" = full, "write.metadata.metrics.column.tags.element" = none);
INSERT INTO columns VALUES (1, '2026-01-01', 1.5, '{1,2}');
SELECT iceberg_publish('columns') IS NOT NULL AS published;
ALTER TABLE columns RENAME "At" TO at_time;
ALTER TABLE columns RENAME id TO "Id, the ""number""";
ALTER TABLE columns RENAME price TO total;
ALTER TABLE columns RENAME tags TO labels;
SELECT * FROM options_of('columns');
INSERT INTO columns VALUES (11, '2026-01-02', 2.5, '{3}');
SELECT iceberg_publish('columns') IS NOT NULL AS published;
SELECT partition, record_count FROM iceberg_partitions('columns') ORDER BY 1;
ALTER TABLE columns RENAME total TO a_name_that_is_far_too_long_for_the_option_that_it_is_in;
ALTER TABLE columns DROP at_time;
ALTER TABLE columns DROP total, DROP labels;
SELECT * FROM options_of('columns');
INSERT INTO columns VALUES (12, '2026-01-02');
SELECT iceberg_publish('columns') IS NOT NULL AS published;
CREATE TYPE kind AS ENUM ('a', 'b');
CREATE TABLE of_a_kind (id int, k kind) WITH (partitioning = 'id', "write.metadata.metrics.column.k" = none);
DROP TYPE kind CASCADE;
SELECT * FROM options_of('of_a_kind');

-- every way to make a table
CREATE TABLE made_as WITH ("format-version" = 3, fillfactor = 50) AS SELECT g AS id FROM generate_series(1, 3) g;
SELECT * FROM options_of('made_as');
PREPARE made AS SELECT g AS id FROM generate_series(1, $1) g;
CREATE TABLE made_by_execute WITH ("format-version" = 3) AS EXECUTE made(5);
SELECT * FROM options_of('made_by_execute');
\o /dev/null
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) CREATE TABLE made_by_explain WITH ("format-version" = 3) AS SELECT 1 AS id;
\o
SELECT * FROM options_of('made_by_explain');
EXPLAIN (COSTS OFF) CREATE TABLE explained WITH ("format-version" = 3) AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW mv WITH (partitioning = 'id', "write.parquet.compression-codec" = gzip) AS SELECT id FROM made_as;
REFRESH MATERIALIZED VIEW mv;
ALTER MATERIALIZED VIEW mv SET ("write.parquet.compression-codec" = snappy, fillfactor = 60);
ALTER MATERIALIZED VIEW mv RENAME id TO ident;
ALTER MATERIALIZED VIEW mv SET (partitioning = 'bucket(2, ident)');
SELECT * FROM options_of('mv');
SELECT iceberg_publish('mv') IS NOT NULL AS published;
SELECT partition, record_count FROM iceberg_partitions('mv') ORDER BY partition::text;
ALTER MATERIALIZED VIEW mv RESET ("write.parquet.compression-codec", fillfactor);
SELECT * FROM options_of('mv');
CREATE TABLE whole (id int, k int) PARTITION BY LIST (k);
CREATE TABLE leaf PARTITION OF whole FOR VALUES IN (1) WITH (partitioning = 'bucket(2, id)');
ALTER TABLE whole RENAME id TO number;
SELECT * FROM options_of('leaf');
CREATE TABLE child () INHERITS (made_as) WITH ("format-version" = 1);
SELECT * FROM options_of('child');
CREATE SCHEMA options_inner
  CREATE TABLE made_inside (a serial PRIMARY KEY CHECK (a > 0)) WITH ("format-version" = 3);
SELECT * FROM options_of('options_inner.made_inside');
CREATE TABLE like_it (LIKE events INCLUDING ALL);
SELECT * FROM options_of('like_it');
CREATE TABLE IF NOT EXISTS made_as (a int) WITH (no_such_option = 1);
SELECT * FROM options_of('made_as');
CREATE TEMP TABLE made_temporary (a int) WITH ("format-version" = 3);
SELECT * FROM options_of('made_temporary');
CREATE UNLOGGED TABLE made_unlogged (a int) WITH ("format-version" = 3);
SELECT * FROM options_of('made_unlogged');
ALTER TABLE made_unlogged SET LOGGED;
SELECT * FROM options_of('made_unlogged');

-- another access method
ALTER TABLE made_as SET ACCESS METHOD heap;
SELECT * FROM options_of('made_as');
ALTER TABLE made_as SET ("format-version" = 3);
ALTER TABLE made_as SET ACCESS METHOD iceberg, SET (partitioning = 'bucket(2, id)', "format-version" = 1, fillfactor = 40);
SELECT * FROM options_of('made_as');
ALTER TABLE made_as SET ACCESS METHOD heap, SET ("format-version" = 3);
ALTER TABLE made_as SET ACCESS METHOD heap, SET (fillfactor = 30), RESET ("format-version");
SELECT * FROM options_of('made_as');
ALTER TABLE made_as SET ACCESS METHOD iceberg;
SELECT * FROM options_of('made_as');

-- transactions
BEGIN;
CREATE TABLE tried (a int) WITH ("format-version" = 1);
SAVEPOINT s;
ALTER TABLE tried SET ("format-version" = 2, fillfactor = 90);
SELECT * FROM options_of('tried');
ROLLBACK TO s;
SELECT * FROM options_of('tried');
ALTER TABLE tried SET ("format-version" = 4);
ROLLBACK TO s;
CREATE TABLE tried_too (a int) WITH ("format-version" = 5);
ROLLBACK TO s;
ALTER TABLE tried RENAME a TO b;
ALTER TABLE tried SET ("write.metadata.metrics.column.b" = none);
ALTER TABLE tried RENAME b TO c;
SAVEPOINT t;
ALTER TABLE tried RENAME c TO d;
ROLLBACK TO t;
COMMIT;
SELECT * FROM options_of('tried');
BEGIN;
ALTER TABLE tried SET ("format-version" = 3);
ROLLBACK;
SELECT * FROM options_of('tried');
-- setting ours takes no stronger lock than setting PostgreSQL's
BEGIN;
ALTER TABLE tried SET ("write.target-file-size-bytes" = 1000000);
SELECT mode FROM pg_locks WHERE relation = 'tried'::regclass AND mode ~ 'Exclusive' ORDER BY mode;
COMMIT;

-- plpgsql: statements are kept from one run to the next
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    CREATE TABLE in_loop (id int, price numeric) WITH (partitioning = 'bucket(2, id)', fillfactor = 70);
    ALTER TABLE in_loop SET ("write.parquet.compression-codec" = gzip), SET (fillfactor = 80);
    RAISE NOTICE '%', (SELECT reloptions FROM pg_class WHERE relname = 'in_loop');
    BEGIN
      ALTER TABLE in_loop SET ("write.parquet.compression-codec" = lz4);
    EXCEPTION WHEN invalid_parameter_value THEN
      RAISE NOTICE '%, %', SQLSTATE, SQLERRM;
    END;
    ALTER TABLE in_loop RESET ("write.parquet.compression-codec");
    RAISE NOTICE '%', (SELECT reloptions FROM pg_class WHERE relname = 'in_loop');
    IF i < 3 THEN
      DROP TABLE in_loop;
    END IF;
  END LOOP;
END $$;
SELECT * FROM options_of('in_loop');
CREATE FUNCTION in_sql() RETURNS void LANGUAGE sql AS $$
  CREATE TABLE in_function (id int) WITH (partitioning = 'bucket(2, id)');
  ALTER TABLE in_function SET ("write.parquet.compression-codec" = gzip);
$$;
SELECT in_sql();
SELECT * FROM options_of('in_function');
DROP TABLE in_function;
SELECT in_sql();
SELECT * FROM options_of('in_function');

-- event triggers see every command, and may run their own
CREATE FUNCTION tell_command() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  command record;
BEGIN
  FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    RAISE NOTICE '% %', command.command_tag, command.object_identity;
  END LOOP;
END $$;
CREATE FUNCTION run_command() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  CREATE TEMP TABLE by_trigger (a int) USING iceberg WITH ("write.parquet.compression-codec" = gzip);
  DROP TABLE by_trigger;
END $$;
CREATE EVENT TRIGGER tell_command ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE')
  EXECUTE FUNCTION tell_command();
CREATE TABLE told (a int) WITH ("format-version" = 3);
ALTER TABLE told SET ("write.parquet.compression-codec" = snappy);
ALTER TABLE told RESET ("write.parquet.compression-codec");
CREATE TABLE told_as WITH ("format-version" = 3) AS SELECT 1 AS a;
DROP EVENT TRIGGER tell_command;
CREATE EVENT TRIGGER run_command ON ddl_command_start WHEN TAG IN ('CREATE TABLE AS', 'ALTER TABLE') EXECUTE FUNCTION run_command();
CREATE TABLE told_again WITH ("format-version" = 3) AS SELECT 1 AS a;
ALTER TABLE told_again SET (partitioning = 'a');
ALTER TABLE told_again SET ("write.parquet.compression-codec" = snappy);
DROP EVENT TRIGGER run_command;
SELECT * FROM options_of('told_again');

\c -
SET search_path = options, public;
-- a session that only reads has them too
SELECT * FROM options_of('events');
DROP TABLE some_heap;
