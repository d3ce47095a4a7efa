--
-- INSERT ... ON CONFLICT.
--
CREATE SCHEMA on_conflict;
SET search_path = on_conflict, public;
CREATE TABLE t (id int PRIMARY KEY, k text UNIQUE, n int DEFAULT 0);

INSERT INTO t VALUES (1, 'a') ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (1, 'b') ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO t VALUES (2, 'a') ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (2, 'a') ON CONFLICT (id) DO NOTHING;
INSERT INTO t VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET n = t.n + 1 RETURNING *;
INSERT INTO t VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET k = excluded.k, n = t.n + 1 RETURNING *;
INSERT INTO t VALUES (9, 'c') ON CONFLICT (k) DO UPDATE SET id = excluded.id RETURNING *;
INSERT INTO t VALUES (9, 'x', 5) ON CONFLICT (id) DO UPDATE SET n = 100 WHERE t.n > 1000 RETURNING *;
INSERT INTO t VALUES (9, 'x', 5) ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET n = excluded.n;
SELECT * FROM t ORDER BY id;

-- many rows, half of them there
INSERT INTO t SELECT g, 'k' || g FROM generate_series(10, 1000, 2) g;
INSERT INTO t SELECT g, 'k' || g, 1 FROM generate_series(10, 1000) g ON CONFLICT (id) DO UPDATE SET n = t.n + 10;
SELECT n, count(*) FROM t GROUP BY n ORDER BY n;
INSERT INTO t SELECT g, 'k' || g, 1 FROM generate_series(10, 1001) g ON CONFLICT DO NOTHING;
SELECT count(*) FROM t;

-- the same row twice in one command
INSERT INTO t VALUES (2000, 'p'), (2000, 'q') ON CONFLICT (id) DO UPDATE SET n = 1;
INSERT INTO t VALUES (2000, 'p'), (2000, 'q') ON CONFLICT (id) DO NOTHING;
SELECT * FROM t WHERE id = 2000;

-- partial and expression indexes as arbiters
CREATE TABLE p (a int, b text, live bool);
CREATE UNIQUE INDEX ON p (a) WHERE live;
CREATE UNIQUE INDEX ON p (lower(b));
INSERT INTO p VALUES (1, 'One', true), (1, 'uno', false), (1, 'eins', false);
INSERT INTO p VALUES (1, 'two', true) ON CONFLICT (a) WHERE live DO UPDATE SET b = excluded.b RETURNING *;
INSERT INTO p VALUES (5, 'TWO', true) ON CONFLICT (lower(b)) DO UPDATE SET a = excluded.a RETURNING *;
SELECT * FROM p ORDER BY b;

-- an exclusion constraint as arbiter
CREATE TABLE e (r int4range, EXCLUDE USING gist (r WITH &&));
INSERT INTO e VALUES ('[1,5)'), ('[10,20)');
INSERT INTO e VALUES ('[4,6)') ON CONFLICT DO NOTHING;
INSERT INTO e VALUES ('[5,10)') ON CONFLICT DO NOTHING;
INSERT INTO e VALUES ('[5,10)');
SELECT * FROM e ORDER BY r;

-- with triggers, and with the conflicting row changed by this very transaction
CREATE TRIGGER t_row BEFORE INSERT OR UPDATE ON t FOR EACH ROW WHEN (NEW.id > 5000) EXECUTE FUNCTION raise_notice();
CREATE TRIGGER t_after AFTER INSERT OR UPDATE ON t FOR EACH ROW WHEN (NEW.id > 5000) EXECUTE FUNCTION raise_notice();
INSERT INTO t VALUES (5001, 'trigger') ON CONFLICT (id) DO UPDATE SET n = 9;
INSERT INTO t VALUES (5001, 'trigger') ON CONFLICT (id) DO UPDATE SET n = 9;
INSERT INTO t VALUES (5001, 'trigger') ON CONFLICT DO NOTHING;
BEGIN;
DELETE FROM t WHERE id = 9;
INSERT INTO t VALUES (9, 'nine') ON CONFLICT (id) DO UPDATE SET n = -1 RETURNING *;
INSERT INTO t VALUES (9, 'nine') ON CONFLICT (id) DO UPDATE SET n = -2 RETURNING *;
SAVEPOINT s;
UPDATE t SET id = 8 WHERE id = 9;
INSERT INTO t VALUES (9, 'neuf') ON CONFLICT (id) DO UPDATE SET n = -3 RETURNING *;
ROLLBACK TO s;
INSERT INTO t VALUES (9, 'noven') ON CONFLICT (id) DO UPDATE SET n = -4 RETURNING *;
COMMIT;
SELECT * FROM t WHERE id IN (8, 9);

-- a partitioned table
CREATE TABLE part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
INSERT INTO part VALUES (1, 'a'), (11, 'b');
INSERT INTO part VALUES (1, 'c'), (11, 'd'), (12, 'e') ON CONFLICT (id) DO UPDATE SET v = part.v || excluded.v RETURNING tableoid::regclass, *;
INSERT INTO part VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET id = 13;
SELECT tableoid::regclass, * FROM part ORDER BY id;

-- aborted speculation leaves nothing for VACUUM to trip over
VACUUM t;
SELECT count(*) FROM t;
SELECT index_agrees('t', 'id'), index_agrees('t', 'k');
