# Cancel, statement_timeout, terminate and a server's stop take effect within a second, in the middle of long work.

sql -c 'CREATE TABLE long_t (id int, v text)' -c "INSERT INTO long_t SELECT g, repeat('x', 30) FROM generate_series(1, 400000) g"
sql -c 'CREATE TABLE long_i (id int PRIMARY KEY, v text)' -c "INSERT INTO long_i SELECT g, 'v' FROM generate_series(1, 100000) g"

# interrupt NAME STATEMENT: by each way
interrupt() {
  local name=$1 statement=$2 pid client
  local before after
  before=$(sql -c 'SELECT (SELECT count(*) FROM long_t), (SELECT count(*) FROM long_i)')

  # the session that is cancelled goes on
  "$PG_BIN/psql" -X -A -t -q >"$WORK/cancelled.out" 2>&1 <<SQL &
\\set VERBOSITY sqlstate
SELECT 'pid ' || pg_backend_pid();
$statement;
SELECT 'alive ' || count(*) FROM long_i;
SQL
  client=$!
  CLIENTS+=($client)
  pid=$(backend_of cancelled)
  sleep 0.7
  if ! sql -c "SELECT pg_cancel_backend($pid)" >/dev/null; then fail "cancel $name" "$(cat "$WORK/cancelled.out")"; fi
  elapsed wait_gone_or "$WORK/cancelled.out" 'ERROR:  57014' 100
  if grep -q 'ERROR:  57014' "$WORK/cancelled.out" && [ $ELAPSED_MS -le 1000 ]; then
    pass "cancel $name: $ELAPSED_MS ms"
  else
    fail "cancel $name within a second" "$ELAPSED_MS ms" "$(cat "$WORK/cancelled.out")"
    kill -TERM "$client" 2>/dev/null
    sql -c "SELECT pg_terminate_backend($pid)" >/dev/null
  fi
  wait $client
  like "cancel $name: the session goes on" "$(tail -n 1 "$WORK/cancelled.out")" '^alive 100000$'

  elapsed sqlstate_is "SET statement_timeout = '500ms'; $statement" 57014
  if [ $ELAPSED_MS -le 1600 ]; then pass "statement_timeout $name: $ELAPSED_MS ms"; else fail "statement_timeout $name" "$ELAPSED_MS ms"; fi
  is "statement_timeout $name: SQLSTATE" "$STATE" 57014

  background terminated -c "SELECT 'pid ' || pg_backend_pid()" -c "$statement"
  pid=$(backend_of terminated)
  sleep 0.5
  sql -c "SELECT pg_terminate_backend($pid)" >/dev/null
  elapsed wait_process_gone "$pid"
  if [ $ELAPSED_MS -le 1000 ]; then pass "terminate $name: $ELAPSED_MS ms"; else fail "terminate $name within a second" "$ELAPSED_MS ms" "$(cat "$WORK/terminated.out")"; fi
  like "terminate $name: SQLSTATE" "$(cat "$WORK/terminated.out")" '57P01'
  after=$(sql -c 'SELECT (SELECT count(*) FROM long_t), (SELECT count(*) FROM long_i)')
  is "$name: nothing of it is seen" "$after" "$before"
}

sqlstate_is() {
  STATE=$(sqlstate "$1")
}

wait_gone_or() { # FILE PATTERN TENTHS
  local i
  for i in $(seq "$3"); do
    grep -q "$2" "$1" && return 0
    sleep 0.02
  done
}

wait_process_gone() {
  local i
  for i in $(seq 300); do
    processes_gone "$1" && return 0
    sleep 0.02
  done
}

interrupt "a sequential scan" "SET enable_material = off; SET enable_mergejoin = off; SET enable_hashjoin = off; SELECT count(*) FROM long_t a, long_t b WHERE a.id <> b.id"
interrupt "an insert" "INSERT INTO long_t SELECT g, 'x' FROM generate_series(1, 500000000) g"
interrupt "an insert with an index" "INSERT INTO long_i SELECT g, 'x' FROM generate_series(1000000, 500000000) g"
if [ "$LEVEL" != quick ]; then
  interrupt "a copy" "COPY long_t FROM PROGRAM 'yes 1,x' WITH (FORMAT csv)"
  interrupt "an update" "DO 'BEGIN LOOP UPDATE long_t SET v = v; END LOOP; END'"
  interrupt "an index scan" "DO 'BEGIN SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; LOOP PERFORM count(v) FROM long_i WHERE id > 0; END LOOP; END'"
  interrupt "an index build" "DO 'BEGIN LOOP CREATE INDEX long_x ON long_t (v, id); DROP INDEX long_x; END LOOP; END'"
  interrupt "a rewrite" "DO 'BEGIN LOOP ALTER TABLE long_t ALTER id TYPE bigint; ALTER TABLE long_t ALTER id TYPE int; END LOOP; END'"
  interrupt "a parallel scan" "DO 'BEGIN SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; LOOP PERFORM count(*) FROM long_t; END LOOP; END'"
fi

# waiting for a row: a lock timeout, a cancel
background holder -c 'BEGIN' -c "UPDATE long_i SET v = 'held' WHERE id = 1" -c 'SELECT pg_sleep(20)'
sleep 0.3
is "lock_timeout while waiting for a row" "$(sqlstate "SET lock_timeout = '100ms'; UPDATE long_i SET v = 'x' WHERE id = 1")" 55P03
is "statement_timeout while waiting for a row" "$(sqlstate "SET statement_timeout = '100ms'; DELETE FROM long_i WHERE id = 1")" 57014
is "lock_timeout while waiting for a key" "$(sql -c 'BEGIN' -c "INSERT INTO long_i VALUES (-1, 'x')" -c 'ROLLBACK'; sqlstate "SET lock_timeout = '100ms'; SELECT * FROM long_i WHERE id = 1 FOR SHARE")" 55P03
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()" >/dev/null
is "the row is free again" "$(sqlstate "SET lock_timeout = '2s'; UPDATE long_i SET v = 'free' WHERE id = 1")" 00000
is "idle_in_transaction_session_timeout" "$(sqlstate "SELECT count(*) FROM long_i" >/dev/null; "$PG_BIN/psql" -X -A -t -q -v VERBOSITY=sqlstate 2>&1 <<'SQL' | sed -n 's/.*FATAL: *//p'
SET idle_in_transaction_session_timeout = '200ms';
BEGIN;
SELECT count(*) FROM long_i;
\! sleep 0.6
SELECT 1;
SQL
)" 25P03

# the server's stop does not wait for long work
background working -c "SELECT 'pid ' || pg_backend_pid()" -c "INSERT INTO long_t SELECT g, 'x' FROM generate_series(1, 500000000) g"
backend_of working >/dev/null
sleep 0.5
elapsed cluster_stop main fast
if [ $ELAPSED_MS -le 5000 ]; then pass "a fast stop in the middle of an insert: $ELAPSED_MS ms"; else fail "a fast stop in the middle of an insert" "$ELAPSED_MS ms"; fi
cluster_start main
is "the rows after it" "$(sql -c 'SELECT count(*) FROM long_t')" 400000
check "every table is sound" tables_sound
sql -c 'DROP TABLE long_t, long_i'
