--
-- The Java session behind the tables, its settings, what the access method refuses.
--
CREATE SCHEMA sqlite_heap_session;
SET search_path = sqlite_heap_session, public;
-- a session that touches none of our tables has no JVM
\c -
SET search_path = sqlite_heap_session, public;
CREATE TABLE h (a int) USING heap;
INSERT INTO h VALUES (1);
SELECT count(*) FROM h;
SELECT count(*) AS mapped FROM (SELECT pg_read_file('/proc/' || pg_backend_pid() || '/maps') m) s WHERE m LIKE '%libjvm%';
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
SELECT count(*) AS mapped FROM (SELECT pg_read_file('/proc/' || pg_backend_pid() || '/maps') m) s WHERE m LIKE '%libjvm%';
SELECT tamarack_jvm() IS NOT NULL AS has_state;
SELECT name, setting IS NOT NULL AS has_value, context FROM pg_settings WHERE name LIKE 'tamarack.%' ORDER BY name;
SET ROLE regress_tam_other;
\set VERBOSITY sqlstate
SET tamarack.java_heap = '128MB';
SET tamarack.java_options = '-Xint';
SET tamarack.runtime_path = '/tmp';
RESET ROLE;
-- refused until rows are in the WAL
CREATE PUBLICATION regress_tam_pub FOR TABLE t;
CREATE PUBLICATION regress_tam_pub FOR TABLE h;
ALTER PUBLICATION regress_tam_pub ADD TABLE t;
CREATE PUBLICATION regress_tam_pub2 FOR TABLES IN SCHEMA sqlite_heap_session;
DROP PUBLICATION IF EXISTS regress_tam_pub, regress_tam_pub2;
\set VERBOSITY default
CREATE PUBLICATION regress_tam_pub FOR TABLE t;
DROP SCHEMA sqlite_heap_session CASCADE;
