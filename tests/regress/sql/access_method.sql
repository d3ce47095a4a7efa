--
-- SET ACCESS METHOD to heap and back, with what was in the table, kept and rolled back.
--
CREATE SCHEMA access_method;
SET search_path = access_method, public;
SELECT current_setting('default_table_access_method') AS am \gset
CREATE TABLE t (id int PRIMARY KEY, v text, big text);
INSERT INTO t SELECT g, 'v' || g, CASE WHEN g % 100 = 0 THEN repeat(md5(g::text), 1000) END FROM generate_series(1, 1000) g;
DELETE FROM t WHERE id > 900;
ALTER TABLE t DROP COLUMN v;
ALTER TABLE t ADD COLUMN w int DEFAULT 3;
CREATE FUNCTION what() RETURNS text LANGUAGE sql AS $$
  SELECT (SELECT count(*) FROM access_method.t) || ' rows, ' || (SELECT sum(length(big)) FROM access_method.t) || ', sum ' ||
         (SELECT sum(w) FROM access_method.t) || ', heap ' || (SELECT a.amname = 'heap' FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.oid = 'access_method.t'::regclass) $$;
ALTER TABLE t SET ACCESS METHOD heap;
SELECT what();
INSERT INTO t VALUES (2000, repeat('h', 100000), 1);
BEGIN;
ALTER TABLE t SET ACCESS METHOD :am;
SELECT split_part(what(), ', heap', 1);
UPDATE t SET w = 4;
ROLLBACK;
SELECT what();
ALTER TABLE t SET ACCESS METHOD :am;
SELECT split_part(what(), ', heap', 1);
SELECT length(big), left(big, 3) FROM t WHERE id IN (100, 2000) ORDER BY id;
BEGIN;
SAVEPOINT a;
ALTER TABLE t SET ACCESS METHOD heap;
DELETE FROM t WHERE id = 2000;
ROLLBACK TO a;
INSERT INTO t VALUES (3000, 'x', 1);
COMMIT;
SELECT split_part(what(), ', heap', 1);
SELECT index_agrees('t', 'id');

-- a materialized view
CREATE MATERIALIZED VIEW mv USING heap AS SELECT id FROM t WHERE id < 10;
ALTER MATERIALIZED VIEW mv SET ACCESS METHOD :am;
REFRESH MATERIALIZED VIEW mv;
SELECT count(*) FROM mv;

-- an unlogged one, a temporary one
CREATE UNLOGGED TABLE un USING heap AS SELECT g FROM generate_series(1, 10) g;
ALTER TABLE un SET ACCESS METHOD :am;
SELECT count(*) FROM un;
CREATE TEMP TABLE te USING heap AS SELECT g FROM generate_series(1, 10) g;
ALTER TABLE te SET ACCESS METHOD :am;
INSERT INTO te VALUES (11);
SELECT count(*) FROM te;

-- the default of the session decides
SET default_table_access_method = heap;
CREATE TABLE in_heap (a int);
SET default_table_access_method = :'am';
CREATE TABLE in_default (a int);
SELECT relname, a.amname = :'am' AS is_default FROM pg_class c JOIN pg_am a ON a.oid = c.relam
  WHERE relname = 'in_default';
CREATE TABLE nowhere (a int) USING no_such_method;
