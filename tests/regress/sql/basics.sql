--
-- INSERT, SELECT, UPDATE, DELETE, RETURNING, subqueries, joins.
--
CREATE SCHEMA basics;
SET search_path = basics, public;

CREATE TABLE t (id int PRIMARY KEY, label text, n int DEFAULT 7);
SELECT * FROM t;
SELECT count(*) FROM t;
INSERT INTO t VALUES (1, 'a'), (2, 'b');
INSERT INTO t (id) VALUES (3) RETURNING *;
INSERT INTO t DEFAULT VALUES;
INSERT INTO t VALUES (1, 'again');
UPDATE t SET label = 'B' WHERE id = 2 RETURNING id, label;
UPDATE t SET label = 'x' WHERE id = 99;
SELECT * FROM t ORDER BY id;
DELETE FROM t WHERE id = 1 RETURNING *;
SELECT * FROM t ORDER BY id;
INSERT INTO t VALUES (1, 'back');
SELECT * FROM t WHERE id = 1;
UPDATE t SET id = id + 10;
SELECT * FROM t ORDER BY id;
SELECT * FROM t WHERE id = 1;
SELECT * FROM t WHERE id = 11;

-- an update that sees its own table must not see its own new rows
INSERT INTO t SELECT g, 'g' || g FROM generate_series(100, 1099) g;
UPDATE t SET n = n + 1;
SELECT n, count(*) FROM t GROUP BY n ORDER BY n;
INSERT INTO t SELECT id + 10000, label, n FROM t;
SELECT count(*), sum(n) FROM t;
UPDATE t SET n = (SELECT max(n) FROM t) WHERE id % 2 = 0;
SELECT n, count(*) FROM t GROUP BY n ORDER BY n;
DELETE FROM t USING (SELECT id FROM t WHERE id > 10000) d WHERE t.id = d.id;
SELECT count(*) FROM t;

-- the same row twice in one statement
UPDATE t SET n = v.n FROM (VALUES (11, 1), (11, 2)) v(id, n) WHERE t.id = v.id;
SELECT id, n IN (1, 2) AS one_of_both FROM t WHERE id = 11;
DELETE FROM t USING (VALUES (11), (11)) v(id) WHERE t.id = v.id;
SELECT count(*) FROM t WHERE id = 11;

-- data-modifying WITH sees one snapshot
WITH gone AS (DELETE FROM t WHERE id BETWEEN 100 AND 104 RETURNING *),
     added AS (INSERT INTO t SELECT id + 5000, 'moved', n FROM gone RETURNING *)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM added), (SELECT count(*) FROM t WHERE label = 'moved');
SELECT count(*) FROM t WHERE label = 'moved';

-- joins and a self join
CREATE TABLE u (id int, t_id int REFERENCES t);
INSERT INTO u SELECT g, 200 + g % 10 FROM generate_series(1, 100) g;
SELECT t.id, count(*) FROM t JOIN u ON u.t_id = t.id GROUP BY t.id ORDER BY t.id LIMIT 3;
SELECT count(*) FROM u a JOIN u b USING (t_id);
SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE t_id = t.id);
SELECT count(*) FROM t, LATERAL (SELECT * FROM u WHERE u.t_id = t.id LIMIT 2) l;

-- a nested loop restarts the inner scan
BEGIN;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_material = off;
SET LOCAL enable_memoize = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT count(*) FROM u a JOIN u b ON a.t_id = b.t_id AND a.id < b.id;
COMMIT;

-- backward, in both kinds of scans
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM u;
SELECT count(*) FROM u;
MOVE FORWARD ALL IN c;
FETCH BACKWARD 2 FROM c;
MOVE BACKWARD ALL IN c;
FETCH FORWARD 2 FROM c;
CLOSE c;
COMMIT;
SELECT id FROM t ORDER BY id DESC LIMIT 3;

-- LIMIT leaves a scan in the middle
SELECT count(*) FROM (SELECT 1 FROM t LIMIT 5) s;
SELECT id FROM t WHERE id > 300 ORDER BY id OFFSET 10 LIMIT 2;

-- prepared statements
PREPARE ins(int, text) AS INSERT INTO t VALUES ($1, $2);
PREPARE sel(int) AS SELECT label FROM t WHERE id = $1;
EXECUTE ins(20001, 'p1');
EXECUTE ins(20002, 'p2');
EXECUTE sel(20001);
EXECUTE sel(20002);
EXECUTE sel(20003);
DEALLOCATE ALL;

-- a table without columns
CREATE TABLE none ();
INSERT INTO none DEFAULT VALUES;
INSERT INTO none DEFAULT VALUES;
SELECT count(*) FROM none;
SELECT * FROM none;
DELETE FROM none;
SELECT count(*) FROM none;

-- enough rows for several batches of a scan and several blocks of row numbers
CREATE TABLE many (a int, b text);
INSERT INTO many SELECT g, repeat('x', g % 50) FROM generate_series(1, 50000) g;
SELECT count(*), sum(a), sum(length(b)) FROM many;
DELETE FROM many WHERE a % 3 = 0;
UPDATE many SET b = 'u' WHERE a % 3 = 1;
SELECT count(*), sum(a), sum(length(b)) FROM many;
SELECT a FROM many WHERE b = 'u' ORDER BY a LIMIT 2;
SELECT index_agrees('t', 'id');
