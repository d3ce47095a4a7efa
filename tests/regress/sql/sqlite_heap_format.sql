--
-- What any SQLite tool sees in a table's file.
--
CREATE SCHEMA sqlite_heap_format;
SET search_path = sqlite_heap_format, public;
CREATE TABLE t (id int, v text);
INSERT INTO t VALUES (1, 'a'), (2, 'b');
UPDATE t SET v = 'c' WHERE id = 2;
CHECKPOINT;
SELECT sqlite_heap_file_path('t') AS path \gset
SELECT CASE WHEN :'path' LIKE '/%' THEN :'path' ELSE current_setting('data_directory') || '/' || :'path' END AS path \gset
\setenv FILE :path
\! "${SQLITE3:-sqlite3}" "file:$FILE?mode=ro" 'PRAGMA integrity_check' 'PRAGMA user_version' 'PRAGMA application_id' 'PRAGMA page_size'
\! "${SQLITE3:-sqlite3}" "file:$FILE?mode=ro" 'SELECT rowid, xmin > 0, xmax > 0, length(tuple) FROM storage ORDER BY rowid'
DROP SCHEMA sqlite_heap_format CASCADE;
