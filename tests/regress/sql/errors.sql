--
-- SQLSTATEs, and that each error leaves table and session as they were.
--
CREATE SCHEMA errors;
SET search_path = errors, public;
\set VERBOSITY sqlstate
CREATE TABLE t (id int PRIMARY KEY, v varchar(5) NOT NULL, n int CHECK (n > 0));
INSERT INTO t VALUES (1, 'one', 1);
INSERT INTO t VALUES (1, 'two', 2);
INSERT INTO t VALUES (2, NULL, 2);
INSERT INTO t VALUES (2, 'two', 0);
INSERT INTO t VALUES (2, 'too long', 2);
INSERT INTO t VALUES (2, 'two', 1 / 0);
INSERT INTO t SELECT g, 'many', 5 - g FROM generate_series(2, 10) g;
UPDATE t SET id = 'x';
SELECT * FROM t WHERE n = (SELECT g FROM generate_series(1, 2) g);
SELECT 1 / (n - 1) FROM t;
UPDATE t SET n = n - 1;
DELETE FROM t WHERE 1 / (n - 1) = 1;
SELECT * FROM t;
SELECT repeat('x', 1100000000);
INSERT INTO t (id, v, n) SELECT 3, 'a', 2147483647 + g FROM generate_series(0, 1) g;
CREATE TABLE t (a int);
CREATE TABLE w (a int) WITH (no_such_option = 1);
CREATE TABLE w (a int) WITH (fillfactor = 5);
CREATE INDEX ON t USING no_such_index (id);
CLUSTER t;
ALTER TABLE t ALTER id TYPE point USING point(id, id);
LOCK TABLE t;
VACUUM no_such_table;
BEGIN;
SELECT * FROM t FOR UPDATE;
VACUUM t;
SELECT 1;
ROLLBACK;
BEGIN READ ONLY;
INSERT INTO t VALUES (9, 'ro', 1);
ROLLBACK;
BEGIN READ ONLY;
SELECT * FROM t FOR UPDATE;
ROLLBACK;
SET statement_timeout = '30ms';
SELECT count(*) FROM t, generate_series(1, 2000000000) g;
RESET statement_timeout;
SELECT * FROM t;
-- a hundred errors and savepoints in a row
DO $$
DECLARE
  caught int := 0;
BEGIN
  FOR i IN 1..100 LOOP
    BEGIN
      INSERT INTO errors.t VALUES (1000 + i, 'x', 1);
      INSERT INTO errors.t VALUES (1, 'dup', 1);
    EXCEPTION WHEN unique_violation THEN caught := caught + 1;
    END;
  END LOOP;
  INSERT INTO errors.t VALUES (2, 'n', caught);
END $$;
SELECT * FROM t ORDER BY id;
-- an error inside a function that an index scan, a sort and an aggregate call
CREATE FUNCTION fail_at(i int, at int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF i = at THEN RAISE EXCEPTION 'here'; END IF; RETURN i; END $$;
CREATE TABLE big AS SELECT g AS id FROM generate_series(1, 5000) g;
SELECT sum(fail_at(id, 4000)) FROM big;
SELECT id FROM big ORDER BY fail_at(id, 4000) LIMIT 1;
UPDATE big SET id = fail_at(id, 4999);
DELETE FROM big WHERE fail_at(id, 5000) > 0;
CREATE INDEX ON big (fail_at(id, 3000));
INSERT INTO big SELECT fail_at(id, 3000) FROM big;
ALTER TABLE big ALTER id TYPE int USING fail_at(id, 2500);
SELECT count(*), sum(id) FROM big;
