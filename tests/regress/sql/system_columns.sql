--
-- xmin, xmax, cmin, cmax, ctid, tableoid; row locks of one session.
--
CREATE SCHEMA system_columns;
SET search_path = system_columns, public;
CREATE TABLE t (id int PRIMARY KEY, v text);

BEGIN;
INSERT INTO t VALUES (1, 'a');
INSERT INTO t VALUES (2, 'b');
INSERT INTO t VALUES (3, 'c');
SELECT id, xmin::text = pg_current_xact_id()::xid::text AS mine, xmax, cmin, cmax, tableoid = 't'::regclass AS here FROM t ORDER BY id;
UPDATE t SET v = 'B' WHERE id = 2;
SELECT id, xmax, cmin, cmax FROM t WHERE id = 2;
COMMIT;
SELECT count(DISTINCT xmin::text), min(xmax::text) FROM t;

-- two transactions, two xmin
UPDATE t SET v = 'A' WHERE id = 1;
SELECT count(DISTINCT xmin::text) FROM t;
SELECT a.xmin::text::bigint > b.xmin::text::bigint AS later FROM t a, t b WHERE a.id = 1 AND b.id = 2;

-- a subtransaction has its own
BEGIN;
SELECT pg_current_xact_id() IS NOT NULL AS started;
SAVEPOINT s;
INSERT INTO t VALUES (4, 'd');
SELECT xmin::text <> pg_current_xact_id()::xid::text AS a_subtransactions FROM t WHERE id = 4;
RELEASE s;
ROLLBACK;

-- a deletion rolled back leaves its mark in xmax, and it means nothing
BEGIN;
DELETE FROM t WHERE id = 3;
ROLLBACK;
SELECT id, v FROM t WHERE id = 3;
BEGIN;
SELECT id FROM t WHERE id = 3 FOR UPDATE;
SELECT xmax::text = pg_current_xact_id()::xid::text AS locked_by_me FROM t WHERE id = 3;
COMMIT;
SELECT id, v FROM t WHERE id = 3 FOR UPDATE;

-- seen through RETURNING, in a trigger, in an index scan, in a join
INSERT INTO t VALUES (5, 'e') RETURNING xmin::text::bigint > 0 AS has_xmin, xmax, cmin, tableoid::regclass;
UPDATE t SET v = 'E' WHERE id = 5 RETURNING xmin::text::bigint > 0 AS has_xmin, xmax, ctid IS NOT NULL AS has_ctid;
DELETE FROM t WHERE id = 5 RETURNING xmax::text = pg_current_xact_id()::xid::text AS deleted_by_me;
INSERT INTO t VALUES (1, 'conflict') ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING xmax::text <> '0' AS was_there;
INSERT INTO t VALUES (6, 'no conflict') ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING xmax::text <> '0' AS was_there;
SELECT t.ctid = u.ctid AS same FROM t JOIN t u USING (id) WHERE id = 1;
SELECT tableoid::regclass, * FROM t ORDER BY id;
SELECT t.*::text FROM t WHERE id = 1;
SELECT xmin IS NOT NULL FROM (SELECT xmin, * FROM t OFFSET 0) s WHERE id = 1;

-- command ids when one command after another changes the same row
BEGIN;
INSERT INTO t VALUES (10, '0');
UPDATE t SET v = '1' WHERE id = 10;
UPDATE t SET v = '2' WHERE id = 10;
SAVEPOINT s;
DELETE FROM t WHERE id = 10;
ROLLBACK TO s;
SELECT v, cmin, cmax FROM t WHERE id = 10;
COMMIT;

-- row locks of one session, all strengths and policies
BEGIN;
SELECT id FROM t WHERE id <= 2 ORDER BY id FOR KEY SHARE;
SELECT id FROM t WHERE id <= 2 ORDER BY id FOR SHARE;
SELECT id FROM t WHERE id <= 2 ORDER BY id FOR NO KEY UPDATE NOWAIT;
SELECT id FROM t WHERE id <= 2 ORDER BY id FOR UPDATE SKIP LOCKED;
SELECT id FROM t WHERE id <= 2 ORDER BY id FOR SHARE;
UPDATE t SET v = 'locked' WHERE id <= 2;
SELECT id, v FROM t WHERE id <= 2 ORDER BY id FOR UPDATE;
COMMIT;
SELECT a.id FROM t a JOIN t b USING (id) WHERE a.id < 3 ORDER BY a.id FOR UPDATE OF a FOR SHARE OF b;
SELECT count(*) FROM t FOR UPDATE;
SELECT DISTINCT v FROM t FOR UPDATE;
SELECT id FROM (SELECT * FROM t FOR SHARE) s WHERE id = 1;
SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE;
WITH locked AS (SELECT id FROM t WHERE id = 1 FOR UPDATE) UPDATE t SET v = 'queue' FROM locked WHERE t.id = locked.id RETURNING t.*;
UPDATE t SET xmin = 1;
INSERT INTO t (id, ctid) VALUES (1, '(0,1)');
ALTER TABLE t ADD COLUMN xmin int;
