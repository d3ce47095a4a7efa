# Exits of every kind leave no lock, no zombie, no stray file, and a session that touches nothing of ours pays nothing.

sql -c 'CREATE TABLE left_t (id int PRIMARY KEY, v text)' -c "INSERT INTO left_t SELECT g, 'v' FROM generate_series(1, 50000) g" -c 'ALTER TABLE left_t SET (parallel_workers = 2)'
touch "$WORK/marker"
sleep 0.1
for i in $(seq 5); do sql -c 'SELECT count(*) FROM left_t' >/dev/null; done
sql -c 'CREATE TEMP TABLE te AS SELECT * FROM left_t' -c 'SELECT count(*) FROM te' >/dev/null
background fatal -c "SELECT 'pid ' || pg_backend_pid()" -c 'CREATE TEMP TABLE te AS SELECT * FROM left_t' -c 'BEGIN' -c 'UPDATE left_t SET v = v WHERE id < 100' -c 'SELECT pg_sleep(20)'
pid=$(backend_of fatal)
sleep 0.8
sql -c "SELECT pg_terminate_backend($pid)" >/dev/null
background killed_client -c "SELECT 'pid ' || pg_backend_pid()" -c 'CREATE TEMP TABLE te AS SELECT * FROM left_t' -c 'BEGIN' -c 'UPDATE left_t SET v = v WHERE id < 100' -c 'SELECT pg_sleep(1)' -c 'SELECT count(*) FROM te'
backend_of killed_client >/dev/null
sleep 0.5
{ kill -KILL "$BACKGROUND_PID"; wait "$BACKGROUND_PID"; } 2>/dev/null
parallel=$(sql -c 'SET parallel_setup_cost = 0' -c 'SET parallel_tuple_cost = 0' -c 'SET min_parallel_table_scan_size = 0' -c 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT count(*) FROM left_t')
like "parallel workers ran" "$parallel" 'Workers Launched: [12]'
is "an error in a parallel worker" "$(sqlstate 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SELECT sum(1 / (id - 40000)) FROM left_t')" 22012
sleep 1.5
is "every client backend is gone" "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")" 0
is "no lock is left" "$(sql -c "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype IN ('relation', 'tuple', 'transactionid', 'advisory', 'extend')")" 0
is "no zombie is left" "$(ps -o stat= --ppid "$(cluster_postmaster main)" | grep -c '^Z')" 0
is "no parallel worker is left" "$(ps -o args= --ppid "$(cluster_postmaster main)" | grep -c 'parallel worker')" 0
is "the row locks of the dead are gone" "$(sqlstate "SELECT * FROM left_t FOR UPDATE NOWAIT")" 00000
is "no file of a temporary table is left" "$(find "$WORK/main/sqlite_heap" -name 't*' 2>/dev/null)" ""
is "nothing in the system's temporary directory" "$(find "${TMPDIR:-/tmp}" /tmp /var/tmp -maxdepth 2 -newer "$WORK/marker" -user "$([ "$(id -u)" = 0 ] && echo postgres || id -un)" \( -name '*sqlite*' -o -name 'hs_err*' -o -name '*.so' -o -path '*hsperfdata*/*' -o -name '.java_pid*' -o -name 'core*' \) -not -path "$WORK/*" 2>/dev/null)" ""
is "no crash report in the data directory" "$(find "$WORK/main" -name 'hs_err*' -o -name 'core' -o -name 'core.[0-9]*')" ""
is "no shared memory of Java's" "$(find /dev/shm -newer "$WORK/marker" -name '*java*' 2>/dev/null)" ""
if [ "$AM" != heap ]; then
  is "the postmaster has no JVM" "$(grep -c libjvm "/proc/$(cluster_postmaster main)/maps")" 0
  is "a session that touches no table of ours has none" "$(sql -c 'CREATE TEMP TABLE h (a int) USING heap' -c 'INSERT INTO h VALUES (1)' -c 'SELECT count(*) FROM h, pg_class' -c "SELECT pg_read_file('/proc/' || pg_backend_pid() || '/maps') LIKE '%libjvm%'" | tail -n 1)" f
  is "the AOT cache is in use" "$(sql -c 'SELECT count(*) FROM left_t' -c 'SELECT aot_cache_in_use FROM tamarack_jvm()' | tail -n 1)" t
  is "and not with other options: the check can fail" "$(sql -c "SET tamarack.java_options = '-XX:AOTMode=off'" -c 'SELECT count(*) FROM left_t' -c 'SELECT aot_cache_in_use FROM tamarack_jvm()' 2>/dev/null | tail -n 1)" f
  like "tamarack_jvm() tells its state" "$(sql -c 'SELECT count(*) FROM left_t' -c "SELECT version ~ '^[0-9]+', uptime >= '0', start_ms > 0, heap_used > 0, heap_limit >= heap_used, upcalls > 0 FROM tamarack_jvm()" | tail -n 1)" '^t\|t\|t\|t\|t\|t$'
  # descriptors of a session: a table that is dropped, or closed, gives its files back
  fds=$(sql_file <<'SQL'
SELECT count(*) FROM left_t;
SELECT count(*) AS before FROM pg_ls_dir('/proc/self/fd') \gset
DO $$
BEGIN
  FOR i IN 1..300 LOOP
    EXECUTE 'CREATE TABLE fd_t (a int)';
    EXECUTE 'INSERT INTO fd_t VALUES (1)';
    EXECUTE 'DROP TABLE fd_t';
  END LOOP;
END $$;
CREATE TABLE fd_u (a int);
INSERT INTO fd_u VALUES (1);
DROP TABLE fd_u;
SELECT count(*) - :before < 100 FROM pg_ls_dir('/proc/self/fd');
SQL
)
  is "a session that makes and drops tables keeps no descriptor" "$(tail -n 1 <<<"$fds")" t
fi
sql -c 'DROP TABLE left_t'
is "no stray file" "$(stray_files main)" ""
