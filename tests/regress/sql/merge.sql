--
-- MERGE.
--
CREATE SCHEMA merge;
SET search_path = merge, public;
CREATE TABLE target (id int PRIMARY KEY, balance int);
CREATE TABLE source (id int, delta int);
INSERT INTO target VALUES (1, 10), (2, 20), (3, 30);
INSERT INTO source VALUES (2, 5), (3, -30), (4, 40);

MERGE INTO target t USING source s ON t.id = s.id
  WHEN MATCHED AND t.balance + s.delta = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET balance = t.balance + s.delta
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.delta);
SELECT * FROM target ORDER BY id;

MERGE INTO target t USING source s ON t.id = s.id
  WHEN MATCHED AND s.delta = 5 THEN DO NOTHING
  WHEN MATCHED THEN UPDATE SET balance = 0
  WHEN NOT MATCHED AND s.delta < 0 THEN DO NOTHING
  WHEN NOT MATCHED THEN INSERT (id, balance) VALUES (s.id, 1);
SELECT * FROM target ORDER BY id;

-- two source rows for one target row
INSERT INTO source VALUES (2, 6);
MERGE INTO target t USING source s ON t.id = s.id WHEN MATCHED THEN UPDATE SET balance = s.delta;
MERGE INTO target t USING source s ON t.id = s.id WHEN MATCHED THEN DELETE;
SELECT * FROM target ORDER BY id;
DELETE FROM source WHERE delta = 6;

-- a unique violation leaves all as it was
MERGE INTO target t USING source s ON t.id = s.id + 100 WHEN NOT MATCHED THEN INSERT VALUES (1, s.delta);
SELECT * FROM target ORDER BY id;

-- triggers
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON target FOR EACH ROW EXECUTE FUNCTION raise_notice();
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON target FOR EACH ROW EXECUTE FUNCTION raise_notice();
MERGE INTO target t USING (VALUES (1, 1), (50, 2)) s(id, delta) ON t.id = s.id
  WHEN MATCHED THEN UPDATE SET balance = delta
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.delta);
MERGE INTO target t USING (VALUES (50)) s(id) ON t.id = s.id WHEN MATCHED THEN DELETE;
DROP TRIGGER a ON target;
DROP TRIGGER b ON target;

-- partitions, with a row that moves
CREATE TABLE part (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
INSERT INTO part VALUES (1, 1), (2, 2), (11, 11);
MERGE INTO part p USING (VALUES (1), (2), (12)) s(id) ON p.id = s.id
  WHEN MATCHED AND p.id = 1 THEN UPDATE SET id = 15
  WHEN MATCHED THEN DELETE
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, 0);
SELECT tableoid::regclass, * FROM part ORDER BY id;

-- many rows
CREATE TABLE big_target AS SELECT g AS id, 0 AS n FROM generate_series(1, 5000) g;
MERGE INTO big_target t USING (SELECT g AS id FROM generate_series(4001, 6000) g) s ON t.id = s.id
  WHEN MATCHED AND t.id % 2 = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET n = 1
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, 2);
SELECT n, count(*) FROM big_target GROUP BY n ORDER BY n;
