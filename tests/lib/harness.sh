# What every kind of test needs: throwaway clusters, results, a summary. Sourced by tests/<kind>/run.
#
# Parameters, all from the environment:
#   TAMARACK_AM          access method under test: sqlite_heap (default), iceberg, or heap, which proves the test itself
#   TAMARACK_TEST_LEVEL  full (default) or quick
#   TAMARACK_PG_CONFIG   pg_config of the PostgreSQL to test (default: pg_config of the PATH)
#   TAMARACK_CACHE       where source packages and builds are kept between runs
#   TAMARACK_TEST_LOGS   where the logs of failed tests are copied to (default: they are only shown)
#   TAMARACK_TEST_KEEP   1 keeps the work directory
#
# Everything a test makes lies in $WORK. The servers of a test listen on a socket in $WORK alone, so no port
# can be taken; they are stopped and $WORK is removed however the test ends.

set -u -o pipefail
umask 022
export LC_ALL=C.UTF-8
unset PGDATA PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSWORD PGCLIENTENCODING

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KIND=$(basename "$(dirname "$(readlink -f "$0")")")
AM=${TAMARACK_AM:-sqlite_heap}
LEVEL=${TAMARACK_TEST_LEVEL:-full}
PG_CONFIG=${TAMARACK_PG_CONFIG:-pg_config}
# every server of a test preloads the same, whichever access method its tables have
PRELOAD=$([ "$AM" = heap ] || echo tamarack)

PASSED=0 FAILED=0 SKIPPED=0
CLUSTERS=()
MOUNTS=()
CLIENTS=()

die() {
  echo "$KIND: $*" >&2
  echo "$PASSED passed, $((FAILED + 1)) failed"
  exit 1
}

command -v "$PG_CONFIG" >/dev/null || die "no pg_config found: install postgresql-server-dev-NN"
PG_BIN=$("$PG_CONFIG" --bindir)
PG_MAJOR=$("$PG_CONFIG" --version | sed -E 's/^PostgreSQL ([0-9]+).*/\1/')
PG_PGXS=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")
[ -x "$PG_BIN/postgres" ] || die "no server in $PG_BIN: install postgresql-$PG_MAJOR"

CACHE=${TAMARACK_CACHE:-}
if [ -z "$CACHE" ]; then
  if [ "$(id -u)" = 0 ]; then CACHE=/var/cache/tamarack; else CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/tamarack; fi
fi

# Runs a command as the owner of the servers: they refuse to run as root.
as_pg() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

give_to_pg() {
  if [ "$(id -u)" = 0 ]; then chown -R postgres: "$@"; fi
}

WORK=$(mktemp -d "${TMPDIR:-/tmp}/tam.XXXXXX") || die "no temporary directory"
chmod 755 "$WORK"
mkdir "$WORK/s"
give_to_pg "$WORK"
cd "$WORK" || exit 1
export PGHOST=$WORK/s PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=60
START_SECONDS=$SECONDS

# ---- results -------------------------------------------------------------------------------------------

note() { echo "# $*"; }

pass() {
  PASSED=$((PASSED + 1))
  echo "ok - $1"
}

# fail NAME [detail on further lines]
fail() {
  FAILED=$((FAILED + 1))
  echo "not ok - $1"
  shift
  [ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
}

skip() {
  SKIPPED=$((SKIPPED + 1))
  echo "skipped - $1: $2"
}

# check NAME COMMAND...: the command's status decides; its output is the detail of a failure
check() {
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "$out"; fi
}

# is NAME GOT WANTED
is() {
  if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}

# like NAME GOT EXTENDED_REGEX
like() {
  if [[ $2 =~ $3 ]]; then pass "$1"; else fail "$1" "got:         $2" "wanted like: $3"; fi
}

# keep FILE...: shows the end of a log in case of a failure, and copies it where the caller wants it
keep() {
  local f
  for f in "$@"; do
    [ -s "$f" ] || continue
    echo "# --- $f, last lines"
    # who is turned away while a server recovers says nothing about it
    grep -avE 'FATAL:  the database system is (in recovery mode|starting up|shutting down|not yet accepting connections)$' "$f" |
      tail -n 60 | cut -c 1-400 | sed 's/^/# /'
    [ -z "${TAMARACK_TEST_LOGS:-}" ] || { mkdir -p "$TAMARACK_TEST_LOGS/$KIND" && cp "$f" "$TAMARACK_TEST_LOGS/$KIND/"; }
  done
}

# Prints the summary and ends the test; the last thing a run calls.
finish() {
  local pattern c
  for c in "${CLUSTERS[@]}"; do
    pattern='TRAP: |terminated by signal|PANIC: '
    # Where servers and backends are killed, a failed assertion is still a failure.
    if [ -e "$WORK/$c.crashes-expected" ]; then pattern='TRAP: '; fi
    if grep -aE "$pattern" "$WORK/$c.log" >"$WORK/$c.crashes"; then
      fail "server $c: no crash" "$(head -n 20 "$WORK/$c.crashes")"
      keep "$WORK/$c.log"
    fi
  done
  note "$KIND on PostgreSQL $PG_MAJOR, $AM: $((SECONDS - START_SECONDS)) s"
  if [ "$SKIPPED" = 0 ]; then
    echo "$PASSED passed, $FAILED failed"
  else
    echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  fi
  [ "$FAILED" = 0 ] && [ $((PASSED + SKIPPED)) -gt 0 ]
  exit
}

# ---- clean-up ------------------------------------------------------------------------------------------

cleanup() {
  local c p m
  for p in "${CLIENTS[@]}"; do kill "$p" 2>/dev/null; done
  for c in "${CLUSTERS[@]}"; do
    [ -e "$WORK/$c/postmaster.pid" ] || continue
    as_pg "$PG_BIN/pg_ctl" -D "$WORK/$c" -m immediate -t 20 -s stop >/dev/null 2>&1 || cluster_kill "$c"
  done
  for m in "${MOUNTS[@]}"; do umount -l "$m" 2>/dev/null; done
  cd /
  if [ "${TAMARACK_TEST_KEEP:-0}" = 1 ]; then note "kept $WORK"; else rm -rf "$WORK"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# ---- clusters ------------------------------------------------------------------------------------------

# cluster_create NAME [setting...]: makes a cluster that is ready for the access method but has nothing in it, and
# starts it. The first cluster is the default one of every client started here.
cluster_create() {
  local name=$1 port=$((5432 + ${#CLUSTERS[@]}))
  shift
  CLUSTERS+=("$name")
  [ -n "${PGPORT:-}" ] || cluster_use "$name"
  as_pg "$PG_BIN/initdb" -D "$WORK/$name" -U postgres -A trust -N -E UTF8 --no-locale >"$WORK/$name.initdb" 2>&1 ||
    { keep "$WORK/$name.initdb"; die "initdb failed"; }
  {
    cat "$TESTS/lib/postgresql.conf"
    echo "port = $port"
    echo "unix_socket_directories = '$WORK/s'"
    [ -z "$PRELOAD" ] || echo "shared_preload_libraries = '$PRELOAD'"
    printf '%s\n' "$@"
  } >>"$WORK/$name/postgresql.conf"
  cluster_start "$name" || { keep "$WORK/$name.log"; die "the server does not start"; }
}

# cluster_use NAME: clients started from now on talk to this cluster
cluster_use() {
  PGPORT=$(cluster_port "$1")
  export PGPORT
}

cluster_port() {
  local i
  for i in "${!CLUSTERS[@]}"; do
    [ "${CLUSTERS[$i]}" != "$1" ] || echo $((5432 + i))
  done
}

cluster_start() {
  as_pg "$PG_BIN/pg_ctl" -D "$WORK/$1" -l "$WORK/$1.log" -t 120 -s -w start >/dev/null 2>&1
}

# cluster_stop NAME [mode]
cluster_stop() {
  as_pg "$PG_BIN/pg_ctl" -D "$WORK/$1" -m "${2:-fast}" -t 120 -s -w stop >/dev/null 2>&1
}

cluster_restart() {
  cluster_stop "$1" && cluster_start "$1"
}

cluster_postmaster() { head -n 1 "$WORK/$1/postmaster.pid" 2>/dev/null; }

# cluster_kill NAME: SIGKILL for the postmaster and for every process it has, as a power cut would
cluster_kill() {
  local pid pids i
  pid=$(cluster_postmaster "$1")
  [ -n "$pid" ] || return 0
  kill -STOP "$pid" 2>/dev/null
  pids="$pid $(pgrep -P "$pid" | tr '\n' ' ')"
  kill -KILL $pids 2>/dev/null
  for i in $(seq 200); do
    processes_gone $pids && break
    sleep 0.05
  done
  processes_gone $pids || return 1
  # a zombie that nobody has reaped yet would make the lock files look taken
  rm -f "$WORK/$1/postmaster.pid" "$WORK"/s/.s.PGSQL."$(cluster_port "$1")".lock
}

# processes_gone PID...: none of them lives (a zombie does not)
processes_gone() {
  local p
  for p in "$@"; do
    case $(ps -o stat= -p "$p" 2>/dev/null) in '' | Z*) ;; *) return 1 ;; esac
  done
}

# cluster_state NAME: what each process of a server does, for a failure's detail
cluster_state() {
  local pid
  pid=$(cluster_postmaster "$1")
  [ -n "$pid" ] || { note "server $1: no postmaster.pid"; return; }
  note "server $1: postmaster $pid and its children"
  ps -o pid=,stat=,wchan:24=,nlwp=,etimes=,args= -p "$pid" --ppid "$pid" | sed 's/^/#   /'
  for pid in $pid $(pgrep -P "$pid"); do
    sed "s/^/#   $pid: /" "/proc/$pid/stack" 2>/dev/null | head -n 8
    grep -E '^(SigPnd|ShdPnd|SigBlk|SigCgt)' "/proc/$pid/status" 2>/dev/null | tr '\n\t' '  ' | sed "s/^/#   $pid: /"
    echo
  done
}

# cluster_crashes_expected NAME: crashes in this server's log are what the test wants
cluster_crashes_expected() { touch "$WORK/$1.crashes-expected"; }

# extensions DATABASE: makes the extensions there, unless the servers of the test have none
extensions() {
  [ -n "$PRELOAD" ] || return 0
  sql -d "$1" -c 'CREATE EXTENSION IF NOT EXISTS pg_sqlite_heap' -c 'CREATE EXTENSION IF NOT EXISTS pg_iceberg_am' >/dev/null
}

# cluster_ready [database...]: the extensions in these databases (and in every one made later), and the access method
# as the default of the whole server
cluster_ready() {
  local db
  [ "$AM" != heap ] || return 0
  for db in template1 postgres "$@"; do
    extensions "$db" || die "CREATE EXTENSION fails"
  done
  sql -c "ALTER SYSTEM SET default_table_access_method = '$AM'" -c 'SELECT pg_reload_conf()' >/dev/null || die "ALTER SYSTEM fails"
  local i
  for i in $(seq 100); do
    [ "$(sql -c 'SHOW default_table_access_method')" = "$AM" ] && return 0
    sleep 0.05
  done
  die "the server does not take default_table_access_method = $AM"
}

# sql [psql options]: unaligned tuples only, stops at an error
sql() {
  PGOPTIONS="-c client_min_messages=warning" "$PG_BIN/psql" -X -A -t -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "$@" </dev/null
}

# sql_file [psql options]: the same, statements from standard input
sql_file() {
  PGOPTIONS="-c client_min_messages=warning" "$PG_BIN/psql" -X -A -t -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "$@" -f -
}

# sqlstate SQL [psql options]: the SQLSTATE a statement ends in, 00000 when it succeeds
sqlstate() {
  local statement=$1 out
  shift
  out=$("$PG_BIN/psql" -X -A -t -q -v VERBOSITY=sqlstate -v ON_ERROR_STOP=1 "$@" -c "$statement" 2>&1 </dev/null) && { echo 00000; return; }
  echo "$out" | sed -nE 's/^.*(ERROR|FATAL): +([0-9A-Z]{5}).*$/\2/p' | tail -n 1
}

# wait_for SECONDS SQL: until the query gives t
wait_for() {
  local end=$((SECONDS + $1))
  while [ $SECONDS -le $end ]; do
    [ "$(sql -c "$2" 2>/dev/null)" = t ] && return 0
    sleep 0.1
  done
  return 1
}

# wait_for_output NAME PATTERN: until the client NAME has written such a line to $WORK/NAME.out; fails after ten seconds
wait_for_output() {
  local i
  for i in $(seq 200); do
    grep -q "$2" "$WORK/$1.out" 2>/dev/null && return 0
    sleep 0.05
  done
  return 1
}

# background NAME [psql options]: a client of its own; BACKGROUND_PID is the process, $WORK/NAME.out its output
background() {
  local name=$1
  shift
  "$PG_BIN/psql" -X -A -t -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose "$@" >"$WORK/$name.out" 2>&1 </dev/null &
  BACKGROUND_PID=$!
  CLIENTS+=("$BACKGROUND_PID")
}

# ---- table check ---------------------------------------------------------------------------------------

# tables_sound [psql options]: sqlite_heap_check on every table of the database, one line for each problem
tables_sound() {
  local problems
  [ "$AM" != heap ] || { sql "$@" -c "SELECT count(*) FROM pg_class" >/dev/null; return; }
  problems=$(sql "$@" -c "
    SELECT c.oid::regclass || ': ' || p
    FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'sqlite_heap', sqlite_heap_check(c.oid::regclass) p
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'" 2>&1) || { echo "$problems"; return 1; }
  [ -z "$problems" ] || { echo "$problems"; return 1; }
}

# stray_files CLUSTER [swept]: files of the access method that no table of any database has. After a crash or a COMMIT
# PREPARED some may be there until a sweep takes them: "swept" sweeps first.
stray_files() {
  local db known=$WORK/known
  [ "$AM" != heap ] || return 0
  : >"$known"
  for db in $(sql -d postgres -c "SELECT datname FROM pg_database WHERE datallowconn"); do
    [ "${2:-}" != swept ] || sql -d "$db" -c 'SELECT sqlite_heap_sweep()' >/dev/null 2>&1
    sql -d "$db" -c "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) || '/' ||
        CASE WHEN c.reltablespace = 0 THEN '' ELSE c.reltablespace || '_' END || pg_relation_filenode(c.oid) || '.sqlite'
      FROM pg_class c JOIN pg_am a ON a.oid = c.relam AND a.amname = 'sqlite_heap'
      WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'" >>"$known"
  done
  find "$WORK/$1/sqlite_heap" -type f -name '*.sqlite*' 2>/dev/null -printf '%P\n' |
    sed -E 's/\.sqlite(-wal|-shm|-journal)$/.sqlite/' | sort -u | grep -vxFf "$known" || true
}

# ---- pg_regress ----------------------------------------------------------------------------------------

# pg_regress_verdicts LOG: "name ok" or "name failed" for each test, from the output of any version
pg_regress_verdicts() {
  sed -nE \
    -e 's/^(test|    ) +([a-zA-Z0-9_.-]+) +\.\.\. ok .*$/\2 ok/p' \
    -e 's/^(test|    ) +([a-zA-Z0-9_.-]+) +\.\.\. (FAILED|failed).*$/\2 failed/p' \
    -e 's/^ok [0-9]+ +[-+] ([a-zA-Z0-9_.-]+) .*$/\1 ok/p' \
    -e 's/^not ok [0-9]+ +[-+] ([a-zA-Z0-9_.-]+) .*$/\1 failed/p' "$1"
}

# pg_regress_results LOG SCHEDULE: a result for each test of the schedule; one that did not run has failed
pg_regress_results() {
  local name verdict
  while read -r name; do
    verdict=$(pg_regress_verdicts "$1" | sed -nE "s/^$name (.*)\$/\1/p")
    case $verdict in
      ok) pass "$name" ;;
      failed) fail "$name" ;;
      *) fail "$name" "did not run" ;;
    esac
  done < <(sed -nE 's/^test: *//p' "$2" | tr -s ' ' '\n')
  pg_regress_verdicts "$1" | grep -q . || keep "$1"
}
