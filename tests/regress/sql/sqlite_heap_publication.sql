--
-- Rows that are not in the WAL cannot be published: every way into a publication is closed.
--
CREATE SCHEMA sqlite_heap_publication;
SET search_path = sqlite_heap_publication, public;
CREATE TABLE ours (id int PRIMARY KEY);
CREATE TABLE other (id int PRIMARY KEY) USING heap;
\set VERBOSITY sqlstate
-- the publication comes to the table
CREATE PUBLICATION regress_tam_p FOR TABLE other, ours;
CREATE PUBLICATION regress_tam_p FOR TABLES IN SCHEMA sqlite_heap_publication;
CREATE PUBLICATION regress_tam_p FOR ALL TABLES;
CREATE PUBLICATION regress_tam_p FOR TABLE other;
ALTER PUBLICATION regress_tam_p ADD TABLE ours;
ALTER PUBLICATION regress_tam_p SET TABLE ours;
ALTER PUBLICATION regress_tam_p ADD TABLES IN SCHEMA sqlite_heap_publication;
SELECT count(*) FROM pg_publication_tables WHERE pubname = 'regress_tam_p';
-- the table comes to the publication
ALTER TABLE other SET ACCESS METHOD sqlite_heap;
CREATE SCHEMA sqlite_heap_published;
ALTER PUBLICATION regress_tam_p SET TABLES IN SCHEMA sqlite_heap_published;
CREATE TABLE sqlite_heap_published.made (id int);
CREATE TABLE sqlite_heap_published.made AS SELECT 1 AS id;
SELECT 1 AS id INTO sqlite_heap_published.made;
DO $$ BEGIN CREATE TABLE sqlite_heap_published.made (id int); END $$;
ALTER TABLE ours SET SCHEMA sqlite_heap_published;
CREATE UNLOGGED TABLE sqlite_heap_published.made (id int);
ALTER TABLE sqlite_heap_published.made SET LOGGED;
-- what no publication ever covers
CREATE MATERIALIZED VIEW sqlite_heap_published.view AS SELECT 1 AS id;
REFRESH MATERIALIZED VIEW sqlite_heap_published.view;
CREATE TEMP TABLE temporary (id int);
-- partitions
CREATE TABLE root (id int) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1);
CREATE PUBLICATION regress_tam_p2 FOR TABLE root;
CREATE PUBLICATION regress_tam_p2 FOR TABLE root WITH (publish_via_partition_root = true);
DROP TABLE leaf;
CREATE PUBLICATION regress_tam_p2 FOR TABLE root;
CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1);
CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1) USING heap;
ALTER TABLE leaf SET ACCESS METHOD sqlite_heap;
CREATE TABLE subtree (id int) PARTITION BY LIST (id);
CREATE TABLE subleaf PARTITION OF subtree FOR VALUES IN (2);
ALTER TABLE root ATTACH PARTITION subtree FOR VALUES IN (2);
ALTER TABLE root ATTACH PARTITION ours FOR VALUES IN (3);
-- nothing of what failed is left
SELECT count(*) FROM pg_class WHERE relnamespace IN ('sqlite_heap_publication'::regnamespace, 'sqlite_heap_published'::regnamespace) AND relkind = 'r';
SELECT relname, amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE relname IN ('other', 'leaf') AND relnamespace = 'sqlite_heap_publication'::regnamespace ORDER BY 1;
-- without the publication all is allowed
DROP PUBLICATION regress_tam_p, regress_tam_p2;
ALTER TABLE other SET ACCESS METHOD sqlite_heap;
ALTER TABLE root ATTACH PARTITION subtree FOR VALUES IN (2);
SET client_min_messages = warning;
DROP SCHEMA sqlite_heap_publication, sqlite_heap_published CASCADE;
