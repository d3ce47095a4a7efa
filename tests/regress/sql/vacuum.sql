--
-- VACUUM, VACUUM FULL, CLUSTER, ANALYZE and the statistics they leave.
--
CREATE SCHEMA vacuum;
SET search_path = vacuum, public;
CREATE TABLE t (id int PRIMARY KEY, v text, n int);
CREATE INDEX t_n ON t (n);
CREATE INDEX t_v ON t USING hash (v);
INSERT INTO t SELECT g, 'v' || g % 100, g % 10 FROM generate_series(1, 10000) g;
DELETE FROM t WHERE id % 2 = 0;
UPDATE t SET n = -1 WHERE id % 5 = 0;
VACUUM t;
SELECT reltuples FROM pg_class WHERE oid = 't'::regclass;
SELECT relname, reltuples FROM pg_class WHERE oid IN ('t_pkey'::regclass, 't_n'::regclass) ORDER BY relname;
SELECT count(*), sum(n), count(DISTINCT v) FROM t;
SELECT index_agrees('t', 'id'), index_agrees('t', 'n');
INSERT INTO t SELECT g, 'again', 5 FROM generate_series(2, 10000, 2) g;
SELECT count(*), sum(n), count(DISTINCT v) FROM t;
SET enable_seqscan = off;
SELECT count(*) FROM t WHERE v = 'again';
SELECT count(*) FROM t WHERE n = -1;
RESET enable_seqscan;

-- rows of a transaction that failed
BEGIN;
INSERT INTO t SELECT g, 'aborted', 0 FROM generate_series(20000, 25000) g;
ROLLBACK;
VACUUM t;
INSERT INTO t SELECT g, 'second try', 0 FROM generate_series(20000, 25000) g;
SELECT count(*) FROM t WHERE v = 'second try';
SELECT index_agrees('t', 'id'), index_agrees('t', 'n');

-- nothing is dead
CREATE TABLE all_live AS SELECT generate_series(1, 20) AS a;
VACUUM all_live;
SELECT reltuples FROM pg_class WHERE oid = 'all_live'::regclass;
INSERT INTO all_live VALUES (21);
VACUUM all_live;
SELECT reltuples FROM pg_class WHERE oid = 'all_live'::regclass;

-- all gone
DELETE FROM t;
VACUUM (FREEZE) t;
SELECT count(*) FROM t;
SELECT index_agrees('t', 'id');
INSERT INTO t SELECT g, 'v', g FROM generate_series(1, 1000) g;

-- options
VACUUM (ANALYZE) t;
VACUUM (FREEZE, VERBOSE false, SKIP_LOCKED, INDEX_CLEANUP on, TRUNCATE off) t;
VACUUM (INDEX_CLEANUP off) t;
DELETE FROM t WHERE id <= 100;
VACUUM (INDEX_CLEANUP off) t;
SELECT count(*) FROM t;
SELECT index_agrees('t', 'id');
VACUUM (DISABLE_PAGE_SKIPPING, PARALLEL 2) t;
SELECT count(*) FROM t;
SELECT index_agrees('t', 'id');
BEGIN;
VACUUM t;
ROLLBACK;

-- freezing: nothing older than this transaction is left
VACUUM (FREEZE) t;
SELECT age(relfrozenxid) < 50 AS young, mxid_age(relminmxid) < 50 AS young_multi FROM pg_class WHERE oid = 't'::regclass;
SELECT count(*), sum(n) FROM t;
UPDATE t SET v = 'after freeze' WHERE id = 500;
SELECT v FROM t WHERE id = 500;

-- ANALYZE
ANALYZE t;
SELECT reltuples, relpages > 0 AS has_pages FROM pg_class WHERE oid = 't'::regclass;
SELECT attname, n_distinct, null_frac FROM pg_stats WHERE schemaname = 'vacuum' AND tablename = 't' ORDER BY attname;
CREATE TABLE empty_t (a int);
VACUUM ANALYZE empty_t;
SELECT reltuples FROM pg_class WHERE oid = 'empty_t'::regclass;
CREATE TABLE skew (a int, b text, c int[]);
INSERT INTO skew SELECT CASE WHEN g % 10 < 7 THEN 1 ELSE g END, CASE WHEN g % 4 = 0 THEN 'x' END, ARRAY[g % 3] FROM generate_series(1, 3000) g;
DELETE FROM skew WHERE a > 2500;
ANALYZE skew;
SELECT reltuples FROM pg_class WHERE oid = 'skew'::regclass;
SELECT attname, null_frac, n_distinct, most_common_vals, most_common_freqs FROM pg_stats WHERE schemaname = 'vacuum' AND tablename = 'skew' AND attname <> 'a' ORDER BY attname;
SELECT most_common_vals FROM pg_stats WHERE schemaname = 'vacuum' AND tablename = 'skew' AND attname = 'a';
CREATE STATISTICS skew_stat (dependencies, ndistinct, mcv) ON a, b FROM skew;
ANALYZE skew (a, b);
SELECT count(*) FROM pg_stats_ext WHERE statistics_name = 'skew_stat';

-- VACUUM FULL and CLUSTER
CREATE TABLE cl (id int PRIMARY KEY, r int, v text);
INSERT INTO cl SELECT g, (g * 7919) % 5000, repeat('c', g % 30) FROM generate_series(0, 4999) g;
DELETE FROM cl WHERE id % 3 = 0;
UPDATE cl SET v = 'updated' WHERE id % 3 = 1;
CREATE UNIQUE INDEX cl_r ON cl (r);
VACUUM FULL cl;
SELECT count(*), sum(length(v)) FROM cl;
SELECT index_agrees('cl', 'id'), index_agrees('cl', 'r');
CLUSTER cl USING cl_r;
SELECT count(*), bool_and(r > prev) AS in_order FROM (SELECT r, lag(r, 1, -1) OVER () AS prev FROM cl) s;
CLUSTER cl USING cl_pkey;
SELECT count(*), bool_and(id > prev) AS in_order FROM (SELECT id, lag(id, 1, -1) OVER () AS prev FROM cl) s;
SELECT index_agrees('cl', 'id'), index_agrees('cl', 'r');
SET maintenance_work_mem = '1MB';
SET enable_indexscan = off;
CLUSTER cl USING cl_r;
RESET enable_indexscan;
RESET maintenance_work_mem;
SELECT count(*), bool_and(r > prev) AS in_order FROM (SELECT r, lag(r, 1, -1) OVER () AS prev FROM cl) s;
BEGIN;
DELETE FROM cl WHERE id < 1000;
CLUSTER cl USING cl_r;
SELECT count(*) FROM cl;
ROLLBACK;
SELECT count(*), sum(length(v)) FROM cl;
BEGIN;
INSERT INTO cl VALUES (10000, 10000, 'mine');
UPDATE cl SET v = 'mine too' WHERE id = 1;
CLUSTER cl;
SELECT id, v FROM cl WHERE v LIKE 'mine%' ORDER BY id;
COMMIT;
SELECT id, v FROM cl WHERE v LIKE 'mine%' ORDER BY id;

-- a long string of updates of one row, found by its index all the while
CREATE TABLE chain (id int PRIMARY KEY, n int);
INSERT INTO chain VALUES (1, 0), (2, 0);
DO $$
BEGIN
  FOR i IN 1..500 LOOP
    UPDATE vacuum.chain SET n = n + 1 WHERE id = 1;
  END LOOP;
END $$;
SELECT * FROM chain WHERE id = 1;
VACUUM chain;
SELECT * FROM chain ORDER BY id;

-- several tables
VACUUM (FREEZE) vacuum.t, vacuum.cl;
