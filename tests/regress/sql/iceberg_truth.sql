-- What the truth tables hold about a table, and when it goes.
CREATE SCHEMA iceberg_truth;
SET search_path = iceberg_truth;

-- the tables of other tests do not count
CREATE TABLE others USING heap AS SELECT DISTINCT storage FROM tamarack_iceberg.row_store;
CREATE VIEW stored AS SELECT count(*) AS tuples, count(DISTINCT storage) AS storages FROM tamarack_iceberg.row_store
  WHERE storage NOT IN (SELECT storage FROM others);

-- a table without rows has no storage
CREATE TABLE t (id int PRIMARY KEY, v text);
SELECT * FROM stored;
INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 10) g;
SELECT * FROM stored;

-- every version of a row is a tuple of its own
UPDATE t SET v = 'w' WHERE id <= 3;
DELETE FROM t WHERE id = 10;
SELECT * FROM stored;
SELECT ctid, * FROM t ORDER BY id;

-- what is rolled back is not there
BEGIN;
INSERT INTO t VALUES (11, 'gone');
UPDATE t SET v = 'gone';
SELECT * FROM stored;
ROLLBACK;
SELECT * FROM stored;
BEGIN;
INSERT INTO t VALUES (11, 'stays');
SAVEPOINT a;
UPDATE t SET v = 'gone';
DELETE FROM t WHERE id = 1;
ROLLBACK TO a;
SAVEPOINT b;
DELETE FROM t WHERE id = 2;
RELEASE b;
COMMIT;
SELECT * FROM t ORDER BY id;
SELECT * FROM stored;

-- TRUNCATE gives the table a new storage, and the old one back if it is undone
BEGIN;
TRUNCATE t;
SELECT * FROM stored;
INSERT INTO t VALUES (1, 'new');
SELECT * FROM t;
SELECT * FROM stored;
ROLLBACK;
SELECT count(*) FROM t;
SELECT * FROM stored;
TRUNCATE t;
INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 10) g;
SELECT * FROM stored;

-- so do commands that rewrite the table
BEGIN;
ALTER TABLE t ALTER id TYPE bigint;
SELECT count(*) FROM t;
SELECT * FROM stored;
ROLLBACK;
SELECT * FROM stored;
ALTER TABLE t ALTER id TYPE bigint;
SELECT * FROM stored;
DELETE FROM t WHERE id > 5;
VACUUM FULL t;
SELECT * FROM stored;
SELECT ctid, * FROM t;
CLUSTER t USING t_pkey;
SELECT * FROM stored;
BEGIN;
CLUSTER t;
INSERT INTO t VALUES (6, 'in vain');
SAVEPOINT a;
CLUSTER t;
ROLLBACK TO a;
DELETE FROM t WHERE id = 1;
SELECT count(*) FROM t;
ROLLBACK;
SELECT count(*) FROM t;
-- copies for old snapshots outlive the transaction that made them in vain, until a sweep
SELECT public.iceberg_sweep() >= 0 AS swept;
SELECT * FROM stored;

-- to another access method and back
ALTER TABLE t SET ACCESS METHOD heap;
SELECT * FROM stored;
ALTER TABLE t SET ACCESS METHOD iceberg;
SELECT * FROM stored;
ALTER TABLE t SET ACCESS METHOD sqlite_heap;
SELECT * FROM stored;
ALTER TABLE t SET ACCESS METHOD iceberg;
SELECT * FROM stored;
SELECT * FROM t ORDER BY id;

-- to another tablespace: the storage stays
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE iceberg_truth_space LOCATION '';
CREATE TEMP TABLE before USING heap AS SELECT DISTINCT storage FROM tamarack_iceberg.row_store
  WHERE storage NOT IN (SELECT storage FROM others);
ALTER TABLE t SET TABLESPACE iceberg_truth_space;
SELECT count(*) FROM tamarack_iceberg.row_store JOIN before USING (storage);
UPDATE t SET v = 'moved' WHERE id = 1;
SELECT * FROM t ORDER BY id;
BEGIN;
ALTER TABLE t SET TABLESPACE pg_default;
INSERT INTO t VALUES (7, 'in vain');
ROLLBACK;
SELECT * FROM t ORDER BY id;
ALTER TABLE t SET TABLESPACE pg_default;
SELECT count(*) FROM t;
DROP TABLESPACE iceberg_truth_space;

-- DROP takes all, at commit
BEGIN;
DROP TABLE t;
SELECT * FROM stored;
ROLLBACK;
SELECT count(*) FROM t;
SELECT * FROM stored;
DROP TABLE t;
SELECT * FROM stored;

-- temporary tables
CREATE TEMP TABLE te (id int PRIMARY KEY) ON COMMIT DELETE ROWS;
BEGIN;
INSERT INTO te SELECT generate_series(1, 5);
SELECT * FROM stored;
COMMIT;
SELECT * FROM stored;
INSERT INTO te VALUES (1);
SELECT count(*) FROM te;
BEGIN;
CREATE TEMP TABLE td ON COMMIT DROP AS SELECT generate_series(1, 5);
SELECT * FROM stored;
COMMIT;
SELECT * FROM stored;
CREATE TEMP TABLE tk (id int PRIMARY KEY);
INSERT INTO tk SELECT generate_series(1, 5);
SELECT * FROM stored;
-- a new session has none of these
\c -
SET search_path = iceberg_truth;
-- the session that ended may still be about
DO $$
BEGIN
  FOR i IN 1 .. 100 LOOP
    EXIT WHEN (SELECT tuples = 0 FROM stored);
    PERFORM pg_sleep(0.1);
  END LOOP;
END $$;
SELECT * FROM stored;

-- unlogged tables
CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
INSERT INTO u SELECT generate_series(1, 5);
ALTER TABLE u SET LOGGED;
SELECT count(*) FROM u;
ALTER TABLE u SET UNLOGGED;
SELECT count(*) FROM u;
SELECT * FROM stored;
DROP TABLE u;

-- materialized views
CREATE MATERIALIZED VIEW m AS SELECT g FROM generate_series(1, 5) g;
REFRESH MATERIALIZED VIEW m;
CREATE UNIQUE INDEX ON m (g);
REFRESH MATERIALIZED VIEW CONCURRENTLY m;
SELECT * FROM stored;
DROP MATERIALIZED VIEW m;

-- partitions, and rows that move between them
CREATE TABLE p (k int, v text) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) USING heap;
INSERT INTO p VALUES (1, 'one'), (2, 'two');
UPDATE p SET k = 3 - k RETURNING tableoid::regclass, *;
SELECT * FROM stored;
ALTER TABLE p DETACH PARTITION p1;
SELECT * FROM p1;
DROP TABLE p, p1;
SELECT * FROM stored;

-- VACUUM removes index entries of dead rows; the index and the table agree after it
CREATE TABLE v (id int PRIMARY KEY, w int);
CREATE INDEX v_w ON v (w);
INSERT INTO v SELECT g, g % 100 FROM generate_series(1, 2000) g;
UPDATE v SET w = w + 1 WHERE id % 2 = 0;
DELETE FROM v WHERE id % 5 = 0;
VACUUM (INDEX_CLEANUP on) v;
SELECT reltuples FROM pg_class WHERE relname IN ('v', 'v_pkey', 'v_w') ORDER BY relname;
SET enable_seqscan = off;
SELECT count(*), sum(w) FROM v WHERE w >= 0;
RESET enable_seqscan;
SELECT count(*), sum(w) FROM v;
SELECT age(relfrozenxid) < 100 FROM pg_class WHERE oid = 'v'::regclass;
DROP TABLE v;

-- a sequence's lastval is the user's own
CREATE TABLE s (id serial, v text);
INSERT INTO s (v) VALUES ('x');
SELECT lastval();
DROP TABLE s;

-- nobody else looks into the truth
CREATE ROLE iceberg_truth_user;
SET ROLE iceberg_truth_user;
SELECT count(*) FROM tamarack_iceberg.row_store;
RESET ROLE;
-- but everybody's tables work
GRANT ALL ON SCHEMA iceberg_truth TO iceberg_truth_user;
SET ROLE iceberg_truth_user;
CREATE TABLE own (id int PRIMARY KEY, v text);
INSERT INTO own VALUES (1, 'a') ON CONFLICT (id) DO NOTHING;
UPDATE own SET v = 'b';
SELECT * FROM own FOR UPDATE;
DELETE FROM own;
DROP TABLE own;
RESET ROLE;
REVOKE ALL ON SCHEMA iceberg_truth FROM iceberg_truth_user;
DROP ROLE iceberg_truth_user;

-- changes cannot be decoded yet
CREATE TABLE published (id int PRIMARY KEY);
CREATE PUBLICATION iceberg_truth_publication FOR TABLE published;
DROP TABLE published;

SELECT * FROM stored;
SET client_min_messages = warning;
DROP SCHEMA iceberg_truth CASCADE;
