--
-- The counters that autovacuum and monitoring live on.
--
CREATE SCHEMA statistics;
SET search_path = statistics, public;
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT g, 'v' FROM generate_series(1, 1000) g;
UPDATE t SET v = 'w' WHERE id <= 300;
DELETE FROM t WHERE id > 900;
BEGIN;
INSERT INTO t SELECT g, 'rolled back' FROM generate_series(2001, 2050) g;
ROLLBACK;
SELECT count(*) FROM t;
SELECT pg_stat_force_next_flush();
SELECT n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, n_dead_tup, n_mod_since_analyze FROM pg_stat_user_tables WHERE relid = 't'::regclass;
SET enable_seqscan = off;
SELECT v FROM t WHERE id = 5;
RESET enable_seqscan;
SELECT pg_stat_force_next_flush();
SELECT seq_scan > 0 AS scanned, seq_tup_read >= 1000 AS read, idx_scan, idx_tup_fetch FROM pg_stat_user_tables WHERE relid = 't'::regclass;
ANALYZE t;
SELECT pg_stat_force_next_flush();
SELECT n_live_tup, n_mod_since_analyze, analyze_count FROM pg_stat_user_tables WHERE relid = 't'::regclass;
VACUUM t;
SELECT pg_stat_force_next_flush();
SELECT n_live_tup, n_dead_tup, vacuum_count FROM pg_stat_user_tables WHERE relid = 't'::regclass;
BEGIN;
TRUNCATE t;
INSERT INTO t VALUES (1, 'x');
COMMIT;
SELECT pg_stat_force_next_flush();
SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relid = 't'::regclass;
BEGIN;
SAVEPOINT a;
INSERT INTO t SELECT g, 'y' FROM generate_series(2, 100) g;
ROLLBACK TO a;
INSERT INTO t VALUES (2, 'z');
COMMIT;
SELECT pg_stat_force_next_flush();
SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = 't'::regclass;
COPY t FROM stdin;
10	a
11	b
\.
SELECT pg_stat_force_next_flush();
SELECT n_tup_ins, n_live_tup FROM pg_stat_user_tables WHERE relid = 't'::regclass;
-- size estimates follow the rows
SELECT reltuples, relpages > 0 AS pages FROM pg_class WHERE oid = 't'::regclass;
CREATE TABLE grow (id int, v text);
INSERT INTO grow SELECT g, 'x' FROM generate_series(1, 10000) g;
ANALYZE grow;
INSERT INTO grow SELECT g, 'x' FROM generate_series(10001, 40000) g;
DO $$
DECLARE
  plan json;
  est float;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) SELECT * FROM statistics.grow' INTO plan;
  est := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float;
  RAISE NOTICE 'estimate within a tenth of 40000: %', est BETWEEN 36000 AND 44000;
END $$;
