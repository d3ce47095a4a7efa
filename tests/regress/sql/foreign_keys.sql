--
-- Foreign keys, where both sides and where only one side is of the access method.
--
CREATE SCHEMA foreign_keys;
SET search_path = foreign_keys, public;
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
INSERT INTO parent SELECT g, 'p' FROM generate_series(1, 10) g;
INSERT INTO child SELECT g, g FROM generate_series(1, 5) g;
INSERT INTO child VALUES (6, 99);
INSERT INTO child VALUES (7, NULL);
DELETE FROM parent WHERE id = 1;
UPDATE parent SET id = 100 WHERE id = 1;
UPDATE parent SET v = 'q' WHERE id = 1;
UPDATE child SET parent_id = 11 WHERE id = 1;
UPDATE child SET parent_id = 10 WHERE id = 1;
DELETE FROM parent WHERE id = 1;
SELECT count(*) FROM parent;
TRUNCATE parent;
DROP TABLE parent;

-- actions
CREATE TABLE cascade_child (id int, parent_id int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE null_child (id int, parent_id int REFERENCES parent ON DELETE SET NULL);
CREATE TABLE default_child (id int, parent_id int DEFAULT 10 REFERENCES parent ON DELETE SET DEFAULT);
INSERT INTO cascade_child SELECT g, 8 FROM generate_series(1, 3) g;
INSERT INTO null_child VALUES (1, 8);
INSERT INTO default_child VALUES (1, 8);
UPDATE parent SET id = 80 WHERE id = 8;
DELETE FROM null_child;
DELETE FROM default_child;
UPDATE parent SET id = 80 WHERE id = 8;
SELECT DISTINCT parent_id FROM cascade_child;
INSERT INTO null_child VALUES (1, 80);
INSERT INTO default_child VALUES (1, 80);
DELETE FROM parent WHERE id = 80;
SELECT (SELECT count(*) FROM cascade_child), (SELECT parent_id FROM null_child), (SELECT parent_id FROM default_child);

-- deferred
CREATE TABLE later (id int PRIMARY KEY, next int REFERENCES later DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO later VALUES (1, 2);
INSERT INTO later VALUES (2, 1);
COMMIT;
BEGIN;
INSERT INTO later VALUES (3, 4);
COMMIT;
BEGIN;
DELETE FROM later WHERE id = 1;
UPDATE later SET next = 2;
COMMIT;
SELECT * FROM later;

-- a row that the same transaction made, deleted, made again
BEGIN;
INSERT INTO parent VALUES (50, 'new');
INSERT INTO child VALUES (50, 50);
SAVEPOINT a;
DELETE FROM child WHERE id = 50;
DELETE FROM parent WHERE id = 50;
INSERT INTO parent VALUES (50, 'newer');
INSERT INTO child VALUES (51, 50);
ROLLBACK TO a;
COMMIT;
SELECT child.id, parent.v FROM child JOIN parent ON parent.id = parent_id WHERE parent.id = 50;

-- heap on one side
CREATE TABLE heap_parent (id int PRIMARY KEY) USING heap;
CREATE TABLE on_heap (id int REFERENCES heap_parent ON DELETE CASCADE);
CREATE TABLE heap_child (id int REFERENCES parent ON DELETE CASCADE) USING heap;
INSERT INTO heap_parent VALUES (1), (2);
INSERT INTO on_heap VALUES (1), (1), (2);
INSERT INTO on_heap VALUES (3);
DELETE FROM heap_parent WHERE id = 1;
SELECT * FROM on_heap;
INSERT INTO heap_child VALUES (50), (9);
INSERT INTO heap_child VALUES (51);
DELETE FROM parent WHERE id = 9;
SELECT * FROM heap_child;

-- multi-column, MATCH FULL, self reference, NOT VALID
CREATE TABLE p2 (a int, b int, UNIQUE (a, b));
CREATE TABLE c2 (a int, b int, FOREIGN KEY (a, b) REFERENCES p2 (a, b) MATCH FULL);
INSERT INTO p2 VALUES (1, 1), (1, NULL);
INSERT INTO c2 VALUES (1, 1), (NULL, NULL);
INSERT INTO c2 VALUES (1, NULL);
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE);
INSERT INTO tree SELECT g, NULLIF(g / 2, 0) FROM generate_series(1, 63) g;
DELETE FROM tree WHERE id = 3;
SELECT count(*) FROM tree;
CREATE TABLE nv (id int);
INSERT INTO nv VALUES (1), (1000);
ALTER TABLE nv ADD CONSTRAINT nv_fk FOREIGN KEY (id) REFERENCES tree NOT VALID;
INSERT INTO nv VALUES (1001);
ALTER TABLE nv VALIDATE CONSTRAINT nv_fk;
DELETE FROM nv WHERE id = 1000;
ALTER TABLE nv VALIDATE CONSTRAINT nv_fk;

-- many rows
CREATE TABLE parent_many (id int PRIMARY KEY);
INSERT INTO parent_many SELECT generate_series(1, 2000);
CREATE TABLE lots (id int REFERENCES parent_many);
INSERT INTO lots SELECT 1 + g % 2000 FROM generate_series(1, 10000) g;
DELETE FROM lots WHERE id % 2 = 0;
DELETE FROM parent_many WHERE id % 2 = 0;
SELECT count(*) FROM parent_many;
DELETE FROM parent_many WHERE id = 1999;
