# The load of stress and crash tests: building it, its database, the checks after it. Sourced after harness.sh.

build_load() {
  local include
  include=$("$PG_CONFIG" --includedir)
  "${CC:-gcc}" -std=gnu11 -O1 -Wall -Werror -I"$include" -o "$WORK/load" "$TESTS/lib/load.c" -L"$("$PG_CONFIG" --libdir)" -lpq -lpthread
}

# load_database NAME: with the tables of load.sql
load_database() {
  sql -c "CREATE DATABASE $1" || return 1
  extensions "$1" || return 1
  sql -d "$1" -f "$TESTS/lib/load.sql" && sql -d "$1" -c 'CREATE EXTENSION amcheck'
}

# run_load DATABASE SECONDS SEED [faults]: appends to $WORK/client_log
run_load() {
  local database=$1
  shift
  "$WORK/load" "host=$PGHOST port=$PGPORT user=postgres dbname=$database connect_timeout=10 options='-c client_min_messages=error'" 8 "$1" "$2" "$WORK/client_log" ${3:-}
}

# load_problems DATABASE: what is wrong, one line each; nothing when all is well
load_problems() {
  {
    # the queries write nothing, so their order cannot matter
    sql -d "$1" -c 'SELECT * FROM problems' -c 'SELECT index_problems()'
    sql -d "$1" -c "TRUNCATE client_log" -c "\\copy client_log FROM '$WORK/client_log'" -c 'SELECT * FROM lost_or_risen'
    sql -d "$1" -c "
      SELECT bt_index_parent_check(x.indexrelid, true) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am a ON a.oid = c.relam
      WHERE a.amname = 'btree' AND x.indisvalid AND c.relnamespace = 'public'::regnamespace" >/dev/null
    tables_sound -d "$1"
  } 2>&1 | head -n 40
}
