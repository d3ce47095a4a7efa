--
-- Privileges of tables and columns; owners.
--
CREATE SCHEMA privileges;
SET search_path = privileges, public;
GRANT USAGE ON SCHEMA privileges TO regress_tam_other, regress_tam_owner;
CREATE TABLE t (id int PRIMARY KEY, open text, closed text);
INSERT INTO t VALUES (1, 'o', 'c');
SET ROLE regress_tam_other;
SELECT * FROM t;
INSERT INTO t VALUES (2);
UPDATE t SET open = 'x';
DELETE FROM t;
TRUNCATE t;
COPY t TO stdout;
RESET ROLE;
GRANT SELECT (id, open), UPDATE (open), INSERT (id, open) ON t TO regress_tam_other;
SET ROLE regress_tam_other;
SELECT id, open FROM t;
SELECT * FROM t;
SELECT closed FROM t;
SELECT ctid FROM t;
UPDATE t SET open = 'y' WHERE id = 1 RETURNING open;
UPDATE t SET closed = 'y';
UPDATE t SET open = 'y' RETURNING closed;
INSERT INTO t (id, open) VALUES (2, 'z');
INSERT INTO t (id, open) VALUES (1, 'w') ON CONFLICT (id) DO UPDATE SET open = excluded.open;
SELECT id FROM t WHERE id = 1 FOR UPDATE;
COPY (SELECT id, open FROM t ORDER BY id) TO stdout;
RESET ROLE;
ALTER TABLE t OWNER TO regress_tam_owner;
SET ROLE regress_tam_owner;
TRUNCATE t;
VACUUM t;
INSERT INTO t VALUES (9, 'o', 'c');
SELECT * FROM t;
RESET ROLE;
-- an error never shows a column that its user may not read
SET ROLE regress_tam_other;
INSERT INTO t (id, open) VALUES (9, 'duplicate');
RESET ROLE;
DROP TABLE t;
