# 200 open tables in one session, 2,000 in one database: no limit of descriptors is met.

tables=$([ "$LEVEL" = quick ] && echo 500 || echo 2000)
sql -c 'CREATE DATABASE many'
[ "$AM" = heap ] || sql -d many -c 'CREATE EXTENSION IF NOT EXISTS pg_sqlite_heap'
sql_file -d many <<SQL
CREATE TABLE p (id int, v text) PARTITION BY LIST (id);
CREATE PROCEDURE make(first int, last int) LANGUAGE plpgsql AS \$\$
BEGIN
  FOR i IN first..last LOOP
    EXECUTE format('CREATE TABLE p%s PARTITION OF p FOR VALUES IN (%s)', i, i);
    EXECUTE format('INSERT INTO p%s VALUES (%s, ''v'')', i, i);
    IF i % 50 = 0 THEN COMMIT; END IF;
  END LOOP;
END \$\$;
CALL make(1, $tables);
SQL
is "$tables tables made and filled by one session" "$(sql -d many -c "SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM p")" "$tables"

# A server whose processes may have few files open.
descriptors() { # the largest number that any backend has
  local pid most=0 n
  for pid in $(pgrep -P "$(cluster_postmaster main)"); do
    n=$(ls "/proc/$pid/fd" 2>/dev/null | wc -l)
    [ "$n" -le $most ] || most=$n
  done
  echo $most
}
cluster_stop main
(ulimit -n 600; cluster_start main) || fail "a server with 600 descriptors a process starts"
is "one statement over 200 tables, with 600 descriptors" "$(sql -d many -c 'SELECT count(*) FROM p WHERE id <= 200')" 200
is "one transaction that writes to 200 tables" "$(sqlstate "BEGIN; UPDATE p SET v = 'w' WHERE id <= 200; SAVEPOINT a; UPDATE p SET v = 'x' WHERE id <= 200; DELETE FROM p WHERE id <= 10; ROLLBACK TO a; COMMIT" -d many)" 00000
is "and all is there" "$(sql -d many -c "SELECT count(*) FROM p WHERE v = 'w'")" 200
is "200 cursors, each in a scan of its own" "$(sql_file -d many <<'SQL'
BEGIN;
DO $$
DECLARE
  c refcursor;
  r record;
BEGIN
  FOR i IN 1..200 LOOP
    c := 'c' || i;
    OPEN c FOR EXECUTE format('SELECT * FROM p%s', i);
    FETCH c INTO r;
    IF r.id <> i THEN RAISE EXCEPTION 'wrong row'; END IF;
  END LOOP;
END $$;
SELECT count(*) FROM pg_cursors;
COMMIT;
SQL
)" 200
background counted -d many -c 'SELECT count(*) FROM p' -c 'UPDATE p SET v = v' -c 'SELECT pg_sleep(3)'
sleep 2.5
note "a session over $tables tables has $(descriptors) descriptors"
wait "$BACKGROUND_PID"
is "a session over $tables tables works" "$(sql -d many -c "UPDATE p SET v = 'y'" -c 'SELECT count(*) FROM p')" "$tables"
if [ "$AM" != heap ]; then
  is "a session that keeps few files open" "$(sql -d many -c "SET tamarack.sqlite_open_files = 4" -c "UPDATE p SET v = 'z' WHERE id <= 100" -c "SELECT count(*) FROM p a JOIN p b USING (id) WHERE id <= 100")" 100
fi
check "every table is sound" tables_sound -d many
sql -d many -c 'DROP TABLE p'
is "nothing is left of $tables tables" "$(stray_files main)" ""
cluster_restart main
sql -c 'DROP DATABASE many'
