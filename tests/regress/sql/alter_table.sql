--
-- ALTER TABLE: what rewrites, what does not, each rolled back once.
--
CREATE SCHEMA alter_table;
SET search_path = alter_table, public;
CREATE TABLE t (id int PRIMARY KEY, v text, n int);
INSERT INTO t SELECT g, 'v' || g, g % 10 FROM generate_series(1, 1000) g;
DELETE FROM t WHERE id % 4 = 0;
UPDATE t SET n = n + 100 WHERE id % 4 = 1;
CREATE INDEX t_n ON t (n);
CREATE FUNCTION sum_up() RETURNS text LANGUAGE sql AS
  $$ SELECT count(*) || ' rows, ' || sum(id) || ', ' || sum(n) || ', ' || sum(length(v)) FROM alter_table.t $$;
SELECT sum_up();

BEGIN;
ALTER TABLE t ALTER n TYPE bigint USING n * 2;
SELECT sum_up();
UPDATE t SET n = 0 WHERE id < 100;
SELECT sum_up();
ROLLBACK;
SELECT sum_up();
ALTER TABLE t ALTER n TYPE bigint;
SELECT sum_up();
SELECT index_agrees('t', 'id'), index_agrees('t', 'n');

-- in a savepoint, after changes of the same transaction
BEGIN;
UPDATE t SET v = 'changed' WHERE id = 1;
INSERT INTO t VALUES (5000, 'in', 1);
SAVEPOINT a;
ALTER TABLE t ADD COLUMN r float8 DEFAULT random();
DELETE FROM t WHERE id = 2;
SELECT count(*), count(r) FROM t;
ROLLBACK TO a;
SELECT sum_up();
ALTER TABLE t ADD COLUMN r float8 DEFAULT random();
SELECT count(*), count(r), count(*) FILTER (WHERE v = 'changed') AS changed FROM t;
COMMIT;
SELECT count(*), count(r) FROM t;
ALTER TABLE t DROP COLUMN r;

-- a rewrite that fails half way
ALTER TABLE t ALTER v TYPE int USING CASE WHEN id = 701 THEN v::int ELSE id END;
SELECT sum_up();
ALTER TABLE t ADD CONSTRAINT c CHECK (n < 100);
ALTER TABLE t ADD COLUMN nn int NOT NULL;
ALTER TABLE t ADD COLUMN u int UNIQUE DEFAULT 1;
SELECT sum_up();

-- a cursor from before sees the rewritten table no more; a snapshot from before sees what it saw
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT sum_up();
UPDATE t SET n = n + 1;
ALTER TABLE t ALTER n TYPE int;
SELECT sum_up();
ROLLBACK;

-- no rewrite
ALTER TABLE t RENAME TO t_new;
ALTER TABLE t_new RENAME TO t;
ALTER TABLE t ALTER v SET DEFAULT 'dflt', ALTER n SET STATISTICS 50, ALTER v SET STORAGE EXTERNAL;
ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = off);
INSERT INTO t (id) VALUES (6000);
SELECT v FROM t WHERE id = 6000;
ALTER TABLE t RESET (fillfactor);
ALTER TABLE t SET SCHEMA public;
ALTER TABLE public.t SET SCHEMA alter_table;
ALTER TABLE t OWNER TO regress_tam_owner;
ALTER TABLE t OWNER TO CURRENT_USER;
ALTER TABLE t REPLICA IDENTITY FULL;
ALTER TABLE t CLUSTER ON t_pkey;
SELECT sum_up();
-- several rewrites at once
ALTER TABLE t ALTER id TYPE bigint, ADD COLUMN x int DEFAULT 5, ALTER n TYPE int, DROP COLUMN v, ADD COLUMN v text DEFAULT 'vv';
SELECT sum_up();
SELECT index_agrees('t', 'id'), index_agrees('t', 'n');
\d t
