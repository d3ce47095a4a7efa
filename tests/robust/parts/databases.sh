# CREATE DATABASE ... TEMPLATE by both strategies, DROP DATABASE, ALTER DATABASE SET TABLESPACE, pg_dump.

sql -c 'CREATE DATABASE original'
[ "$AM" = heap ] || sql -d original -c 'CREATE EXTENSION IF NOT EXISTS pg_sqlite_heap'
sql -c "CREATE TABLESPACE db_space LOCATION ''" -c "CREATE TABLESPACE db_home LOCATION ''"
sql_file -d original <<'SQL'
CREATE TABLE t (id int PRIMARY KEY, v text, big text);
INSERT INTO t SELECT g, 'v' || g, CASE WHEN g % 100 = 0 THEN repeat('b', 50000) END FROM generate_series(1, 5000) g;
DELETE FROM t WHERE id % 5 = 0;
CREATE TABLE spaced (id int) TABLESPACE db_space;
INSERT INTO spaced SELECT generate_series(1, 100);
CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM t;
CREATE UNLOGGED TABLE un AS SELECT generate_series(1, 50) AS a;
CREATE TABLE empty_t (a int);
SQL
sum="SELECT (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM t) || (SELECT count(*) FROM spaced) || (SELECT count FROM mv) || (SELECT count(*) FROM un) || (SELECT count(*) FROM empty_t)"
whole=$(sql -d original -c "$sum")
for strategy in wal_log file_copy; do
  is "CREATE DATABASE, strategy $strategy" "$(sqlstate "CREATE DATABASE copy_$strategy TEMPLATE original STRATEGY $strategy")" 00000
  is "$strategy: the rows are there" "$(sql -d copy_$strategy -c "$sum")" "$whole"
  is "$strategy: by index too" "$(sql -d copy_$strategy -c 'SET enable_seqscan = off' -c 'SELECT count(*) FROM t WHERE id > 0')" 4000
  sql -d copy_$strategy -c "UPDATE t SET v = 'changed'" -c "INSERT INTO t VALUES (100000, 'new')" -c "INSERT INTO empty_t VALUES (1)" -c 'VACUUM t'
  is "$strategy: the copy lives on its own" "$(sql -d copy_$strategy -c "SELECT count(*) FROM t WHERE v = 'changed'")" 4000
  is "$strategy: the original is as it was" "$(sql -d original -c "$sum")" "$whole"
  check "$strategy: every table is sound" tables_sound -d copy_$strategy
done
sqlstate 'CREATE DATABASE copy_wal_log TEMPLATE original' >/dev/null
is "a copy that fails leaves nothing" "$(sqlstate 'CREATE DATABASE copy_wal_log TEMPLATE original')" 42P04
is "SET TABLESPACE of a database" "$(sqlstate 'ALTER DATABASE copy_file_copy SET TABLESPACE db_home')" 00000
is "its rows" "$(sql -d copy_file_copy -c 'SELECT count(*) FROM t')" 4001
is "and they can be written" "$(sqlstate "DELETE FROM t WHERE id = 100000; INSERT INTO t VALUES (100000, 'again'); CREATE TABLE more AS SELECT 1 AS a" -d copy_file_copy)" 00000
sql -c 'ALTER DATABASE copy_file_copy SET TABLESPACE pg_default'
is "and back" "$(sql -d copy_file_copy -c 'SELECT count(*) FROM t')" 4001
cluster_restart main
is "after a restart" "$(sql -d copy_file_copy -c 'SELECT count(*) FROM t')" 4001
is "after a crash, right after the copy" "$(sql -c 'CREATE DATABASE copied TEMPLATE original'; cluster_kill main; cluster_start main; sql -d copied -c "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM spaced)")" "4000|100"

whole=$(sql -d original -c "$sum") # the crash has emptied the unlogged table

# pg_dump carries the access method
is "pg_dump" "$("$PG_BIN/pg_dump" -d original -f "$WORK/dump.sql" 2>&1)" ""
sql -c 'CREATE DATABASE restored TEMPLATE template0'
is "its restore" "$("$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -d restored -o /dev/null -f "$WORK/dump.sql" 2>&1)" ""
is "the restored rows" "$(sql -d restored -c "$sum")" "$whole"
is "the restored access method" "$(sql -d restored -c "SELECT DISTINCT amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE relkind IN ('r', 'm') AND c.oid >= 16384 AND relnamespace = 'public'::regnamespace")" "$AM"

oids=$(sql -c "SELECT oid FROM pg_database WHERE datname IN ('copy_wal_log', 'copy_file_copy', 'original', 'restored', 'copied')")
for db in copy_wal_log copy_file_copy original restored copied; do is "DROP DATABASE $db" "$(sqlstate "DROP DATABASE $db")" 00000; done
left=
for oid in $oids; do left+=$(find "$WORK/main/sqlite_heap/$oid" -type f 2>/dev/null); done
is "no file of theirs is left" "$left" ""
is "nor in the tablespaces" "$(sqlstate 'DROP TABLESPACE db_space')$(sqlstate 'DROP TABLESPACE db_home')" 0000000000

# files that nobody knows: a sweep removes them and nothing else
if [ "$AM" != heap ]; then
  sql -c 'CREATE TABLE swept (a int)' -c 'INSERT INTO swept VALUES (1)'
  db=$(sql -c "SELECT oid FROM pg_database WHERE datname = 'postgres'")
  cluster_stop main
  for f in "$db/999999.sqlite" "$db/999999.sqlite-wal" "$db/t3_999998.sqlite" "$db/16999_999997.sqlite"; do
    cp "$(find "$WORK/main/sqlite_heap/$db" -name '*.sqlite' | head -n 1)" "$WORK/main/sqlite_heap/$f"
  done
  mkdir -p "$WORK/main/sqlite_heap/999996"
  cp "$WORK/main/sqlite_heap/$db/999999.sqlite" "$WORK/main/sqlite_heap/999996/5.sqlite"
  give_to_pg "$WORK/main/sqlite_heap"
  find "$WORK/main/sqlite_heap" \( -name '99999*' -o -name 't3*' -o -name '16999_*' -o -name 5.sqlite \) -exec touch -d '2 days ago' {} +
  cluster_start main
  sql -c 'SELECT count(*) FROM swept' -c 'SELECT sqlite_heap_sweep()' >/dev/null
  is "a sweep takes files that no table has" "$(find "$WORK/main/sqlite_heap" \( -name '99999*.sqlite*' -o -name 't3*' -o -name 5.sqlite \))" ""
  is "and leaves those that one has" "$(sql -c 'SELECT count(*) FROM swept')" 1
  # of a prepared transaction
  sql -c 'BEGIN; DROP TABLE swept; PREPARE TRANSACTION $$s$$' -c 'COMMIT PREPARED $$s$$' -c 'SELECT sqlite_heap_sweep()' >/dev/null
  is "COMMIT PREPARED of a DROP" "$(stray_files main)" ""
fi
