--
-- Large values lie in the row: no TOAST table, no limit below PostgreSQL's own.
--
CREATE SCHEMA large_values;
SET search_path = large_values, public;
CREATE TABLE big (id int PRIMARY KEY, t text, b bytea, n int DEFAULT 0);

INSERT INTO big SELECT 1, repeat('abcdefghij', 1000000), NULL;
INSERT INTO big SELECT 2, repeat('é', 2000000), decode(repeat('00ff', 500000), 'hex');
SELECT id, length(t), octet_length(t), length(b), md5(t), md5(b) FROM big ORDER BY id;

-- 100 MB in one value, stored uncompressed as it comes
INSERT INTO big SELECT 3, repeat('x', 100 * 1024 * 1024);
SELECT id, length(t), md5(t) = md5(repeat('x', 100 * 1024 * 1024)) AS same FROM big WHERE id = 3;
-- lock it, update its neighbour, delete it in a savepoint
BEGIN;
SELECT id FROM big WHERE id = 3 FOR UPDATE;
UPDATE big SET n = n + 1 WHERE id = 3;
SAVEPOINT s;
DELETE FROM big WHERE id = 3;
SELECT count(*) FROM big WHERE id = 3;
ROLLBACK TO s;
SELECT id, n, length(t) FROM big WHERE id = 3;
COMMIT;
SELECT id, n, length(t), md5(t) = md5(repeat('x', 100 * 1024 * 1024)) AS same FROM big WHERE id = 3;

-- incompressible
INSERT INTO big SELECT 4, string_agg(md5(g::text), '' ORDER BY g), NULL FROM generate_series(1, 100000) g;
SELECT id, length(t), md5(t) FROM big WHERE id = 4;
SELECT substr(t, 3000001, 32) = md5((93751)::text) AS middle FROM big WHERE id = 4;

-- values that another table holds outside its rows must not dangle when that table goes
CREATE TABLE source_heap (id int, t text, u text) USING heap;
ALTER TABLE source_heap ALTER t SET STORAGE EXTERNAL;
INSERT INTO source_heap SELECT g, repeat(md5(g::text), 1000), repeat('z', 100000) FROM generate_series(1, 20) g;
CREATE TABLE taken AS SELECT * FROM source_heap;
INSERT INTO big SELECT 100 + id, t FROM source_heap;
UPDATE big SET t = s.u FROM source_heap s WHERE s.id = 1 AND big.id = 1;
DROP TABLE source_heap;
SELECT count(*), sum(length(t)), sum(length(u)) FROM taken;
SELECT count(*) FROM taken WHERE t = repeat(md5(id::text), 1000);
SELECT count(*), sum(length(t)) FROM big WHERE id > 100;
SELECT length(t) FROM big WHERE id = 1;

-- in a composite and an array too
CREATE TYPE holder AS (a int, t text);
CREATE TABLE held_heap (h holder, arr text[]) USING heap;
INSERT INTO held_heap VALUES (ROW(1, repeat(md5('1'), 2000))::holder, ARRAY[repeat(md5('2'), 2000), 'b']);
CREATE TABLE held AS SELECT * FROM held_heap;
DROP TABLE held_heap;
SELECT (h).a, md5((h).t), md5(arr[1]), arr[2] FROM held;

-- storage and compression settings
CREATE TABLE stored (e text, m text, p text, x int);
ALTER TABLE stored ALTER e SET STORAGE EXTERNAL, ALTER m SET STORAGE MAIN, ALTER p SET STORAGE EXTENDED;
INSERT INTO stored VALUES (repeat('e', 50000), repeat('m', 50000), repeat('p', 50000), 1);
ALTER TABLE stored ALTER p SET STORAGE EXTERNAL;
INSERT INTO stored VALUES (repeat('E', 50000), repeat('M', 50000), repeat('P', 50000), 2);
SELECT x, length(e), length(m), length(p), left(e, 1), left(m, 1), left(p, 1) FROM stored ORDER BY x;

-- a row larger than any page, made of many middling columns
CREATE TABLE broad (id int, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text);
INSERT INTO broad SELECT g, s, s, s, s, s, s, s, s FROM generate_series(1, 10) g, LATERAL (SELECT string_agg(md5(i::text || g), '') s FROM generate_series(1, 100) i) l;
SELECT count(*), sum(length(c1) + length(c8)), count(DISTINCT c5) FROM broad;
UPDATE broad SET c4 = 'short' WHERE id % 2 = 0;
SELECT id % 2 AS odd, sum(length(c4)), sum(length(c5)) FROM broad GROUP BY 1 ORDER BY 1;
VACUUM FULL broad;
SELECT id % 2 AS odd, sum(length(c4)), sum(length(c5)) FROM broad GROUP BY 1 ORDER BY 1;

-- what no btree can hold is the index's error, and leaves nothing behind
CREATE INDEX big_t ON big (t) WHERE n > 100;
INSERT INTO big SELECT 50, string_agg(md5(g::text), ''), NULL, 101 FROM generate_series(1, 1000) g;
SELECT count(*) FROM big WHERE id = 50;
SELECT count(*), sum(length(t)) FROM big;
DROP SCHEMA large_values CASCADE;
