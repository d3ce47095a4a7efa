# Tables as targets of logical replication; what a standby says; autovacuum.

cluster_create publisher "wal_level = logical"
cluster_use publisher
sql_file <<'SQL'
CREATE TABLE r (id int PRIMARY KEY, v text, big text) USING heap;
CREATE TABLE nokey (a int, b text) USING heap;
ALTER TABLE nokey REPLICA IDENTITY FULL;
INSERT INTO r SELECT g, 'copied', CASE WHEN g % 100 = 0 THEN repeat(md5(g::text), 2000) END FROM generate_series(1, 1000) g;
INSERT INTO nokey SELECT g, 'x' FROM generate_series(1, 10) g;
CREATE PUBLICATION pub FOR TABLE r, nokey;
SQL
publisher_port=$PGPORT
cluster_use main
sql -c 'CREATE TABLE r (id int PRIMARY KEY, v text, big text)' -c 'CREATE TABLE nokey (a int, b text)'
sql -c "CREATE SUBSCRIPTION sub CONNECTION 'host=$PGHOST port=$publisher_port user=postgres dbname=postgres' PUBLICATION pub" 2>/dev/null
check "the first copy arrives" wait_for 20 'SELECT (SELECT count(*) FROM r) = 1000 AND (SELECT count(*) FROM nokey) = 10'
# caught_up: what the publisher has written is applied here
caught_up() {
  local i
  for i in $(seq 200); do
    [ "$(sql -p "$publisher_port" -c "SELECT pg_current_wal_lsn() <= replay_lsn FROM pg_stat_replication WHERE application_name = 'sub'")" = t ] && return 0
    sleep 0.1
  done
  return 1
}
sql -p "$publisher_port" -c "UPDATE r SET v = 'updated' WHERE id <= 500" -c 'UPDATE r SET id = id + 10000 WHERE id <= 10' -c 'DELETE FROM r WHERE id BETWEEN 600 AND 700' \
  -c "INSERT INTO r SELECT g, 'inserted', NULL FROM generate_series(2000, 2999) g" -c "UPDATE nokey SET b = 'y' WHERE a > 5" -c 'DELETE FROM nokey WHERE a = 1' \
  -c "BEGIN; INSERT INTO r VALUES (5000, 'never'); ROLLBACK" -c "BEGIN; INSERT INTO r VALUES (5001, 'sp'); SAVEPOINT a; DELETE FROM r; ROLLBACK TO a; COMMIT"
check "changes are applied" caught_up
compare="SELECT md5(string_agg(r::text, ',' ORDER BY id)) FROM r"
is "the same rows" "$(sql -c "$compare" -c 'SELECT string_agg(nokey::text, $$,$$ ORDER BY a) FROM nokey')" "$(sql -p "$publisher_port" -c "$compare" -c 'SELECT string_agg(nokey::text, $$,$$ ORDER BY a) FROM nokey')"
sql -p "$publisher_port" -c 'TRUNCATE r' -c "INSERT INTO r VALUES (1, 'after truncate')"
check "TRUNCATE is applied" caught_up
is "the rows after it" "$(sql -c 'SELECT id, v FROM r')" "1|after truncate"
# a conflict stops the worker and nothing else; it goes on when the row is away
sql -c "INSERT INTO r VALUES (77, 'mine')"
sql -p "$publisher_port" -c "INSERT INTO r VALUES (77, 'theirs')"
sleep 1
is "a conflicting row waits" "$(sql -c 'SELECT v FROM r WHERE id = 77')" mine
sql -c 'DELETE FROM r WHERE id = 77'
check "and comes when there is room" wait_for 20 "SELECT count(*) = 1 FROM r WHERE id = 77 AND v = 'theirs'"
sql -c 'DROP SUBSCRIPTION sub' 2>/dev/null
check "every table is sound" tables_sound
cluster_stop publisher

if [ "$AM" != heap ]; then
  # what would lose data in silence is refused
  out=$("$PG_BIN/psql" -X -v VERBOSITY=verbose -c 'CREATE PUBLICATION no FOR TABLE r' 2>&1)
  like "a publication of our table: SQLSTATE" "$out" 'ERROR:  0A000'
  like "a publication of our table: a hint" "$out" 'HINT:'
  sql -c 'CREATE PUBLICATION all_tables FOR ALL TABLES' >/dev/null 2>&1
  note "FOR ALL TABLES: $(sql -c "SELECT count(*) FROM pg_publication WHERE pubname = 'all_tables'") publication"
  sql -c 'DROP PUBLICATION IF EXISTS all_tables' 2>/dev/null
fi

# a standby
sql -c 'CREATE TABLE on_standby (id int)' -c 'INSERT INTO on_standby VALUES (1)' -c 'CREATE TABLE heap_on_standby (id int) USING heap' -c 'INSERT INTO heap_on_standby VALUES (1)'
if as_pg "$PG_BIN/pg_basebackup" -D "$WORK/standby" -R -X stream -c fast -h "$PGHOST" -p "$PGPORT" -U postgres >"$WORK/basebackup.log" 2>&1; then
  CLUSTERS+=(standby)
  cluster_use standby
  echo "port = $PGPORT" >>"$WORK/standby/postgresql.conf"
  echo "hot_standby = on" >>"$WORK/standby/postgresql.conf"
  if cluster_start standby; then
    is "a standby reads heap" "$(sql -c 'SELECT count(*) FROM heap_on_standby')" 1
    if [ "$AM" = heap ]; then
      is "a standby reads" "$(sql -c 'SELECT count(*) FROM on_standby')" 1
    else
      out=$("$PG_BIN/psql" -X -v VERBOSITY=verbose -c 'SELECT count(*) FROM on_standby' 2>&1)
      like "a standby does not read ours: SQLSTATE" "$out" 'ERROR:  0A000'
      like "a standby does not read ours: a hint" "$out" 'HINT:'
    fi
    sql -p "$(cluster_port main)" -c 'TRUNCATE on_standby' -c 'DROP TABLE on_standby' -c "INSERT INTO heap_on_standby VALUES (2)"
    check "a standby follows what happens to our files" wait_for 20 "SELECT count(*) = 2 FROM heap_on_standby"
    cluster_stop standby
  else
    fail "a standby starts" "$(tail -n 5 "$WORK/standby.log")"
  fi
else
  fail "a base backup" "$(cat "$WORK/basebackup.log")"
fi
cluster_use main

# autovacuum comes by itself, because the counters move
sql -c 'CREATE TABLE av (id int PRIMARY KEY, v text) WITH (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 50, autovacuum_analyze_scale_factor = 0)' \
  -c "INSERT INTO av SELECT g, 'v' FROM generate_series(1, 1000) g" -c "UPDATE av SET v = 'w'" -c 'DELETE FROM av WHERE id <= 500'
check "autovacuum vacuums and analyzes" wait_for 30 "SELECT autovacuum_count > 0 AND autoanalyze_count > 0 AND n_dead_tup = 0 FROM pg_stat_user_tables WHERE relname = 'av'"
is "its statistics" "$(sql -c "SELECT reltuples FROM pg_class WHERE relname = 'av'")" 500
sql -c 'DROP TABLE av, r, nokey' -c 'DROP TABLE IF EXISTS heap_on_standby'
