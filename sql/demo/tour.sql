-- A guided tour of the demo's tables: each statement, then its result.
\pset pager off
\set ECHO queries

\echo '\n--- Tables in SQLite files. pgbench''s at scale 10, a few by hand, and one partition left in heap:'
SELECT c.relname AS table, a.amname AS "stored by", c.reltuples::bigint AS "rows, about"
FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm') ORDER BY 1;

\echo '\n--- Queries, indexes and joins are PostgreSQL''s own:'
SELECT a.name, b.title, b.century FROM author a JOIN book b ON b.author = a.id
WHERE b.tags @> '{machines}' ORDER BY b.published;
EXPLAIN (COSTS OFF) SELECT abalance FROM pgbench_accounts WHERE aid = 4711;
SELECT count(*), sum(abalance) FROM pgbench_accounts;

\echo '\n--- Transactions too: what is rolled back was never there.'
BEGIN;
UPDATE book SET title = upper(title);
SAVEPOINT s;
DELETE FROM book;
ROLLBACK TO s;
SELECT count(*) AS books, min(title) FROM book;
ROLLBACK;
SELECT count(*) AS books, min(title) FROM book;

\echo '\n--- The file behind a table, and every row version in it. The rolled-back ones are dead:'
SELECT sqlite_heap_file_path('book'), pg_size_pretty(sqlite_heap_file_size('book')) AS size;
SELECT rowid, xmin, xmax, tuple_bytes, live FROM sqlite_heap_storage('book') ORDER BY rowid;

\echo '\n--- VACUUM takes them away:'
VACUUM book;
SELECT sqlite_heap_physical_rows('book') AS "row versions", sqlite_heap_live_rows('book') AS live;

\echo '\n--- A table moves to heap and back:'
ALTER TABLE author SET ACCESS METHOD heap;
ALTER TABLE author SET ACCESS METHOD sqlite_heap;
SELECT * FROM author ORDER BY id;

\echo '\n--- ON CONFLICT, MERGE and RETURNING:'
INSERT INTO author (name) VALUES ('Jules Verne'), ('H. G. Wells') ON CONFLICT (name) DO NOTHING RETURNING id, name;
MERGE INTO book USING (VALUES ('Frankenstein', 1831), ('The Last Man', 1826)) AS edition (title, year)
  ON book.title = edition.title
  WHEN MATCHED THEN UPDATE SET published = year
  WHEN NOT MATCHED THEN INSERT (author, title, published) VALUES (2, edition.title, year);
SELECT title, published FROM book WHERE author = 2 ORDER BY published;

\echo '\n--- Partitions, two in SQLite files and one in heap, and a materialized view:'
SELECT tableoid::regclass AS partition, count(*) FROM loan GROUP BY 1 ORDER BY 1;
SELECT * FROM popular ORDER BY title;

\echo '\n--- SQLite''s integrity check and ours, over all of them (a line would be a problem):'
SELECT c.oid::regclass AS table, problem
FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'sqlite_heap',
  LATERAL sqlite_heap_check(c.oid::regclass) AS problem
WHERE c.relkind IN ('r', 'm');

\echo '\n--- An iceberg table: rows come and go as in any table ...'
CREATE EXTENSION pg_iceberg_am;
CREATE TABLE events (id int PRIMARY KEY, payload text, at timestamp) USING iceberg;
INSERT INTO events VALUES (1, 'hello', '2026-01-01 10:00'), (2, 'lakebase', '2026-01-02 11:00');
UPDATE events SET payload = 'bye' WHERE id = 1;
SELECT * FROM events ORDER BY id;
\echo '\n--- ... and its committed state is published as an Iceberg snapshot, within a second or at once, for other engines:'
SELECT iceberg_publish('events') AS snapshot;
DELETE FROM events WHERE id = 2;
SELECT iceberg_publish('events') AS snapshot;
SELECT operation, summary->>'total-records' AS records, summary->>'total-position-deletes' AS deleted
FROM iceberg_snapshots('events') ORDER BY committed_at;
SELECT content, record_count, lower_bounds, upper_bounds FROM iceberg_files('events');
SELECT table_namespace, table_name, metadata_location FROM iceberg_tables;

\echo '\n--- The JVM of this session:'
\x on
SELECT * FROM tamarack_jvm();
\x off
