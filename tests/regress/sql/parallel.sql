--
-- Parallel plans.
--
CREATE SCHEMA parallel;
SET search_path = parallel, public;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE t (id int PRIMARY KEY, n int, v text);
INSERT INTO t SELECT g, g % 100, repeat('p', g % 20) FROM generate_series(1, 50000) g;
DELETE FROM t WHERE id % 10 = 0;
UPDATE t SET n = n + 1000 WHERE id % 10 = 1;
ALTER TABLE t SET (parallel_workers = 2);
CREATE INDEX t_n ON t (n);
ANALYZE t;

EXPLAIN (COSTS off) SELECT count(*), sum(n) FROM t;
SELECT count(*), sum(n), sum(length(v)) FROM t;
SELECT n % 3 AS k, count(*) FROM t GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM t a JOIN t b USING (id);
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
EXPLAIN (COSTS off) SELECT count(*) FROM t WHERE n < 10;
SELECT count(*) FROM t WHERE n < 10;
RESET enable_indexscan;
RESET enable_indexonlyscan;
SET enable_bitmapscan = off;
SELECT count(*) FROM t WHERE n < 10;
SELECT count(v) FROM t WHERE id BETWEEN 1000 AND 20000;
RESET enable_bitmapscan;
RESET enable_seqscan;

-- what this transaction did, workers see
BEGIN;
INSERT INTO t SELECT g, -1, 'mine' FROM generate_series(100001, 101000) g;
UPDATE t SET n = -2 WHERE id <= 100;
DELETE FROM t WHERE id BETWEEN 200 AND 300;
SELECT count(*), sum(n) FROM t;
SAVEPOINT a;
DELETE FROM t WHERE id > 1000;
SELECT count(*), sum(n) FROM t;
ROLLBACK TO a;
SELECT count(*), sum(n) FROM t;
CREATE TABLE made AS SELECT * FROM t WHERE n = -1;
ALTER TABLE made SET (parallel_workers = 2);
SELECT count(*), min(id), max(id) FROM made;
ROLLBACK;
SELECT count(*), sum(n) FROM t;

-- a cursor that stops in the middle, LIMIT, an error in a worker
SELECT count(*) FROM (SELECT 1 FROM t LIMIT 10) s;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t WHERE n > 0;
MOVE 100 IN c;
CLOSE c;
COMMIT;
\set SHOW_CONTEXT never
SELECT count(1 / (id - 33333)) FROM t;
\set SHOW_CONTEXT errors
SELECT count(*) FROM t;

-- Append over tables of both kinds, CREATE TABLE AS, a nested loop that restarts
CREATE TABLE heap_copy USING heap AS SELECT * FROM t;
SELECT count(*), sum(id) FROM (SELECT id FROM t UNION ALL SELECT id FROM heap_copy) s;
CREATE TABLE copied AS SELECT * FROM t WHERE n % 2 = 0;
SELECT count(*), sum(id) FROM copied;
SELECT count(*) FROM (SELECT 1 FROM generate_series(1, 3) g, LATERAL (SELECT count(*) FROM t WHERE n = g) l) s;
CREATE TABLE empty_t (id int) WITH (parallel_workers = 2);
SELECT count(*) FROM empty_t;

-- every session setting reaches the workers
GRANT USAGE ON SCHEMA parallel TO regress_tam_other;
SET ROLE regress_tam_other;
SELECT count(*) FROM t;
RESET ROLE;
GRANT SELECT ON t TO regress_tam_other;
SET ROLE regress_tam_other;
SELECT count(*) FROM t;
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM t;
COMMIT;
