--
-- Temporary tables, unlogged tables.
--
CREATE SCHEMA temporary;
SET search_path = temporary, public;
CREATE TEMP TABLE tt (id int PRIMARY KEY, v text);
INSERT INTO tt SELECT g, 'x' FROM generate_series(1, 1000) g;
UPDATE tt SET v = 'y' WHERE id % 2 = 0;
DELETE FROM tt WHERE id % 3 = 0;
SELECT v, count(*) FROM tt GROUP BY v ORDER BY v;
VACUUM tt;
ANALYZE tt;
SELECT v, count(*) FROM tt GROUP BY v ORDER BY v;
BEGIN;
TRUNCATE tt;
ROLLBACK;
SELECT count(*) FROM tt;
ALTER TABLE tt ADD COLUMN w int DEFAULT (random() * 0)::int;
SELECT count(w) FROM tt;
-- the same name in another session is another table
\c -
SET search_path = temporary, public;
SELECT count(*) FROM tt;
CREATE TEMP TABLE tt (id int);
SELECT count(*) FROM tt;

-- ON COMMIT
CREATE TEMP TABLE del (id int PRIMARY KEY) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE gone (id int) ON COMMIT DROP;
SELECT * FROM gone;
BEGIN;
CREATE TEMP TABLE gone (id int) ON COMMIT DROP;
INSERT INTO gone SELECT generate_series(1, 100);
INSERT INTO del SELECT generate_series(1, 100);
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM del);
COMMIT;
SELECT * FROM gone;
SELECT count(*) FROM del;
INSERT INTO del VALUES (1);
SELECT count(*) FROM del;
BEGIN;
INSERT INTO del VALUES (1);
SAVEPOINT a;
INSERT INTO del VALUES (2);
ROLLBACK TO a;
SELECT * FROM del;
COMMIT;
SELECT count(*) FROM del;
BEGIN;
CREATE TEMP TABLE rolled (id int) ON COMMIT DELETE ROWS;
INSERT INTO rolled VALUES (1);
ROLLBACK;
SELECT * FROM rolled;
-- a temporary view of a permanent table, and a permanent join
CREATE TABLE perm (id int);
INSERT INTO perm VALUES (1), (2);
INSERT INTO tt VALUES (2), (3);
SELECT * FROM perm JOIN tt USING (id);
-- a transaction that touched a temporary table cannot be prepared
BEGIN;
INSERT INTO tt VALUES (9);
PREPARE TRANSACTION 'temp';
SELECT count(*) FROM tt;
DISCARD TEMP;
SELECT * FROM tt;

-- unlogged
CREATE UNLOGGED TABLE un (id int PRIMARY KEY, v text);
INSERT INTO un SELECT g, 'u' FROM generate_series(1, 1000) g;
SELECT count(*) FROM un;
UPDATE un SET v = 'w' WHERE id < 10;
SELECT v, count(*) FROM un GROUP BY v ORDER BY v;
ALTER TABLE un SET LOGGED;
SELECT v, count(*) FROM un GROUP BY v ORDER BY v;
ALTER TABLE un SET UNLOGGED;
BEGIN;
ALTER TABLE un SET LOGGED;
INSERT INTO un VALUES (5000, 'in');
ROLLBACK;
SELECT v, count(*) FROM un GROUP BY v ORDER BY v;
SELECT relpersistence FROM pg_class WHERE relname = 'un';
TRUNCATE un;
SELECT count(*) FROM un;
INSERT INTO un VALUES (1, 'again');
SELECT * FROM un;
SELECT index_agrees('un', 'id');
