--
-- Indexes of every kind, built on rows that are there, kept up, rebuilt, concurrently too.
--
CREATE SCHEMA indexes;
SET search_path = indexes, public;
CREATE TABLE t (id int, v text, n int, p point, r int4range, arr int[], doc tsvector, ip inet);
INSERT INTO t SELECT g, 'v' || g % 500, g % 7, point(g, g), int4range(g, g + 10), ARRAY[g % 10, g % 20],
  to_tsvector('simple', 'word' || g % 50), ('10.0.' || g % 250 || '.1')::inet FROM generate_series(1, 5000) g;
DELETE FROM t WHERE id % 10 = 0;
UPDATE t SET n = 100 WHERE id % 10 = 1;

CREATE INDEX t_btree ON t (id);
CREATE INDEX t_hash ON t USING hash (v);
CREATE INDEX t_gist ON t USING gist (p);
CREATE INDEX t_gist_range ON t USING gist (r);
CREATE INDEX t_spgist ON t USING spgist (p);
CREATE INDEX t_spgist_ip ON t USING spgist (ip);
CREATE INDEX t_gin ON t USING gin (arr);
CREATE INDEX t_gin_doc ON t USING gin (doc);
CREATE INDEX t_brin ON t USING brin (id) WITH (pages_per_range = 4);
CREATE INDEX t_brin_n ON t USING brin (n int4_minmax_multi_ops);
CREATE INDEX t_partial ON t (id) WHERE n = 100;
CREATE INDEX t_expr ON t (lower(v), (n + 1));
CREATE INDEX t_include ON t (id) INCLUDE (v, n);
CREATE INDEX t_desc ON t (n DESC NULLS LAST, id);

-- the same question to the table and through each index
CREATE FUNCTION both_ways(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  seq bigint;
  idx bigint;
  plan text;
  node text := '';
BEGIN
  SET LOCAL enable_seqscan = on;
  SET LOCAL enable_indexscan = off;
  SET LOCAL enable_indexonlyscan = off;
  SET LOCAL enable_bitmapscan = off;
  EXECUTE q INTO seq;
  SET LOCAL enable_seqscan = off;
  SET LOCAL enable_indexscan = on;
  SET LOCAL enable_indexonlyscan = on;
  SET LOCAL enable_bitmapscan = on;
  FOR plan IN EXECUTE 'EXPLAIN (COSTS off) ' || q LOOP
    IF plan LIKE '%Seq Scan%' THEN node := ' by sequential scan!'; END IF;
  END LOOP;
  EXECUTE q INTO idx;
  RETURN seq || CASE WHEN seq = idx THEN ' both ways' ELSE ' against ' || idx || '!' END || node;
END $$;
CREATE TABLE questions (nr int, q text);
INSERT INTO questions VALUES
  (1, 'SELECT count(*) FROM indexes.t WHERE id BETWEEN 100 AND 300'),
  (2, 'SELECT count(*) FROM indexes.t WHERE v = ''v42'''),
  (3, 'SELECT count(*) FROM indexes.t WHERE p <@ box ''(100,100),(300,300)'''),
  (4, 'SELECT count(*) FROM indexes.t WHERE r @> 555'),
  (5, 'SELECT count(*) FROM indexes.t WHERE ip = ''10.0.5.1'''),
  (6, 'SELECT count(*) FROM indexes.t WHERE arr @> ARRAY[3]'),
  (7, 'SELECT count(*) FROM indexes.t WHERE doc @@ ''word7'''),
  (8, 'SELECT count(*) FROM indexes.t WHERE n = 100 AND id < 1000'),
  (9, 'SELECT count(*) FROM indexes.t WHERE lower(v) = ''v77'' AND n + 1 > 2'),
  (10, 'SELECT sum(n) FROM indexes.t WHERE id < 200'),
  (11, 'SELECT sum(id) FROM (SELECT id FROM indexes.t ORDER BY n DESC NULLS LAST, id LIMIT 10) s'),
  (12, 'SELECT sum(id) FROM (SELECT id FROM indexes.t ORDER BY p <-> point(1000, 1000) LIMIT 1) s'),
  (13, 'SELECT count(*) FROM indexes.t WHERE id IN (1, 2, 3, 1000, 2001, 99999)'),
  (14, 'SELECT count(*) FROM indexes.t WHERE id < 100 OR v = ''v3'''),
  (15, 'SELECT count(*) FROM indexes.t WHERE id > 4000 AND v = ''v3''');
SELECT nr, both_ways(q) FROM questions ORDER BY nr;

-- kept up by inserts, updates and deletes
INSERT INTO t SELECT g, 'v42', 100, point(200, 200), int4range(550, 560), ARRAY[3, 4], to_tsvector('simple', 'word7'), '10.0.5.1' FROM generate_series(6000, 6099) g;
UPDATE t SET v = 'v77', p = point(250, 250), arr = ARRAY[3] WHERE id BETWEEN 200 AND 220;
DELETE FROM t WHERE id BETWEEN 240 AND 260;
SELECT nr, both_ways(q) FROM questions ORDER BY nr;
VACUUM t;
SELECT nr, both_ways(q) FROM questions ORDER BY nr;

-- only BRIN, over many ranges, summarised late
CREATE TABLE b (id int, v text);
INSERT INTO b SELECT g, repeat('b', 20) FROM generate_series(1, 20000) g;
CREATE INDEX b_brin ON b USING brin (id) WITH (pages_per_range = 2);
SELECT both_ways('SELECT count(*) FROM indexes.b WHERE id BETWEEN 5000 AND 5100');
INSERT INTO b SELECT g, 'late' FROM generate_series(20001, 30000) g;
SELECT both_ways('SELECT count(*) FROM indexes.b WHERE id BETWEEN 25000 AND 25100');
SELECT brin_summarize_new_values('b_brin') > 0 AS summarised;
SELECT both_ways('SELECT count(*) FROM indexes.b WHERE id BETWEEN 25000 AND 25100');
SELECT brin_desummarize_range('b_brin', 0);
SELECT both_ways('SELECT count(*) FROM indexes.b WHERE id BETWEEN 1 AND 10');
VACUUM b;

-- bitmap scans: lossy, AND, OR
SET work_mem = '64kB';
CREATE TABLE lossy (id int, n int);
INSERT INTO lossy SELECT g, g % 100 FROM generate_series(1, 60000) g;
CREATE INDEX ON lossy (n);
CREATE INDEX ON lossy (id);
SELECT both_ways('SELECT count(*) FROM indexes.lossy WHERE n < 50');
SELECT both_ways('SELECT count(*) FROM indexes.lossy WHERE n < 50 AND id < 30000');
RESET work_mem;

-- built while rows of this very transaction come and go
BEGIN;
INSERT INTO t (id, v) VALUES (7000, 'mine');
UPDATE t SET v = 'mine' WHERE id = 101;
DELETE FROM t WHERE id = 102;
CREATE INDEX t_mine ON t (v);
SELECT both_ways('SELECT count(*) FROM indexes.t WHERE v = ''mine''');
SAVEPOINT a;
CREATE UNIQUE INDEX t_unique ON t (id);
ROLLBACK TO a;
COMMIT;
CREATE UNIQUE INDEX t_unique ON t (id);
\set VERBOSITY terse
CREATE UNIQUE INDEX t_not_unique ON t (n);
\set VERBOSITY default
SELECT both_ways('SELECT count(*) FROM indexes.t WHERE v = ''mine''');

-- a chain of updates in one transaction, indexed within and after it
BEGIN;
CREATE TABLE hot (id int, n int);
INSERT INTO hot SELECT g, 0 FROM generate_series(1, 10) g;
UPDATE hot SET n = n + 1;
UPDATE hot SET n = n + 1;
CREATE INDEX hot_id ON hot (id);
CREATE INDEX hot_n ON hot (n);
UPDATE hot SET n = n + 1;
SELECT (SELECT count(*) FROM hot WHERE id = 5), (SELECT count(*) FROM hot WHERE n = 3), (SELECT count(*) FROM hot WHERE n = 2);
COMMIT;
SELECT both_ways('SELECT count(*) FROM indexes.hot WHERE id = 5'), both_ways('SELECT count(*) FROM indexes.hot WHERE n = 3'), both_ways('SELECT count(*) FROM indexes.hot WHERE n = 2');

-- CONCURRENTLY
CREATE INDEX CONCURRENTLY t_conc ON t (n, id);
\set VERBOSITY terse
CREATE UNIQUE INDEX CONCURRENTLY t_conc_bad ON t (n);
\set VERBOSITY default
SELECT indisvalid FROM pg_index WHERE indexrelid = 't_conc_bad'::regclass;
DROP INDEX CONCURRENTLY t_conc_bad;
SELECT both_ways('SELECT count(*) FROM indexes.t WHERE n = 100 AND id > 100');
REINDEX INDEX t_hash;
REINDEX TABLE t;
REINDEX INDEX CONCURRENTLY t_btree;
REINDEX TABLE CONCURRENTLY t;
SELECT nr, both_ways(q) FROM questions ORDER BY nr;
SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND NOT indisvalid;
REINDEX SCHEMA indexes;
BEGIN;
REINDEX INDEX t_btree;
ROLLBACK;
SELECT both_ways('SELECT count(*) FROM indexes.t WHERE id BETWEEN 100 AND 300');

-- parallel build, sort on disk
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
SET maintenance_work_mem = '1MB';
ALTER TABLE lossy SET (parallel_workers = 2);
CREATE INDEX lossy_parallel ON lossy (n, id);
DROP INDEX lossy_n_idx, lossy_id_idx;
SELECT both_ways('SELECT count(*) FROM indexes.lossy WHERE n = 7');
RESET ALL;
SET search_path = indexes, public;

-- an expression that fails on some row
CREATE INDEX t_fail ON t ((1 / (id - 101)));
SELECT count(*) FROM pg_class WHERE relname = 't_fail';
