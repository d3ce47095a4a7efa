-- The same statements on a table and on its twin in heap, with the same results.
CREATE SCHEMA iceberg_twins;
SET search_path = iceberg_twins;
SELECT setseed(0.25);

CREATE TABLE twin_i (id int PRIMARY KEY, k int, t text, d numeric, a int[], CONSTRAINT k_positive CHECK (k >= 0)) USING iceberg;
CREATE TABLE twin_h (LIKE twin_i INCLUDING ALL) USING heap;
CREATE INDEX ON twin_i (k);
CREATE INDEX ON twin_h (k);
CREATE INDEX ON twin_i USING hash (t);
CREATE INDEX ON twin_h USING hash (t);
CREATE INDEX ON twin_i USING gin (a);
CREATE INDEX ON twin_h USING gin (a);
CREATE INDEX ON twin_i USING brin (d);
CREATE INDEX ON twin_h USING brin (d);
CREATE INDEX ON twin_i (lower(t)) WHERE k > 50;
CREATE INDEX ON twin_h (lower(t)) WHERE k > 50;

CREATE FUNCTION differences() RETURNS TABLE (side text, rows bigint) LANGUAGE sql AS $$
  SELECT 'iceberg alone', count(*) FROM (SELECT * FROM twin_i EXCEPT ALL SELECT * FROM twin_h) x
  UNION ALL
  SELECT 'heap alone', count(*) FROM (SELECT * FROM twin_h EXCEPT ALL SELECT * FROM twin_i) y
$$;

-- runs a statement with %s for the table on both twins; how many rows each says it concerned, or the error
CREATE FUNCTION on_both(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  outcome text[];
  concerned bigint;
  twin text;
BEGIN
  FOREACH twin IN ARRAY ARRAY['twin_i', 'twin_h'] LOOP
    BEGIN
      EXECUTE replace(statement, '%s', twin);
      GET DIAGNOSTICS concerned = ROW_COUNT;
      outcome := outcome || concerned::text;
    EXCEPTION WHEN OTHERS THEN
      outcome := outcome || (SQLSTATE || ' ' || replace(SQLERRM, twin, 'twin'));
    END;
  END LOOP;
  -- iceberg_files.sql: the committed rows go to a data file each time
  IF current_setting('twins.fold', true) = 'on' AND to_regclass('twin_i') IS NOT NULL THEN
    PERFORM public.iceberg_fold('twin_i');
  END IF;
  RETURN CASE WHEN outcome[1] = outcome[2] THEN outcome[1] ELSE 'DIFFER: ' || outcome::text END;
END $$;

SELECT on_both($$INSERT INTO %s SELECT g, g % 97, 'text ' || g % 31, g / 7.0, ARRAY[g % 5, g % 3] FROM generate_series(1, 3000) g$$);
SELECT * FROM differences();
SELECT on_both($$UPDATE %s SET k = k + 1, t = upper(t) WHERE id % 3 = 0$$);
SELECT on_both($$UPDATE %s SET id = -id WHERE id % 11 = 0$$);
SELECT on_both($$UPDATE %s SET id = id + 1 WHERE id = 500$$);
SELECT on_both($$UPDATE %s SET k = k - 10 WHERE id < 100$$);
SELECT on_both($$DELETE FROM %s WHERE k BETWEEN 20 AND 25$$);
SELECT on_both($$INSERT INTO %s VALUES (1, 1, 'x', 1, NULL) ON CONFLICT (id) DO UPDATE SET t = excluded.t || %s.t$$);
SELECT on_both($$INSERT INTO %s SELECT g, 1, 'new', 0, '{}' FROM generate_series(2990, 3010) g ON CONFLICT DO NOTHING$$);
SELECT on_both($$INSERT INTO %s VALUES (9000, 1, 'a', 0, NULL), (9000, 2, 'b', 0, NULL) ON CONFLICT (id) DO UPDATE SET k = 5$$);
SELECT on_both($$INSERT INTO %s VALUES (2, 1, 'a', 0, NULL)$$);
SELECT on_both($$MERGE INTO %s m USING (SELECT g AS id FROM generate_series(2900, 3100) g) s ON m.id = s.id
  WHEN MATCHED AND m.k % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET t = 'merged'
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, 7, 'by merge', 0, NULL)$$);
SELECT on_both($$WITH moved AS (DELETE FROM %s WHERE k = 30 RETURNING *) INSERT INTO %s SELECT id + 100000, k, t, d, a FROM moved$$);
SELECT on_both($$UPDATE %s SET t = repeat(md5(id::text), 1000) WHERE id % 500 = 1$$);
SELECT on_both($$UPDATE %s x SET k = y.k FROM %s y WHERE x.id = y.id + 1 AND y.k < 5$$);
SELECT on_both($$DELETE FROM %s x USING %s y WHERE x.id = y.id + 2 AND y.t LIKE '%7'$$);
SELECT * FROM differences();

-- through each index
SET enable_seqscan = off;
SELECT on_both($$CREATE TEMP TABLE r_%s USING heap AS SELECT id FROM %s WHERE k BETWEEN 40 AND 45$$);
SELECT count(*) FROM (SELECT * FROM r_twin_i EXCEPT ALL SELECT * FROM r_twin_h) x;
SELECT (SELECT count(*) FROM twin_i WHERE t = 'text 5') = (SELECT count(*) FROM twin_h WHERE t = 'text 5') AS hash,
  (SELECT count(*) FROM twin_i WHERE a @> '{4}') = (SELECT count(*) FROM twin_h WHERE a @> '{4}') AS gin,
  (SELECT count(*) FROM twin_i WHERE d BETWEEN 10 AND 20) = (SELECT count(*) FROM twin_h WHERE d BETWEEN 10 AND 20) AS brin,
  (SELECT count(*) FROM twin_i WHERE lower(t) = 'text 7' AND k > 50) = (SELECT count(*) FROM twin_h WHERE lower(t) = 'text 7' AND k > 50) AS partial;
RESET enable_seqscan;

-- savepoints, exceptions, commands within a transaction
BEGIN;
SELECT on_both($$UPDATE %s SET k = 90 WHERE k = 91$$);
SAVEPOINT a;
SELECT on_both($$DELETE FROM %s WHERE k > 10$$);
SELECT on_both($$INSERT INTO %s SELECT g, 0, 'a', 0, NULL FROM generate_series(20000, 20100) g$$);
SELECT * FROM differences();
SAVEPOINT b;
SELECT on_both($$UPDATE %s SET k = 3 WHERE id >= 20000$$);
SELECT on_both($$UPDATE %s SET k = 4 WHERE id >= 20000$$);
RELEASE b;
SELECT * FROM differences();
ROLLBACK TO a;
SELECT * FROM differences();
SELECT on_both($$DELETE FROM %s WHERE k = 90$$);
COMMIT;
SELECT * FROM differences();

-- a cursor sees what there was when it was opened, in both directions
BEGIN;
DECLARE ci SCROLL CURSOR FOR SELECT id FROM twin_i WHERE id BETWEEN 1000 AND 1015 ORDER BY id;
DECLARE ch SCROLL CURSOR FOR SELECT id FROM twin_h WHERE id BETWEEN 1000 AND 1015 ORDER BY id;
DECLARE pi SCROLL CURSOR FOR SELECT id, k FROM twin_i;
SELECT on_both($$DELETE FROM %s WHERE id BETWEEN 1000 AND 1010$$);
FETCH 3 FROM ci;
FETCH 3 FROM ch;
FETCH BACKWARD 2 FROM ci;
FETCH BACKWARD 2 FROM ch;
FETCH LAST FROM ci;
FETCH LAST FROM ch;
MOVE ALL IN pi;
MOVE BACKWARD ALL IN pi;
MOVE ALL IN pi;
ROLLBACK;
SELECT * FROM differences();

-- WHERE CURRENT OF, and a row that the cursor's own transaction has changed
BEGIN;
DECLARE ci CURSOR FOR SELECT id, k FROM twin_i WHERE id IN (1, 2, 4) FOR UPDATE;
FETCH 1 FROM ci;
UPDATE twin_i SET t = 'by cursor' WHERE CURRENT OF ci;
UPDATE twin_h SET t = 'by cursor' WHERE id = 1;
UPDATE twin_i SET t = t || ' again' WHERE CURRENT OF ci;
UPDATE twin_h SET t = t || ' again' WHERE id = 1;
FETCH 1 FROM ci;
DELETE FROM twin_i WHERE CURRENT OF ci;
DELETE FROM twin_h WHERE id = 2;
COMMIT;
SELECT * FROM differences();

-- triggers that change the row they are fired for
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I SET k = k + 1 WHERE id = $1', TG_TABLE_NAME) USING OLD.id;
  RETURN NEW;
END $$;
CREATE TRIGGER meddle BEFORE UPDATE ON twin_i FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
CREATE TRIGGER meddle BEFORE UPDATE ON twin_h FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
SELECT on_both($$UPDATE %s SET t = 'meddled' WHERE id = 7$$);
DROP TRIGGER meddle ON twin_i;
DROP TRIGGER meddle ON twin_h;
CREATE TRIGGER meddle AFTER UPDATE ON twin_i FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
CREATE TRIGGER meddle AFTER UPDATE ON twin_h FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
SELECT on_both($$UPDATE %s SET t = 'meddled' WHERE id BETWEEN 7 AND 20$$);
SELECT * FROM differences();
DROP TRIGGER meddle ON twin_i;
DROP TRIGGER meddle ON twin_h;

-- foreign keys from heap to iceberg and back, deferred uniqueness, exclusion
CREATE TABLE child_h (id int REFERENCES twin_i ON UPDATE CASCADE ON DELETE CASCADE) USING heap;
INSERT INTO child_h SELECT id FROM twin_i WHERE id BETWEEN 10 AND 40;
INSERT INTO child_h VALUES (-5);
SELECT on_both($$DELETE FROM %s WHERE id BETWEEN 10 AND 20$$);
SELECT on_both($$UPDATE %s SET id = id + 500000 WHERE id BETWEEN 21 AND 40$$);
SELECT count(*), count(*) FILTER (WHERE id > 500000) FROM child_h;
CREATE TABLE parent_h (id int PRIMARY KEY) USING heap;
CREATE TABLE child_i (id int REFERENCES parent_h ON DELETE SET NULL, n int UNIQUE DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING btree (id WITH =) DEFERRABLE) USING iceberg;
INSERT INTO parent_h SELECT generate_series(1, 5);
INSERT INTO child_i SELECT g, g FROM generate_series(1, 5) g;
UPDATE child_i SET n = 6 - n;
DELETE FROM parent_h WHERE id = 3;
SELECT * FROM child_i ORDER BY n;
BEGIN;
INSERT INTO child_i VALUES (NULL, 1);
COMMIT;
INSERT INTO child_i VALUES (1, 9);

-- whole-table commands
SELECT on_both($$ALTER TABLE %s ADD COLUMN e int DEFAULT 7$$);
SELECT on_both($$ALTER TABLE %s ADD COLUMN g int GENERATED ALWAYS AS (k * 2) STORED$$);
SELECT on_both($$ALTER TABLE %s DROP COLUMN d$$);
SELECT * FROM differences();
SELECT on_both($$ALTER TABLE %s ALTER k TYPE bigint USING k * 10$$);
-- data files are not read by old types yet
VACUUM FULL twin_i;
SELECT on_both($$ALTER TABLE %s ALTER e TYPE text$$);
SELECT * FROM differences();
CLUSTER twin_i USING twin_i_k_idx;
CLUSTER twin_h USING twin_h_k_idx;
SELECT * FROM differences();
VACUUM FULL twin_i;
VACUUM ANALYZE twin_i;
VACUUM ANALYZE twin_h;
SELECT * FROM differences();
SELECT (SELECT reltuples FROM pg_class WHERE relname = 'twin_i') = (SELECT reltuples FROM pg_class WHERE relname = 'twin_h') AS same_count;
REINDEX TABLE CONCURRENTLY twin_i;
SET enable_seqscan = off;
SELECT (SELECT count(*) FROM twin_i WHERE k > 0) = (SELECT count(*) FROM twin_h WHERE k > 0) AS same_by_index;
RESET enable_seqscan;
SELECT count(*) > 0 FROM twin_i TABLESAMPLE SYSTEM (100);
SELECT (SELECT count(*) FROM twin_i TABLESAMPLE BERNOULLI (100)) = (SELECT count(*) FROM twin_h) AS whole_sample;
SELECT (SELECT count(*) FROM twin_i WHERE ctid >= '(0,1)' AND ctid < '(100000,1)') = (SELECT count(*) FROM twin_h) AS tid_range;
SELECT t.id = x.id AS by_tid FROM (SELECT ctid AS tid, id FROM twin_i LIMIT 1) x, twin_i t WHERE t.ctid = x.tid;
TRUNCATE twin_i, twin_h, child_h;
SELECT * FROM differences();

SET client_min_messages = warning;
DROP SCHEMA iceberg_twins CASCADE;
