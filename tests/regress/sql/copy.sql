--
-- COPY, both ways.
--
CREATE SCHEMA copy;
SET search_path = copy, public;
CREATE TABLE t (id int PRIMARY KEY, v text, d date DEFAULT '2026-01-01');
COPY t FROM stdin;
1	one	2026-02-01
2	\N	2026-02-02
3	tab\there	\N
\.
COPY t (id, v) FROM stdin WITH (FORMAT csv, HEADER, NULL 'none');
id,v
4,"four, quoted ""so"""
5,none
\.
SELECT * FROM t ORDER BY id;
COPY (SELECT * FROM t ORDER BY id) TO stdout;
COPY (SELECT * FROM t ORDER BY id) TO stdout WITH (FORMAT csv, HEADER);
COPY (DELETE FROM t WHERE id = 5 RETURNING *) TO stdout;

-- an error in the middle leaves nothing
COPY t FROM stdin;
10	a	2026-01-01
11	b	2026-01-01
1	duplicate	2026-01-01
12	c	2026-01-01
\.
COPY t FROM stdin;
10	a	2026-01-01
11	b	no date
\.
SELECT count(*) FROM t;

-- many rows, through a file, text and binary
CREATE TABLE big (id int, v text, n numeric);
INSERT INTO big SELECT g, CASE WHEN g % 7 <> 0 THEN repeat('v', g % 90) END, g / 3.0 FROM generate_series(1, 20000) g;
\getenv dir PG_ABS_BUILDDIR
\set textfile :dir '/results/copy_big.txt'
\set binfile :dir '/results/copy_big.bin'
COPY big TO :'textfile';
COPY big TO :'binfile' WITH (FORMAT binary);
CREATE TABLE from_text (LIKE big);
CREATE TABLE from_binary (LIKE big);
CREATE INDEX ON from_binary (id);
COPY from_text FROM :'textfile';
COPY from_binary FROM :'binfile' WITH (FORMAT binary);
SELECT count(*) FROM (TABLE big EXCEPT ALL TABLE from_text) s;
SELECT count(*) FROM (TABLE big EXCEPT ALL TABLE from_binary) s;
SELECT count(*), sum(id) FROM from_text;
SELECT index_agrees('from_binary', 'id');

-- WHERE, and a table that COPY fills while it has rows already
COPY from_text FROM :'textfile' WHERE id <= 10;
SELECT count(*) FROM from_text;

-- FREEZE: only into a table made or truncated by the same transaction
COPY from_text FROM :'textfile' WITH (FREEZE);
BEGIN;
CREATE TABLE frozen (LIKE big);
COPY frozen FROM :'textfile' WITH (FREEZE);
SELECT count(*) FROM frozen;
COMMIT;
SELECT count(*), sum(id) FROM frozen;
BEGIN;
TRUNCATE frozen;
SAVEPOINT a;
COPY frozen FROM :'textfile' WITH (FREEZE);
COMMIT;
BEGIN;
TRUNCATE frozen;
COPY frozen FROM :'textfile' WITH (FREEZE);
ROLLBACK;
SELECT count(*), sum(id) FROM frozen;
UPDATE frozen SET v = 'thawed' WHERE id = 5;
DELETE FROM frozen WHERE id > 10;
SELECT * FROM frozen WHERE id < 7 ORDER BY id;

-- in a savepoint
BEGIN;
SAVEPOINT a;
COPY from_text FROM :'textfile';
ROLLBACK TO a;
SELECT count(*) FROM from_text;
COPY from_text FROM :'textfile';
COMMIT;
SELECT count(*) FROM from_text;

-- with a trigger that reads the table while COPY fills it
CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.v := (SELECT count(*) FROM copy.t);
  RETURN NEW;
END $$;
CREATE TRIGGER seeing BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION seen();
COPY t FROM stdin;
20	a	2026-01-01
21	b	2026-01-01
22	c	2026-01-01
\.
SELECT id, v FROM t WHERE id >= 20 ORDER BY id;
COPY (SELECT * FROM t WHERE id > 20) TO stdout WITH (FORMAT csv, FORCE_QUOTE *);
