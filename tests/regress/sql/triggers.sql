--
-- Triggers: row and statement, before and after, transition tables, deferred ones.
--
CREATE SCHEMA triggers;
SET search_path = triggers, public;
CREATE TABLE t (id int PRIMARY KEY, v text, n int DEFAULT 0);

CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION raise_notice();
CREATE TRIGGER after_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION raise_notice();
INSERT INTO t VALUES (1, 'a'), (2, 'b');
UPDATE t SET v = 'c' WHERE id = 1;
UPDATE t SET v = 'same row, twice' FROM (VALUES (1), (1)) x(id) WHERE t.id = x.id;
DELETE FROM t WHERE id = 2;
BEGIN;
INSERT INTO t VALUES (3, 'gone');
ROLLBACK;
COPY t (id, v) FROM stdin;
4	copied
5	copied
\.
DROP TRIGGER before_row ON t;
DROP TRIGGER after_row ON t;

-- a BEFORE trigger that changes the row, and one that skips it
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id % 2 = 0 THEN RETURN NULL; END IF;
  NEW.n := NEW.n + 100;
  RETURN NEW;
END $$;
CREATE TRIGGER changing BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION change();
INSERT INTO t SELECT g, 'g' FROM generate_series(10, 15) g;
UPDATE t SET v = 'updated' WHERE id >= 10;
SELECT * FROM t WHERE id >= 10 ORDER BY id;
DROP TRIGGER changing ON t;

-- a BEFORE trigger that touches the very row
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE triggers.t SET v = 'meddled' WHERE id = OLD.id AND v <> 'meddled';
    RETURN NEW;
  END IF;
  DELETE FROM triggers.t WHERE id = OLD.id + 1;
  RETURN OLD;
END $$;
CREATE TRIGGER meddling BEFORE UPDATE OR DELETE ON t FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
UPDATE t SET v = 'mine' WHERE id = 11;
DELETE FROM t WHERE id IN (12, 13);
DELETE FROM t WHERE id IN (4, 5);
SELECT * FROM t ORDER BY id;
DROP TRIGGER meddling ON t;

-- an AFTER trigger sees the table after its statement
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% %: % rows', TG_OP, TG_LEVEL, (SELECT count(*) FROM triggers.t);
  RETURN NULL;
END $$;
CREATE TRIGGER counting AFTER INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION count_rows();
CREATE TRIGGER counting_all AFTER INSERT OR DELETE OR TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
INSERT INTO t VALUES (20, 'x'), (21, 'y');
DELETE FROM t WHERE id IN (20, 21);
BEGIN;
TRUNCATE t;
ROLLBACK;
DROP TRIGGER counting ON t;
DROP TRIGGER counting_all ON t;

-- an AFTER trigger that changes its own row again
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE triggers.t SET n = n + 1 WHERE id = NEW.id AND n < 3;
  RETURN NULL;
END $$;
CREATE TRIGGER repeating AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO t VALUES (30, 'again');
SELECT * FROM t WHERE id = 30;
DROP TRIGGER repeating ON t;

-- transition tables
CREATE FUNCTION transitions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE NOTICE '% old: %', TG_OP, (SELECT string_agg(o.id || '=' || o.n, ', ' ORDER BY id) FROM old_rows o);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    RAISE NOTICE '% new: %', TG_OP, (SELECT string_agg(o.id || '=' || o.n, ', ' ORDER BY id) FROM new_rows o);
  END IF;
  RETURN NULL;
END $$;
CREATE TABLE tr (id int PRIMARY KEY, n int);
CREATE TRIGGER ins AFTER INSERT ON tr REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION transitions();
CREATE TRIGGER upd AFTER UPDATE ON tr REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION transitions();
CREATE TRIGGER del AFTER DELETE ON tr REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION transitions();
INSERT INTO tr SELECT g, g * 10 FROM generate_series(1, 4) g;
UPDATE tr SET n = n + 1 WHERE id < 3;
INSERT INTO tr VALUES (4, 0), (5, 0) ON CONFLICT (id) DO UPDATE SET n = -1;
DELETE FROM tr WHERE id > 2;

-- deferred constraint triggers fetch their rows at commit
CREATE TABLE d (id int PRIMARY KEY, v text);
CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE OR DELETE ON d DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_notice();
BEGIN;
INSERT INTO d VALUES (1, 'one'), (2, 'two');
UPDATE d SET v = 'uno' WHERE id = 1;
DELETE FROM d WHERE id = 2;
SAVEPOINT a;
INSERT INTO d VALUES (3, 'rolled back');
ROLLBACK TO a;
SELECT 'before commit' AS moment;
COMMIT;
BEGIN;
UPDATE d SET v = 'eins' WHERE id = 1;
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM d;
COMMIT;

-- UPDATE OF, WHEN, INSTEAD OF on a view
CREATE TRIGGER only_n AFTER UPDATE OF n ON t FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n) EXECUTE FUNCTION raise_notice();
UPDATE t SET v = 'z';
UPDATE t SET n = n;
UPDATE t SET n = -1 WHERE id = 30;
CREATE VIEW w AS SELECT id, v FROM t;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE triggers.t SET v = NEW.v || ' through the view' WHERE id = NEW.id;
  RETURN NEW;
END $$;
CREATE TRIGGER through INSTEAD OF UPDATE ON w FOR EACH ROW EXECUTE FUNCTION instead();
UPDATE w SET v = 'w' WHERE id = 30;
SELECT * FROM w WHERE id = 30;

-- suppress_redundant_updates_trigger compares bytes
CREATE TABLE sup (id int, a text, b int8);
CREATE TRIGGER same BEFORE UPDATE ON sup FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
INSERT INTO sup VALUES (1, 'x', 1), (2, NULL, NULL);
UPDATE sup SET a = a, b = b;
UPDATE sup SET b = 2;
