--
-- The functions that look into a table's file.
--
CREATE SCHEMA sqlite_heap_functions;
SET search_path = sqlite_heap_functions, public;
CREATE TABLE t (id int PRIMARY KEY, label text);

-- nothing written yet
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');
SELECT count(*) FROM sqlite_heap_storage('t');
SELECT * FROM sqlite_heap_check('t');

-- the tour of the README
INSERT INTO t VALUES (1, 'a'), (2, 'b');
UPDATE t SET label = 'B' WHERE id = 2;
SELECT rowid, xmin > 0 AS has_xmin, xmax > 0 AS has_xmax, tuple_bytes, live FROM sqlite_heap_storage('t'::regclass) ORDER BY rowid;
SELECT count(*) = 1 AS one_successor FROM sqlite_heap_storage('t') a JOIN sqlite_heap_storage('t') b ON a.xmax = b.xmin AND a.rowid < b.rowid;
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');

-- the command ids of one transaction
BEGIN;
INSERT INTO t VALUES (3, 'c');
INSERT INTO t VALUES (4, 'd');
DELETE FROM t WHERE id = 3;
SELECT rowid, cmin, xmax > 0 AS has_xmax, live FROM sqlite_heap_storage('t') ORDER BY rowid OFFSET 3;
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');
ROLLBACK;
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');
VACUUM t;
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');
SELECT xmax, live FROM sqlite_heap_storage('t');

-- where it is, how large, which version
SELECT sqlite_heap_file_path('t') ~ ('^' || current_setting('data_directory') || '/sqlite_heap/[0-9]+/[0-9]+[.]sqlite$') OR
       sqlite_heap_file_path('t') ~ '^sqlite_heap/[0-9]+/[0-9]+[.]sqlite$' AS path;
SELECT (pg_stat_file(sqlite_heap_file_path('t'))).size > 0 AS there;
SELECT sqlite_heap_file_path('t') ~ (pg_relation_filenode('t') || '[.]sqlite$') AS filenode;
SELECT sqlite_heap_file_size('t') >= (pg_stat_file(sqlite_heap_file_path('t'))).size AS size;
SELECT sqlite_heap_schema_version('t');
SELECT count(*) FROM sqlite_heap_files() WHERE table_oid = 't'::regclass AND size_bytes > 0;
SELECT count(*) FROM sqlite_heap_files() f WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = f.table_oid);
INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(100, 1100) g;
SELECT sqlite_heap_file_size('t') > 1000000 AS grown;
SELECT sqlite_heap_live_rows('t'), sqlite_heap_physical_rows('t');
DELETE FROM t WHERE id >= 100;
VACUUM t;
VACUUM t;
SELECT sqlite_heap_file_size('t') < 1000000 AS shrunk;
SELECT * FROM sqlite_heap_check('t');

-- materialized views, partitions, temporary and unlogged tables have files too
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
SELECT sqlite_heap_live_rows('mv');
CREATE TEMP TABLE te AS SELECT * FROM t;
SELECT sqlite_heap_live_rows('te'), sqlite_heap_file_path('te') ~ '/t[0-9]+_[0-9]+[.]sqlite$' AS temporary_path;
CREATE UNLOGGED TABLE un AS SELECT * FROM t;
SELECT sqlite_heap_live_rows('un');
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
INSERT INTO p VALUES (1);
SELECT sqlite_heap_live_rows('p1');

-- what is not ours
CREATE TABLE h (a int) USING heap;
CREATE VIEW v AS SELECT 1;
\set VERBOSITY sqlstate
SELECT sqlite_heap_file_path('h');
SELECT sqlite_heap_file_size('v');
SELECT sqlite_heap_schema_version('p');
SELECT * FROM sqlite_heap_storage('t_pkey');
SELECT sqlite_heap_physical_rows('h');
SELECT sqlite_heap_live_rows('pg_class');
SELECT * FROM sqlite_heap_check('h');
SELECT sqlite_heap_export('h', '/nowhere/x.sqlite');
SELECT sqlite_heap_file_path(0);
SELECT sqlite_heap_file_path(NULL) IS NULL AS strict;
\set VERBOSITY default
SELECT sqlite_heap_file_path('h');

-- privileges: who may not read a table learns nothing of its rows
GRANT USAGE ON SCHEMA sqlite_heap_functions TO regress_tam_other;
SET ROLE regress_tam_other;
\set VERBOSITY sqlstate
SELECT * FROM sqlite_heap_storage('t');
SELECT sqlite_heap_live_rows('t');
SELECT sqlite_heap_physical_rows('t');
SELECT * FROM sqlite_heap_check('t');
SELECT sqlite_heap_export('t', '/nowhere/x.sqlite');
\set VERBOSITY default
SELECT count(*) FROM sqlite_heap_files() WHERE table_oid = 't'::regclass;
RESET ROLE;
GRANT SELECT ON t TO regress_tam_other;
SET ROLE regress_tam_other;
SELECT count(*) FROM sqlite_heap_storage('t');
SELECT sqlite_heap_live_rows('t');
RESET ROLE;
DROP SCHEMA sqlite_heap_functions CASCADE;
