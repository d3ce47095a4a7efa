--
-- Unique, deferrable, exclusion, check and not-null constraints.
--
CREATE SCHEMA constraints;
SET search_path = constraints, public;

-- a unique constraint is checked row by row unless it is deferrable
CREATE TABLE u (id int UNIQUE, d int UNIQUE DEFERRABLE, dd int UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO u SELECT g, g, g FROM generate_series(1, 5) g;
UPDATE u SET d = d + 1;
SELECT array_agg(d ORDER BY d) FROM u;
UPDATE u SET dd = 3 WHERE id = 1;
BEGIN;
UPDATE u SET dd = 3 WHERE id = 1;
UPDATE u SET dd = 1 WHERE id = 3;
COMMIT;
BEGIN;
UPDATE u SET dd = 5 WHERE id = 1;
SET CONSTRAINTS u_dd_key IMMEDIATE;
ROLLBACK;
BEGIN;
INSERT INTO u VALUES (6, 10, 1);
DELETE FROM u WHERE id = 6;
COMMIT;
BEGIN;
SET CONSTRAINTS u_d_key DEFERRED;
UPDATE u SET d = 2 WHERE id = 5;
SAVEPOINT a;
DELETE FROM u WHERE id = 1;
ROLLBACK TO a;
COMMIT;
SELECT * FROM u ORDER BY id;

-- nulls are distinct, unless they are not
INSERT INTO u VALUES (NULL, NULL, NULL), (NULL, NULL, NULL);
CREATE TABLE nn (a int, UNIQUE NULLS NOT DISTINCT (a));
INSERT INTO nn VALUES (NULL);
INSERT INTO nn VALUES (NULL);

-- a key that is free again
CREATE TABLE k (id int PRIMARY KEY);
INSERT INTO k VALUES (1);
DELETE FROM k WHERE id = 1;
INSERT INTO k VALUES (1);
BEGIN;
DELETE FROM k WHERE id = 1;
INSERT INTO k VALUES (1);
INSERT INTO k VALUES (1);
ROLLBACK;
SELECT count(*) FROM k;
BEGIN;
INSERT INTO k VALUES (2);
ROLLBACK;
INSERT INTO k VALUES (2);
INSERT INTO k VALUES (2);
-- again and again, with VACUUM between
DO $$
BEGIN
  FOR i IN 1..50 LOOP
    DELETE FROM constraints.k WHERE id = 1;
    INSERT INTO constraints.k VALUES (1);
  END LOOP;
END $$;
VACUUM k;
INSERT INTO k VALUES (1);
SELECT count(*) FROM k;

-- adding a unique constraint or a primary key to what is there
CREATE TABLE later (a int, b int);
INSERT INTO later SELECT g, g / 2 FROM generate_series(1, 100) g;
ALTER TABLE later ADD PRIMARY KEY (a);
\set VERBOSITY terse
ALTER TABLE later ADD UNIQUE (b);
\set VERBOSITY default
DELETE FROM later WHERE a % 2 = 0;
ALTER TABLE later ADD UNIQUE (b);
SELECT index_agrees('later', 'b');

-- exclusion: another row's bytes decide
CREATE TABLE room (id int, during int4range, EXCLUDE USING gist (during WITH &&));
INSERT INTO room VALUES (1, '[1,10)'), (2, '[10,20)');
INSERT INTO room VALUES (3, '[5,6)');
UPDATE room SET during = '[9,15)' WHERE id = 2;
UPDATE room SET during = '[30,40)' WHERE id = 2;
INSERT INTO room VALUES (3, '[10,20)');
DELETE FROM room WHERE id = 3;
INSERT INTO room VALUES (4, '[15,16)');
SELECT * FROM room ORDER BY id;
CREATE TABLE circles (c circle, EXCLUDE USING gist (c WITH &&) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO circles VALUES ('<(0,0),5>');
INSERT INTO circles VALUES ('<(4,0),5>');
BEGIN;
INSERT INTO circles VALUES ('<(4,0),5>');
UPDATE circles SET c = '<(100,0),5>' WHERE c ~= '<(4,0),5>';
COMMIT;
SELECT count(*) FROM circles;
CREATE TABLE hashed (a text, EXCLUDE USING hash (a WITH =));
INSERT INTO hashed VALUES ('a'), ('b');
INSERT INTO hashed VALUES ('a');

-- check constraints, over what is there too
CREATE TABLE ch (a int CHECK (a > 0), b int, CONSTRAINT ordered CHECK (a < b));
INSERT INTO ch VALUES (0, 1);
INSERT INTO ch VALUES (2, 1);
INSERT INTO ch VALUES (1, 2);
UPDATE ch SET b = 0;
ALTER TABLE ch ADD CONSTRAINT small CHECK (b < 2);
ALTER TABLE ch ADD CONSTRAINT small CHECK (b < 2) NOT VALID;
INSERT INTO ch VALUES (1, 5);
SELECT * FROM ch;

-- deferred uniqueness over many rows
CREATE TABLE shift (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
INSERT INTO shift SELECT generate_series(1, 2000);
UPDATE shift SET id = id + 1;
SELECT min(id), max(id), count(*) FROM shift;
INSERT INTO shift VALUES (2);
SELECT index_agrees('shift', 'id');
