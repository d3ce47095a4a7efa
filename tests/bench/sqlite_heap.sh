# The rows of sqlite_heap's bench, and how each is measured. Sourced by run.
#
# Each side has a schema of its name, and the same tables in it:
#   million  (id, label, value), a primary key      what is read
#   loaded   the same, no index                     what is written in bulk
#   one_row  the same, a primary key                what is changed row by row
# and pgbench's tables at scale 10. public.source is a heap table with the rows that go into them.

SCALE=10
# Rows that only UPDATE touches; above them INSERT adds at one end and DELETE takes from the other.
BASE_ROWS=100000

# name | title | unit | what is held against the limit | at least, at most | limit
#   ratio   sqlite_heap / heap
#   beyond  sqlite_heap - heap
#   value   sqlite_heap alone
rows() {
  cat <<'END'
select_by_key|pgbench -S, 1 client, prepared|tps|ratio|at least|0.90
tpcb_1|pgbench tpc-b like, 1 client|tps|ratio|at least|0.35
tpcb_8|pgbench tpc-b like, 8 clients|tps|ratio|at least|0.50
insert_row|INSERT of one row|us|ratio|at most|2.2
update_row|UPDATE of one row by key|us|ratio|at most|2.2
delete_row|DELETE of one row by key|us|ratio|at most|2.2
insert_row_unsynced|INSERT of one row, nothing synced|us|ratio|at most|1.5
update_row_unsynced|UPDATE of one row, nothing synced|us|ratio|at most|1.5
delete_row_unsynced|DELETE of one row, nothing synced|us|ratio|at most|1.5
insert_select|INSERT ... SELECT of @N@ rows|ms|ratio|at most|2.0
copy|COPY of @N@ rows|ms|ratio|at most|2.0
insert_indexed|INSERT ... SELECT of 100k rows, primary key|ms|ratio||
count|SELECT count(*) of @N@ rows|ms|ratio|at most|3.0
sum|SELECT sum(column) of @N@ rows|ms|ratio|at most|3.0
create_index|CREATE INDEX on @N@ rows|ms|ratio|at most|2.0
vacuum|VACUUM after deleting half of @N@ rows|ms|ratio|at most|2.0
file_size|file size, @N@ rows of (int, text, int)|MB|ratio|at most|1.3
first_select|first SELECT of a new session|ms|value|at most|100
private_dirty|Private_Dirty after a scan of @N@ rows|MB|beyond|at most|64
memory_insert|Private_Dirty at peak, INSERT of @MANY@ over @N@ rows|MB|value|at most|8
memory_scan|Private_Dirty at peak, scan of @MANY@ over @N@ rows|MB|value|at most|8
END
}

prepare() {
  local side
  sql -c 'CREATE EXTENSION pg_sqlite_heap' || die "CREATE EXTENSION fails"
  for side in "${SIDES[@]}"; do
    sql -c "CREATE SCHEMA $side" || die "no schema"
  done
  sql -c "CREATE TABLE public.source USING heap AS
      SELECT g AS id, 'label ' || g AS label, (g * 7919::bigint % 1000003)::int AS value FROM generate_series(1, $ROWS) g" \
    -c 'VACUUM ANALYZE public.source' || die "no source table"
}

# The version of the Java in a backend.
jdk_version() {
  sql -c 'SELECT version FROM tamarack_jvm()'
}

# both SQL: on each side
both() {
  local side
  for side in "${SIDES[@]}"; do
    on "$side" sql -c "$1" || die "$side: $1"
  done
}

# ---- pgbench's own transactions -------------------------------------------------------------------------

need_pgbench_tables() {
  local side
  [ -z "${HAVE_PGBENCH_TABLES:-}" ] || return 0
  HAVE_PGBENCH_TABLES=1
  for side in "${SIDES[@]}"; do
    on "$side" "$PG_BIN/pgbench" -i -q -s $SCALE >"$WORK/pgbench.log" 2>&1 ||
      { keep "$WORK/pgbench.log" >&2; die "pgbench -i failed"; }
  done
  sync
}

# measure_pgbench ROW CLIENTS [pgbench options]
measure_pgbench() {
  local row=$1 clients=$2 run side
  shift 2
  need_pgbench_tables
  for run in $(seq $RUNS); do
    for side in $(sides "$run"); do
      sample "$row" "$side" "$(tps_of "$side" "$clients" "$@")"
    done
  done
}

measure_select_by_key() { measure_pgbench select_by_key 1 -S -M prepared; }
measure_tpcb_1() { measure_pgbench tpcb_1 1; }
measure_tpcb_8() { measure_pgbench tpcb_8 8; }

# ---- one row, own transaction ---------------------------------------------------------------------------

need_one_row() {
  [ -z "${HAVE_ONE_ROW:-}" ] || return 0
  HAVE_ONE_ROW=1
  both "CREATE TABLE one_row (id int PRIMARY KEY, label text, value int)"
  both "INSERT INTO one_row SELECT g, 'label ' || g, g FROM generate_series(1, $BASE_ROWS) g"
  both "VACUUM ANALYZE one_row"
  echo '\set id :id + 1
    INSERT INTO one_row VALUES (:id, '"'a short label'"', 1);' >"$WORK/insert.pgbench"
  echo '\set id random(1, '$BASE_ROWS')
    UPDATE one_row SET value = value + 1 WHERE id = :id;' >"$WORK/update.pgbench"
  echo '\set id :id + 1
    DELETE FROM one_row WHERE id = :id;' >"$WORK/delete.pgbench"
}

# before_first ACTION SIDE: the key before the first one that the action's runs will use
before_first() {
  case $1 in
    insert) on "$2" sql -c 'SELECT max(id) FROM one_row' ;;
    delete) on "$2" sql -c "SELECT min(id) - 1 FROM one_row WHERE id > $BASE_ROWS" ;;
    *) echo 0 ;;
  esac
}

# latency ROW ACTION SIDE: microseconds
latency() {
  local row=$1 action=$2 side=$3 id
  if [ "$action" = delete ]; then
    on "$side" sql -c "INSERT INTO one_row SELECT g, 'a short label', 1
      FROM (SELECT max(id) AS high, coalesce(min(id) FILTER (WHERE id > $BASE_ROWS), $BASE_ROWS) AS low FROM one_row) k,
        generate_series(high + 1, low + $((MOST_TPS * (WARM_SECONDS + RUN_SECONDS)))) g" || die "no rows to delete"
  fi
  id=$(before_first "$action" "$side")
  tps_of "$side" 1 -M prepared -D "id=$id" -f "$WORK/$action.pgbench" | awk '{print 1000000 / $1}'
  [ "$action" != delete ] || [ "$(before_first delete "$side")" != "" ] || die "$side: the rows to delete ran out"
}

# measure_row ROW ACTION
measure_row() {
  local run side
  need_one_row
  for run in $(seq $RUNS); do
    for side in $(sides "$run"); do
      sample "$1" "$side" "$(latency "$1" "$2" "$side")"
    done
  done
}

measure_row_synced() { MOST_TPS=10000 measure_row "$1_row" "$1"; }

measure_row_unsynced() {
  fsync_is off
  MOST_TPS=30000 SESSION_OPTIONS='-c synchronous_commit=off' measure_row "$1_row_unsynced" "$1"
  fsync_is on
}

measure_insert_row() { measure_row_synced insert; }
measure_update_row() { measure_row_synced update; }
measure_delete_row() { measure_row_synced delete; }
measure_insert_row_unsynced() { measure_row_unsynced insert; }
measure_update_row_unsynced() { measure_row_unsynced update; }
measure_delete_row_unsynced() { measure_row_unsynced delete; }

# ---- bulk -----------------------------------------------------------------------------------------------

need_loaded() {
  [ -z "${HAVE_LOADED:-}" ] || return 0
  HAVE_LOADED=1
  both "CREATE TABLE loaded (LIKE public.source)"
}

measure_insert_select() {
  need_loaded
  time_statement insert_select 1 'TRUNCATE loaded;' 'INSERT INTO loaded SELECT * FROM public.source;'
  both "TRUNCATE loaded"
}

measure_copy() {
  need_loaded
  sql -c "COPY public.source TO '$WORK/s/source.copy'" || die "COPY TO fails"
  time_statement copy 1 'TRUNCATE loaded;' "COPY loaded FROM '$WORK/s/source.copy';"
  both "TRUNCATE loaded"
  rm -f "$WORK/s/source.copy"
}

measure_insert_indexed() {
  both "CREATE TABLE keyed (LIKE public.source); ALTER TABLE keyed ADD PRIMARY KEY (id)"
  time_statement insert_indexed 1 'TRUNCATE keyed;' 'INSERT INTO keyed SELECT * FROM public.source LIMIT 100000;'
  both "DROP TABLE keyed"
}

need_million() {
  [ -z "${HAVE_MILLION:-}" ] || return 0
  HAVE_MILLION=1
  both "CREATE TABLE million AS SELECT * FROM public.source"
  both "ALTER TABLE million ADD PRIMARY KEY (id)"
  both "VACUUM ANALYZE million"
}

measure_count() {
  need_million
  PGOPTIONS='-c max_parallel_workers_per_gather=0' time_statement count 3 '' 'SELECT count(*) FROM million;'
}

measure_sum() {
  need_million
  PGOPTIONS='-c max_parallel_workers_per_gather=0' time_statement sum 3 '' 'SELECT sum(value) FROM million;'
}

measure_create_index() {
  need_million
  time_statement create_index 1 '' 'CREATE INDEX million_value ON million (value);' 'DROP INDEX million_value;'
}

measure_vacuum() {
  time_statement vacuum 1 'CREATE TABLE halved AS SELECT * FROM public.source; ALTER TABLE halved ADD PRIMARY KEY (id);
    DELETE FROM halved WHERE id % 2 = 0;' 'VACUUM halved;' 'DROP TABLE halved;'
}

# ---- space and memory -----------------------------------------------------------------------------------

measure_file_size() {
  need_million
  sample file_size heap "$(sql -c "SELECT round(pg_table_size('heap.million') / 1048576.0, 2)")"
  sample file_size sqlite_heap "$(sql -c "SELECT round(sqlite_heap_file_size('sqlite_heap.million') / 1048576.0, 2)")"
}

measure_first_select() {
  local run side ms
  need_million
  for run in $(seq 0 $((RUNS * 2))); do
    for side in $(sides "$run"); do
      ms=$(printf '%s\n' '\timing on' 'SELECT * FROM million WHERE id = 1;' | on "$side" sql_file |
        awk '$1 == "Time:" {print $2}')
      # The first one has the files of the runtime to read.
      [ "$run" = 0 ] || sample first_select "$side" "$ms"
    done
  done
}

measure_private_dirty() {
  local run side
  need_million
  for run in $(seq $RUNS); do
    for side in $(sides "$run"); do
      sample private_dirty "$side" "$(private_dirty_after "$side" 'SELECT count(*), sum(value) FROM million;')"
    done
  done
}

# A set-returning function in the target list gives row by row.
rows_for() { # TABLE ROWS
  echo "INSERT INTO $1 SELECT g, 'label ' || g, g FROM (SELECT generate_series(1, $2) AS g) s;"
}

# measure_growth ROW SQL_WITH_FEW_ROWS SQL_WITH_MANY_ROWS: how much higher the peak is with many
measure_growth() {
  local side few many
  for side in "${SIDES[@]}"; do
    few=$(private_dirty_peak "$side" "$2") || die "$1 failed"
    many=$(private_dirty_peak "$side" "$3") || die "$1 failed"
    note "  $side: $few MB, $many MB"
    sample "$1" "$side" "$(awk "BEGIN {printf \"%.2f\", $many - $few}")"
  done
}

measure_memory_insert() {
  both "CREATE TABLE few (id int, label text, value int); CREATE TABLE many (LIKE few)"
  measure_growth memory_insert "$(rows_for few $ROWS)" "$(rows_for many $MANY_ROWS)"
  both "DROP TABLE few, many"
}

measure_memory_scan() {
  local scan='SET max_parallel_workers_per_gather = 0; SELECT count(*), sum(value) FROM'
  both "CREATE TABLE few (id int, label text, value int); CREATE TABLE many (LIKE few)"
  both "$(rows_for few $ROWS) $(rows_for many $MANY_ROWS)"
  measure_growth memory_scan "$scan few;" "$scan many;"
  both "DROP TABLE few, many"
}
