--
-- TIDs: TID scans, TID range scans, joins on ctid, TABLESAMPLE.
--
CREATE SCHEMA tid_scans;
SET search_path = tid_scans, public;
CREATE TABLE t (id int, v text);
INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 3000) g;

-- every row has its own, and is found by it
SELECT count(DISTINCT ctid), count(*) FROM t;
SELECT ctid AS row_ctid FROM t WHERE id = 1234 \gset
SELECT id FROM t WHERE ctid = :'row_ctid';
EXPLAIN (COSTS off) SELECT id FROM t WHERE ctid = '(0,1)';
SELECT count(*) FROM t WHERE ctid = ANY (ARRAY(SELECT ctid FROM t WHERE id <= 10));
SELECT count(*) FROM t a JOIN t b ON a.ctid = b.ctid;
SELECT count(*) FROM t WHERE ctid IN ('(0,1)', '(0,1)', '(0,2)');
SELECT count(*) FROM t WHERE ctid = '(4000000,1)';
SELECT count(*) FROM t WHERE ctid = '(0,0)';
SELECT count(*) FROM t WHERE ctid = '(0,65535)';
SELECT count(*) FROM t WHERE ctid = NULL;

-- a TID is a version's, not a row's
BEGIN;
UPDATE t SET v = 'new' WHERE id = 1234;
UPDATE t SET v = 'newer' WHERE id = 1234;
SELECT currtid2('tid_scans.t', :'row_ctid'::tid) = ctid AS latest FROM t WHERE id = 1234;
COMMIT;
SELECT count(*) FROM t WHERE ctid = :'row_ctid';
SELECT ctid <> :'row_ctid' AS moved FROM t WHERE id = 1234;
UPDATE t SET v = 'by ctid' WHERE ctid = (SELECT ctid FROM t WHERE id = 77) RETURNING id, v;
DELETE FROM t WHERE ctid = ANY (ARRAY(SELECT ctid FROM t WHERE id > 2990)) RETURNING id;

-- ranges
EXPLAIN (COSTS off) SELECT count(*) FROM t WHERE ctid >= '(2,1)' AND ctid < '(4,1)';
SELECT (SELECT count(*) FROM t WHERE ctid < '(3,1)') + (SELECT count(*) FROM t WHERE ctid >= '(3,1)') = count(*) AS whole FROM t;
SELECT (SELECT count(*) FROM t WHERE ctid <= '(3,50)') + (SELECT count(*) FROM t WHERE ctid > '(3,50)') = count(*) AS whole FROM t;
SELECT (SELECT count(*) FROM t WHERE ctid >= '(1,1)' AND ctid < '(2,1)') = (SELECT count(*) FROM t WHERE (ctid::text::point)[0] = 1) AS a_block;
SELECT count(*) FROM t WHERE ctid < '(0,1)';
SELECT count(*) FROM t WHERE ctid > '(4294967294,65535)';
SELECT count(*) FROM t WHERE ctid > '(2,1)' AND ctid < '(1,1)';
SELECT min(ctid) = (SELECT ctid FROM t ORDER BY ctid LIMIT 1) AS lowest, max(ctid) >= min(ctid) AS ordered FROM t;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM t WHERE ctid < '(1,1)';
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
MOVE FORWARD ALL IN c;
FETCH BACKWARD 1 FROM c \gset last_
SELECT :last_id = max(id) AS is_last FROM t WHERE ctid < '(1,1)';
COMMIT;
-- restarted in a nested loop
SELECT count(*) FROM generate_series(1, 5) g, LATERAL (SELECT 1 FROM t WHERE ctid <= format('(0,%s)', g)::tid) l;

-- a cursor by TID, and its row updated under it
BEGIN;
DECLARE c CURSOR FOR SELECT id, v FROM t WHERE ctid = '(0,1)' FOR UPDATE;
FETCH c;
UPDATE t SET v = 'current' WHERE CURRENT OF c;
SELECT id, v FROM t WHERE id = 1;
COMMIT;

-- TABLESAMPLE
SELECT count(*) = (SELECT count(*) FROM t) AS all_rows FROM t TABLESAMPLE SYSTEM (100);
SELECT count(*) = (SELECT count(*) FROM t) AS all_rows FROM t TABLESAMPLE BERNOULLI (100);
SELECT count(*) FROM t TABLESAMPLE SYSTEM (0);
SELECT count(*) BETWEEN 1000 AND 2000 AS about_half FROM t TABLESAMPLE BERNOULLI (50) REPEATABLE (1);
SELECT (SELECT array_agg(id ORDER BY id) FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (7)) =
       (SELECT array_agg(id ORDER BY id) FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (7)) AS repeatable;
SELECT (SELECT array_agg(id ORDER BY id) FROM t TABLESAMPLE SYSTEM (40) REPEATABLE (7)) =
       (SELECT array_agg(id ORDER BY id) FROM t TABLESAMPLE SYSTEM (40) REPEATABLE (7)) AS repeatable;
SELECT count(*) < 3000 AS fewer FROM t TABLESAMPLE SYSTEM (30) REPEATABLE (3);
SELECT count(*) AS not_deleted FROM t TABLESAMPLE SYSTEM (100) WHERE id > 2990;
CREATE EXTENSION IF NOT EXISTS tsm_system_rows SCHEMA tid_scans;
CREATE EXTENSION IF NOT EXISTS tsm_system_time SCHEMA tid_scans;
SELECT count(*) FROM t TABLESAMPLE system_rows (100);
SELECT count(*) FROM t TABLESAMPLE system_rows (100000);
SELECT count(*) > 0 AS some FROM t TABLESAMPLE system_time (1000);
CREATE TABLE empty_t (a int);
SELECT count(*) FROM empty_t TABLESAMPLE SYSTEM (50);
SELECT count(*) FROM empty_t TABLESAMPLE system_rows (5);
DROP EXTENSION tsm_system_rows;
DROP EXTENSION tsm_system_time;
