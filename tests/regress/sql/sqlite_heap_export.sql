--
-- sqlite_heap_export: the rows of a snapshot as a plain SQLite database.
--
CREATE SCHEMA sqlite_heap_export;
SET search_path = sqlite_heap_export, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE t (id int PRIMARY KEY, b bool, s smallint, l bigint, f float8, n numeric, "Odd name" text, y bytea, d date, z timestamptz, a int[], m mood, j jsonb);
INSERT INTO t VALUES
  (1, true, -5, 9223372036854775807, 1.5, 12345678901234567890.5, 'text ü', '\x00ff', '2026-02-28', '2026-02-28 12:00+00', '{1,2}', 'happy', '{"k": 1}'),
  (2, false, NULL, NULL, 'NaN', 'NaN', '', '', 'infinity', NULL, '{}', NULL, 'null'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
DELETE FROM t WHERE id = 3;
INSERT INTO t (id) VALUES (4);
ALTER TABLE t DROP COLUMN s;
\getenv dir PG_ABS_BUILDDIR
\set file :dir '/results/export.sqlite'
SELECT sqlite_heap_export('t', :'file') IS NOT NULL AS done;
\setenv EXPORTED :file
\! "${SQLITE3:-sqlite3}" "$EXPORTED" 'PRAGMA integrity_check' "SELECT name, type FROM pragma_table_info('t') ORDER BY cid"
\! "${SQLITE3:-sqlite3}" -nullvalue NULL "$EXPORTED" 'SELECT id, b, l, f, n, "Odd name", hex(y), d, z, a, m, j FROM t ORDER BY id'

-- the caller's snapshot and no other
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
INSERT INTO t (id) VALUES (5);
\set file2 :dir '/results/export2.sqlite'
SELECT sqlite_heap_export('t', :'file2') IS NOT NULL AS done;
ROLLBACK;
\setenv EXPORTED :file2
\! "${SQLITE3:-sqlite3}" "$EXPORTED" 'SELECT count(*), max(id) FROM t'

-- a file that is there is not overwritten; a place that cannot be written is an error; a role needs the right
\set VERBOSITY sqlstate
SELECT sqlite_heap_export('t', :'file');
SELECT sqlite_heap_export('t', '/no/such/place/x.sqlite');
SELECT sqlite_heap_export('t', 'relative.sqlite');
GRANT USAGE ON SCHEMA sqlite_heap_export TO regress_tam_other;
GRANT SELECT ON t TO regress_tam_other;
SET ROLE regress_tam_other;
\set file3 :dir '/results/export3.sqlite'
SELECT sqlite_heap_export('t', :'file3');
RESET ROLE;
GRANT pg_write_server_files TO regress_tam_other;
SET ROLE regress_tam_other;
SELECT sqlite_heap_export('t', :'file3') IS NOT NULL AS done;
RESET ROLE;
REVOKE pg_write_server_files FROM regress_tam_other;
\set VERBOSITY default
DROP SCHEMA sqlite_heap_export CASCADE;
