--
-- Two-phase commit.
--
CREATE SCHEMA two_phase;
SET search_path = two_phase, public;
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'one'), (2, 'two');

BEGIN;
INSERT INTO t VALUES (3, 'three');
UPDATE t SET v = 'uno' WHERE id = 1;
DELETE FROM t WHERE id = 2;
PREPARE TRANSACTION 'regress_tam_a';
SELECT * FROM t ORDER BY id;
SELECT gid FROM pg_prepared_xacts WHERE gid LIKE 'regress_tam%';
\set SHOW_CONTEXT never
SET lock_timeout = '20ms';
UPDATE t SET v = 'blocked' WHERE id = 1;
INSERT INTO t VALUES (3, 'blocked too');
SELECT id FROM t WHERE id = 2 FOR UPDATE NOWAIT;
SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED;
RESET lock_timeout;
COMMIT PREPARED 'regress_tam_a';
SELECT * FROM t ORDER BY id;

BEGIN;
INSERT INTO t VALUES (4, 'four');
DELETE FROM t WHERE id = 1;
SAVEPOINT s;
INSERT INTO t VALUES (5, 'five');
ROLLBACK TO s;
INSERT INTO t VALUES (6, 'six');
PREPARE TRANSACTION 'regress_tam_b';
ROLLBACK PREPARED 'regress_tam_b';
SELECT * FROM t ORDER BY id;
INSERT INTO t VALUES (4, 'four again');
SELECT * FROM t ORDER BY id;

-- DDL: the file of a table made, truncated or dropped
BEGIN;
CREATE TABLE made (a int);
INSERT INTO made VALUES (1);
PREPARE TRANSACTION 'regress_tam_c';
COMMIT PREPARED 'regress_tam_c';
SELECT * FROM made;
BEGIN;
CREATE TABLE never (a int);
INSERT INTO never VALUES (1);
PREPARE TRANSACTION 'regress_tam_d';
ROLLBACK PREPARED 'regress_tam_d';
SELECT * FROM never;
BEGIN;
TRUNCATE made;
INSERT INTO made VALUES (2);
PREPARE TRANSACTION 'regress_tam_e';
ROLLBACK PREPARED 'regress_tam_e';
SELECT * FROM made;
BEGIN;
TRUNCATE made;
INSERT INTO made VALUES (2);
PREPARE TRANSACTION 'regress_tam_f';
COMMIT PREPARED 'regress_tam_f';
SELECT * FROM made;
BEGIN;
DROP TABLE made;
PREPARE TRANSACTION 'regress_tam_g';
ROLLBACK PREPARED 'regress_tam_g';
SELECT * FROM made;
BEGIN;
DROP TABLE made;
PREPARE TRANSACTION 'regress_tam_h';
COMMIT PREPARED 'regress_tam_h';
SELECT * FROM made;

-- locks only; another session finishes it
BEGIN;
SELECT id FROM t WHERE id = 1 FOR UPDATE;
PREPARE TRANSACTION 'regress_tam_i';
\c -
SET search_path = two_phase, public;
SELECT id FROM t WHERE id = 1 FOR SHARE SKIP LOCKED;
SELECT id FROM t WHERE id = 1;
COMMIT PREPARED 'regress_tam_i';
SELECT id FROM t WHERE id = 1 FOR SHARE SKIP LOCKED;
-- serializable
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM t;
INSERT INTO t VALUES (7, 'ser');
PREPARE TRANSACTION 'regress_tam_j';
COMMIT PREPARED 'regress_tam_j';
VACUUM t;
SELECT * FROM t ORDER BY id;
SELECT index_agrees('t', 'id');
SELECT count(*) FROM pg_prepared_xacts WHERE gid LIKE 'regress_tam%';
