--
-- TRUNCATE, DROP, CREATE ... AS: kept and rolled back.
--
CREATE SCHEMA truncate_drop;
SET search_path = truncate_drop, public;
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT g, 'v' FROM generate_series(1, 1000) g;

BEGIN;
TRUNCATE t;
SELECT count(*) FROM t;
INSERT INTO t VALUES (1, 'new');
SELECT * FROM t;
ROLLBACK;
SELECT count(*), min(v) FROM t;
BEGIN;
UPDATE t SET v = 'before';
SAVEPOINT a;
TRUNCATE t;
INSERT INTO t VALUES (2000, 'x');
ROLLBACK TO a;
SELECT count(*), min(v) FROM t;
SAVEPOINT b;
TRUNCATE t;
INSERT INTO t VALUES (2001, 'y');
RELEASE b;
COMMIT;
SELECT * FROM t;
TRUNCATE t;
TRUNCATE t;
SELECT count(*) FROM t;
INSERT INTO t SELECT g, 'w' FROM generate_series(1, 10) g;
-- twice in a transaction, the table made in it
BEGIN;
CREATE TABLE fresh (id int PRIMARY KEY);
INSERT INTO fresh SELECT generate_series(1, 100);
TRUNCATE fresh;
INSERT INTO fresh SELECT generate_series(1, 10);
TRUNCATE fresh;
INSERT INTO fresh SELECT generate_series(1, 5);
SAVEPOINT a;
TRUNCATE fresh;
ROLLBACK TO a;
SELECT count(*) FROM fresh;
COMMIT;
SELECT count(*) FROM fresh;
SELECT index_agrees('fresh', 'id');

-- DROP
BEGIN;
DROP TABLE t;
SELECT * FROM t;
ROLLBACK;
SELECT count(*) FROM t;
BEGIN;
SAVEPOINT a;
DROP TABLE t;
CREATE TABLE t (other int);
INSERT INTO t VALUES (1);
ROLLBACK TO a;
SELECT count(*), min(v) FROM t;
COMMIT;
DROP TABLE t;
SELECT * FROM t;
BEGIN;
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
DROP TABLE t;
COMMIT;
BEGIN;
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
ROLLBACK;
SELECT * FROM t;
DROP TABLE IF EXISTS t;

-- CREATE TABLE AS, SELECT INTO, EXECUTE
CREATE TABLE src AS SELECT g AS id, repeat('s', g % 20) AS v FROM generate_series(1, 5000) g;
SELECT count(*), sum(length(v)) FROM src;
CREATE TABLE ctas AS SELECT * FROM src WHERE id % 2 = 0 WITH DATA;
CREATE TABLE nodata AS SELECT * FROM src WITH NO DATA;
SELECT * INTO into_t FROM src WHERE id < 10;
PREPARE p(int) AS SELECT * FROM src WHERE id < $1;
CREATE TABLE from_prepared AS EXECUTE p(5);
SELECT (SELECT count(*) FROM ctas), (SELECT count(*) FROM nodata), (SELECT count(*) FROM into_t), (SELECT count(*) FROM from_prepared);
CREATE TABLE IF NOT EXISTS ctas AS SELECT 1;
CREATE TABLE failing AS SELECT 1 / (id - 2500) FROM src;
SELECT * FROM failing;
BEGIN;
CREATE TABLE rolled AS SELECT * FROM src;
ROLLBACK;
SELECT * FROM rolled;
CREATE TABLE like_t (LIKE src INCLUDING ALL);
INSERT INTO like_t SELECT * FROM src;
SELECT count(*) FROM like_t;
-- into heap and out of it
CREATE TABLE to_heap USING heap AS SELECT * FROM src;
CREATE TABLE from_heap AS SELECT * FROM to_heap;
SELECT count(*) FROM (TABLE src EXCEPT ALL TABLE from_heap) s;

-- several tables, CASCADE
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int REFERENCES a);
INSERT INTO a VALUES (1);
INSERT INTO b VALUES (1);
TRUNCATE a CASCADE;
SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b);
DROP TABLE a, b, src, ctas;
BEGIN;
DROP SCHEMA truncate_drop CASCADE;
ROLLBACK;
SELECT count(*) FROM from_heap;
