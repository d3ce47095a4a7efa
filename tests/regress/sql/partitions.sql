--
-- Partitioned tables: routing, rows that move, attach and detach, pruning, indexes.
--
CREATE SCHEMA partitions;
SET search_path = partitions, public;
CREATE TABLE m (id int, region text, v int) PARTITION BY LIST (region);
CREATE TABLE m_north PARTITION OF m FOR VALUES IN ('n');
CREATE TABLE m_south PARTITION OF m FOR VALUES IN ('s') PARTITION BY RANGE (id);
CREATE TABLE m_south_1 PARTITION OF m_south FOR VALUES FROM (0) TO (100);
CREATE TABLE m_south_2 PARTITION OF m_south FOR VALUES FROM (100) TO (200);
CREATE TABLE m_rest PARTITION OF m DEFAULT;
INSERT INTO m SELECT g, (ARRAY['n', 's', 'x'])[1 + g % 3], g FROM generate_series(0, 199) g;
SELECT tableoid::regclass, count(*), min(id), max(id) FROM m GROUP BY 1 ORDER BY tableoid::regclass::text;
INSERT INTO m VALUES (500, 's', 0);

-- rows that move
UPDATE m SET region = 'n' WHERE id = 1 RETURNING tableoid::regclass, *;
UPDATE m SET id = id + 100 WHERE region = 's' AND id < 50;
SELECT tableoid::regclass, count(*) FROM m GROUP BY 1 ORDER BY tableoid::regclass::text;
BEGIN;
UPDATE m SET region = 'elsewhere';
SELECT tableoid::regclass, count(*) FROM m GROUP BY 1 ORDER BY tableoid::regclass::text;
ROLLBACK;
SELECT tableoid::regclass, count(*) FROM m GROUP BY 1 ORDER BY tableoid::regclass::text;
UPDATE m_north SET region = 's' WHERE id = 3;
WITH moved AS (UPDATE m SET region = 'n' WHERE id = 2 RETURNING id) SELECT * FROM moved JOIN m USING (id);

-- triggers of a row that moves
CREATE TRIGGER tr BEFORE INSERT OR UPDATE OR DELETE ON m FOR EACH ROW EXECUTE FUNCTION raise_notice();
CREATE TRIGGER ta AFTER INSERT OR UPDATE OR DELETE ON m FOR EACH ROW EXECUTE FUNCTION raise_notice();
UPDATE m SET region = 'x' WHERE id = 6;
DROP TRIGGER tr ON m;
DROP TRIGGER ta ON m;

-- moved away by a first, met by a second command of the same transaction
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM m WHERE id = 9 FOR UPDATE;
FETCH c;
UPDATE m SET region = 'x' WHERE id = 9;
FETCH c;
DELETE FROM m WHERE CURRENT OF c;
ROLLBACK;

-- indexes and unique keys over partitions
CREATE UNIQUE INDEX m_key ON m (region, id);
INSERT INTO m VALUES (9, 'n', 0);
CREATE INDEX m_v ON m (v);
SELECT count(*) FROM m WHERE v BETWEEN 10 AND 20;
SET enable_seqscan = off;
SELECT count(*) FROM m WHERE v BETWEEN 10 AND 20;
RESET enable_seqscan;

-- one partition in heap, one here
CREATE TABLE m_heap PARTITION OF m FOR VALUES IN ('h') USING heap;
UPDATE m SET region = 'h' WHERE id BETWEEN 12 AND 14;
SELECT tableoid::regclass, id FROM m WHERE id BETWEEN 12 AND 14 ORDER BY id;
UPDATE m SET region = 'n' WHERE region = 'h' AND id = 12;
SELECT tableoid::regclass, id FROM m WHERE id BETWEEN 12 AND 14 ORDER BY id;

-- detach, attach with a check of what is in it
ALTER TABLE m DETACH PARTITION m_north;
SELECT count(*) FROM m;
SELECT count(*) FROM m_north;
INSERT INTO m_north VALUES (1000, 'wrong', 0);
ALTER TABLE m ATTACH PARTITION m_north FOR VALUES IN ('n');
DELETE FROM m_north WHERE region = 'wrong';
ALTER TABLE m ATTACH PARTITION m_north FOR VALUES IN ('n');
SELECT tableoid::regclass, count(*) FROM m GROUP BY 1 ORDER BY tableoid::regclass::text;
ALTER TABLE m DETACH PARTITION m_rest CONCURRENTLY;
ALTER TABLE m DETACH PARTITION m_rest;

-- columns in another order
CREATE TABLE odd (v int, junk text, region text, id int);
ALTER TABLE odd DROP COLUMN junk;
INSERT INTO odd VALUES (7, 'o', 3000);
ALTER TABLE m ATTACH PARTITION odd FOR VALUES IN ('o');
UPDATE m SET region = 'o' WHERE id = 15;
SELECT tableoid::regclass, * FROM m WHERE region = 'o' ORDER BY id;
UPDATE m SET region = 'n' WHERE region = 'o';
SELECT tableoid::regclass, * FROM m WHERE id IN (15, 3000) ORDER BY id;

-- hash partitions, COPY and a join by partition
CREATE TABLE h (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
SELECT format('CREATE TABLE h%s PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER %s)', g, g) FROM generate_series(0, 3) g \gexec
INSERT INTO h SELECT g, 'h' || g FROM generate_series(1, 1000) g;
COPY h FROM stdin;
2001	copied
2002	copied
2003	copied
2004	copied
\.
SELECT count(*), count(DISTINCT tableoid) FROM h;
SET enable_partitionwise_join = on;
SELECT count(*) FROM h a JOIN h b USING (id) WHERE a.v = b.v;
RESET enable_partitionwise_join;
DELETE FROM h WHERE id % 2 = 0;
TRUNCATE h0;
SELECT count(*) = (SELECT count(*) FROM h1) + (SELECT count(*) FROM h2) + (SELECT count(*) FROM h3) FROM h;
SELECT index_agrees('h', 'id');
DROP TABLE h;

-- foreign keys to a partitioned table, with a row that moves under them
CREATE TABLE fp (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE fp1 PARTITION OF fp FOR VALUES FROM (0) TO (10);
CREATE TABLE fp2 PARTITION OF fp FOR VALUES FROM (10) TO (20);
CREATE TABLE fc (id int REFERENCES fp ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO fp VALUES (1), (2), (11);
INSERT INTO fc VALUES (1), (2), (11);
UPDATE fp SET id = 12 WHERE id = 1;
DELETE FROM fp WHERE id = 2;
SELECT * FROM fc ORDER BY id;
