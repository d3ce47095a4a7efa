--
-- Transactions, savepoints, what a command sees of its own transaction.
--
CREATE SCHEMA transactions;
SET search_path = transactions, public;
CREATE TABLE t (id int PRIMARY KEY, v int);

BEGIN;
INSERT INTO t VALUES (1, 1);
SELECT * FROM t;
ROLLBACK;
SELECT * FROM t;
INSERT INTO t VALUES (1, 1);
SELECT * FROM t;

-- an error ends it
BEGIN;
INSERT INTO t VALUES (2, 2);
INSERT INTO t VALUES (1, 1);
SELECT 1;
COMMIT;
SELECT * FROM t ORDER BY id;

-- savepoints: rolled back, released, nested
BEGIN;
INSERT INTO t VALUES (2, 2);
SAVEPOINT a;
UPDATE t SET v = 20 WHERE id = 2;
DELETE FROM t WHERE id = 1;
SELECT * FROM t ORDER BY id;
ROLLBACK TO a;
SELECT * FROM t ORDER BY id;
SAVEPOINT b;
INSERT INTO t VALUES (3, 3);
SAVEPOINT c;
UPDATE t SET v = v + 100;
RELEASE c;
SELECT * FROM t ORDER BY id;
ROLLBACK TO b;
SELECT * FROM t ORDER BY id;
SAVEPOINT d;
UPDATE t SET v = v + 1000 WHERE id = 1;
RELEASE d;
COMMIT;
SELECT * FROM t ORDER BY id;

-- a row deleted in a savepoint that is rolled back can be updated; the other way round
BEGIN;
SAVEPOINT a;
DELETE FROM t WHERE id = 1;
ROLLBACK TO a;
UPDATE t SET v = 5 WHERE id = 1;
SAVEPOINT b;
UPDATE t SET v = 6 WHERE id = 1;
ROLLBACK TO b;
UPDATE t SET v = v + 1 WHERE id = 1;
SELECT * FROM t ORDER BY id;
COMMIT;
SELECT * FROM t ORDER BY id;

-- row locks in savepoints
BEGIN;
SAVEPOINT a;
SELECT * FROM t WHERE id = 1 FOR SHARE;
SAVEPOINT b;
SELECT * FROM t WHERE id = 1 FOR UPDATE;
ROLLBACK TO b;
UPDATE t SET v = 8 WHERE id = 1;
ROLLBACK TO a;
SELECT * FROM t WHERE id = 1 FOR KEY SHARE;
UPDATE t SET v = 9 WHERE id = 1;
COMMIT;
SELECT * FROM t ORDER BY id;

-- insert, update, delete of one row in one transaction; the key again
BEGIN;
INSERT INTO t VALUES (10, 0);
UPDATE t SET v = 1 WHERE id = 10;
UPDATE t SET v = 2 WHERE id = 10;
DELETE FROM t WHERE id = 10;
INSERT INTO t VALUES (10, 3);
UPDATE t SET id = 11 WHERE id = 10;
INSERT INTO t VALUES (10, 4);
SELECT * FROM t WHERE id >= 10 ORDER BY id;
COMMIT;
SELECT * FROM t WHERE id >= 10 ORDER BY id;

-- a failed unique check in a savepoint leaves nothing
BEGIN;
SAVEPOINT a;
INSERT INTO t SELECT g, g FROM generate_series(12, 20) g;
INSERT INTO t VALUES (10, 10);
ROLLBACK TO a;
SELECT count(*) FROM t;
INSERT INTO t VALUES (12, 12);
COMMIT;
SELECT count(*) FROM t;

-- combo command ids: a cursor keeps seeing what was there when it was opened
BEGIN;
INSERT INTO t VALUES (30, 0);
DECLARE c0 CURSOR FOR SELECT v FROM t WHERE id = 30;
UPDATE t SET v = 1 WHERE id = 30;
DECLARE c1 CURSOR FOR SELECT v FROM t WHERE id = 30;
UPDATE t SET v = 2 WHERE id = 30;
DECLARE c2 CURSOR FOR SELECT v FROM t WHERE id = 30;
DELETE FROM t WHERE id = 30;
DECLARE c3 CURSOR FOR SELECT v FROM t WHERE id = 30;
FETCH ALL FROM c0;
FETCH ALL FROM c1;
FETCH ALL FROM c2;
FETCH ALL FROM c3;
COMMIT;

-- in a savepoint too, whose end brings the old view back
BEGIN;
DECLARE before CURSOR FOR SELECT id, v FROM t WHERE id IN (1, 2) ORDER BY id;
SAVEPOINT a;
UPDATE t SET v = -v WHERE id IN (1, 2);
DECLARE between_them CURSOR FOR SELECT id, v FROM t WHERE id IN (1, 2) ORDER BY id;
UPDATE t SET v = v - 1 WHERE id IN (1, 2);
FETCH ALL FROM before;
FETCH ALL FROM between_them;
ROLLBACK TO a;
FETCH ALL FROM before;
SELECT id, v FROM t WHERE id IN (1, 2) ORDER BY id;
COMMIT;

-- isolation levels of one session
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
INSERT INTO t VALUES (40, 40);
SELECT count(*) FROM t;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET v = 41 WHERE id = 40;
SELECT * FROM t WHERE id = 40;
ROLLBACK;
SELECT * FROM t WHERE id = 40;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT * FROM t WHERE id = 40;
UPDATE t SET v = 0;
ROLLBACK;

-- a volatile function sees what its statement's earlier calls did, a stable one does not
CREATE FUNCTION count_now() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM transactions.t';
CREATE FUNCTION count_then() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM transactions.t';
SELECT count(*) AS rows FROM t \gset
INSERT INTO t SELECT 50 + g, count_now() - :rows FROM generate_series(0, 2) g;
INSERT INTO t SELECT 60 + g, count_then() - :rows FROM generate_series(0, 2) g;
SELECT * FROM t WHERE id >= 50 ORDER BY id;

-- more subtransactions than a snapshot caches
CREATE TABLE deep (id int PRIMARY KEY, ok bool);
DO $$
BEGIN
  FOR i IN 1..300 LOOP
    BEGIN
      INSERT INTO transactions.deep VALUES (i, true);
      IF i % 3 = 0 THEN RAISE EXCEPTION 'third'; END IF;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
  END LOOP;
END $$;
SELECT count(*), sum(id), count(*) FILTER (WHERE id % 3 = 0) AS thirds FROM deep;
BEGIN;
DO $$
BEGIN
  FOR i IN 1..300 LOOP
    BEGIN
      UPDATE transactions.deep SET ok = NOT ok WHERE id = i;
      IF i % 2 = 0 THEN RAISE EXCEPTION 'even'; END IF;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
  END LOOP;
END $$;
SELECT ok, count(*) FROM deep GROUP BY ok ORDER BY ok;
ROLLBACK;
SELECT ok, count(*) FROM deep GROUP BY ok ORDER BY ok;

-- AND CHAIN, and a transaction that only locks
BEGIN;
INSERT INTO t VALUES (70, 70);
COMMIT AND CHAIN;
INSERT INTO t VALUES (71, 71);
ROLLBACK AND CHAIN;
SELECT id FROM t WHERE id >= 70 ORDER BY id FOR NO KEY UPDATE;
COMMIT;
SELECT id FROM t WHERE id >= 70 ORDER BY id;
SELECT index_agrees('t', 'id');
