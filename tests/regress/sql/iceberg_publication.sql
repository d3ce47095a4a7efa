-- Publishing: what other engines find, and when.
SET client_min_messages = warning;
CREATE SCHEMA publication;
SET search_path = publication, public;

-- what is published, without what differs from run to run
CREATE FUNCTION published(t regclass) RETURNS TABLE (operation text, records text, files text, deletes text)
LANGUAGE sql AS $$
  SELECT operation, summary->>'total-records', summary->>'total-data-files', summary->>'total-position-deletes'
  FROM iceberg_snapshots(t) ORDER BY committed_at
$$;
-- rows of the published files that are not deleted
CREATE FUNCTION published_rows(t regclass) RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(CASE content WHEN 0 THEN record_count ELSE -record_count END)::bigint FROM iceberg_files(t)
$$;

CREATE TABLE events (id int PRIMARY KEY, payload text, at timestamp);
SELECT iceberg_metadata_location('events') IS NULL AS nothing_published;
SELECT * FROM published('events');
-- an empty table has metadata and no snapshot
SELECT iceberg_publish('events');
SELECT iceberg_metadata_location('events') ~ '^file:/.*/metadata/00000-[-0-9a-f]*\.gz\.metadata\.json$' AS located;
SELECT * FROM published('events');

INSERT INTO events SELECT g, 'row ' || g, '2026-01-01'::timestamp + g * interval '1 hour' FROM generate_series(1, 100) g;
SELECT iceberg_publish('events') AS published \gset
SELECT snapshot_id = :published AS current FROM iceberg_refs('events') WHERE name = 'main';
SELECT * FROM published('events');
-- nothing has changed, nothing is written
SELECT iceberg_metadata_location('events') AS before \gset
SELECT iceberg_publish('events') IS NOT NULL AS published, iceberg_metadata_location('events') = :'before' AS same;
-- deletes, and updates that are a delete and an insert
DELETE FROM events WHERE id % 10 = 0;
UPDATE events SET payload = 'changed' WHERE id IN (1, 2, 3);
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT * FROM published('events');
SELECT published_rows('events'), (SELECT count(*) FROM events);
SELECT content, record_count, value_counts, null_value_counts, lower_bounds, upper_bounds FROM iceberg_files('events')
ORDER BY content, record_count;
SELECT content, added_files_count, existing_files_count, deleted_files_count FROM iceberg_manifests('events')
ORDER BY content, added_files_count;
SELECT * FROM iceberg_partitions('events') \gset p_
SELECT :p_record_count AS records, :p_file_count AS files, :p_delete_record_count AS deleted;
SELECT is_current_ancestor, parent_id IS NULL AS first FROM iceberg_history('events') ORDER BY made_current_at;

-- only what is committed: in a transaction that has written, there is nothing to publish
BEGIN;
INSERT INTO events VALUES (1000, 'uncommitted');
SELECT iceberg_publish('events');
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT iceberg_publish('events') IS NOT NULL AS published;
ROLLBACK TO a;
COMMIT;
SELECT count(*) AS snapshots FROM published('events');
-- a publication that is rolled back leaves neither tuple nor file
DELETE FROM events WHERE id = 11;
BEGIN;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT published_rows('events');
ROLLBACK;
SELECT published_rows('events'), (SELECT count(*) FROM published('events')) AS snapshots;
BEGIN;
SELECT iceberg_publish('events') IS NOT NULL AS published;
PREPARE TRANSACTION 'publication';
SELECT published_rows('events');
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT published_rows('events'), (SELECT count(*) FROM events);

-- several tables at once; not after a write, not after a change of a table's definition
CREATE TABLE another (id int);
SELECT iceberg_publish('another') IS NULL AS empty, iceberg_publish('events') IS NOT NULL AS published;
BEGIN;
SELECT iceberg_publish('another');
INSERT INTO another VALUES (1);
SELECT iceberg_publish('another');
ROLLBACK;
BEGIN;
SELECT iceberg_publish('another');
ALTER TABLE another ADD b int;
SELECT iceberg_publish('events');
ROLLBACK;
DROP TABLE another;

-- many small files become one
CREATE TABLE small (id int);
DO $$
BEGIN
  FOR i IN 1..20 LOOP
    INSERT INTO small VALUES (i);
    COMMIT;
    PERFORM iceberg_publish('small');
    COMMIT;
  END LOOP;
END $$;
SELECT published_rows('small'), count(*) < 17 AS few FROM iceberg_files('small');
DELETE FROM small;
SELECT iceberg_publish('small') IS NOT NULL AS published;
SELECT published_rows('small');
SELECT * FROM published('small') ORDER BY records::int LIMIT 1;

-- columns come and go, and what old rows have of a new one reaches the files
ALTER TABLE events ADD n int DEFAULT 7, DROP payload;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT record_count, lower_bounds->>'n' AS n, lower_bounds ? 'payload' AS payload FROM iceberg_files('events');
ALTER TABLE events RENAME n TO number;
COMMENT ON COLUMN events.number IS 'a comment';
ALTER TABLE events ALTER number TYPE bigint;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT record_count, lower_bounds->>'number' AS number FROM iceberg_files('events');

-- without statistics of the column, too
CREATE TABLE plain (id int) WITH ("write.metadata.metrics.default" = 'none');
INSERT INTO plain VALUES (1);
SELECT iceberg_publish('plain') IS NOT NULL AS published;
ALTER TABLE plain ADD a int[] DEFAULT '{1}', ADD n int DEFAULT 2;
SELECT iceberg_publish('plain') IS NOT NULL AS published;
INSERT INTO plain VALUES (2);
SELECT iceberg_publish('plain') IS NOT NULL AS published;
ALTER TABLE plain SET ("format-version" = 3);
SELECT iceberg_publish('plain') IS NOT NULL AS published;
SELECT published_rows('plain');
DROP TABLE plain;

-- a type that changes without a rewrite
CREATE TABLE typed (id int, n numeric(10, 2), v varchar(10));
INSERT INTO typed VALUES (1, 1.5, 'one'), (2, NULL, 'two');
SELECT iceberg_publish('typed') IS NOT NULL AS published;
ALTER TABLE typed ALTER n TYPE numeric(12, 2), ALTER v TYPE text;
INSERT INTO typed VALUES (3, 1234567890.25, 'a longer one');
SELECT iceberg_publish('typed') IS NOT NULL AS published;
ALTER TABLE typed ALTER n TYPE numeric, ADD nothing int;
INSERT INTO typed VALUES (4, 1234567890.255, 'another');
SELECT iceberg_publish('typed') IS NOT NULL AS published;
SELECT record_count, lower_bounds, upper_bounds FROM iceberg_files('typed');
SELECT * FROM published('typed');
DROP TABLE typed;

-- a new storage is published anew
TRUNCATE events;
SELECT iceberg_metadata_location('events') IS NULL AS nothing_published;
INSERT INTO events VALUES (1, '2026-01-01', 2);
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT * FROM published('events');
VACUUM FULL events;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT * FROM published('events');
CREATE TABLESPACE publication_space LOCATION '';
ALTER TABLE events SET TABLESPACE publication_space;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT published_rows('events');
ALTER TABLE events SET TABLESPACE pg_default;
SELECT iceberg_publish('events') IS NOT NULL AS published;
SELECT published_rows('events');

-- what can be published, and by whom
CREATE TABLE of_heap (id int) USING heap;
SELECT iceberg_publish('of_heap');
SELECT * FROM iceberg_files('of_heap');
CREATE VIEW a_view AS SELECT 1 AS a;
SELECT iceberg_publish('a_view');
SELECT iceberg_publish(0);
CREATE UNLOGGED TABLE unlogged (id int);
SELECT iceberg_publish('unlogged');
BEGIN READ ONLY;
SELECT iceberg_publish('events');
ROLLBACK;
CREATE ROLE publication_reader;
GRANT USAGE ON SCHEMA publication TO publication_reader;
SET ROLE publication_reader;
SELECT iceberg_publish('publication.events');
SELECT * FROM iceberg_files('publication.events');
SELECT iceberg_metadata_location('publication.events');
SELECT count(*) FROM iceberg_tables WHERE table_namespace = 'publication';
SELECT * FROM tamarack_iceberg.published;
RESET ROLE;
GRANT SELECT ON events, small TO publication_reader;
ALTER TABLE small ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON small USING (id < 5);
SET ROLE publication_reader;
SELECT count(*) FROM iceberg_files('publication.events');
SELECT count(*) FROM iceberg_files('publication.small');
-- the catalog for Iceberg's JdbcCatalog, whatever its name
SELECT table_namespace, table_name, metadata_location = iceberg_metadata_location('publication.events') AS located, iceberg_type
FROM iceberg_tables WHERE catalog_name = 'lake' AND table_namespace = 'publication';
SELECT property_key, property_value FROM iceberg_namespace_properties WHERE catalog_name = 'any' AND namespace = 'publication';
INSERT INTO iceberg_tables (table_name) VALUES ('mine');
RESET ROLE;
INSERT INTO iceberg_tables (table_name) VALUES ('mine');
UPDATE iceberg_tables SET metadata_location = 'elsewhere' WHERE table_name = 'events';
DELETE FROM iceberg_namespace_properties;

DROP TABLE small;
DROP TABLE of_heap, unlogged;
DROP VIEW a_view;
DROP TABLE events;
DROP TABLESPACE publication_space;
DROP OWNED BY publication_reader;
DROP ROLE publication_reader;
DROP FUNCTION published, published_rows;
DROP SCHEMA publication;
SELECT count(*) FROM tamarack_iceberg.published;
