# A full disk: the statement fails, nothing is lost, the next one works once there is room.

if [ "$(id -u)" != 0 ]; then
  skip "a full disk" "only root can mount a small file system"
else
  cluster_create full
  cluster_use full
  cluster_stop full
  # the rows of heap lie in a tablespace, those of sqlite_heap in their directory
  if [ "$AM" = heap ]; then mkdir "$WORK/small"; else mkdir -p "$WORK/full/sqlite_heap"; fi
  small=$([ "$AM" = heap ] && echo "$WORK/small" || echo "$WORK/full/sqlite_heap")
  if ! mount -t tmpfs -o size=24m,mode=700 tmpfs "$small" 2>"$WORK/mount.log"; then
    skip "a full disk" "no file system can be mounted here: $(cat "$WORK/mount.log")"
  else
    MOUNTS+=("$small")
    give_to_pg "$small"
    chmod 700 "$small"
    cluster_start full
    cluster_ready
    if [ "$AM" = heap ]; then sql -c "CREATE TABLESPACE small LOCATION '$small'" -c "ALTER SYSTEM SET default_tablespace = small" -c 'SELECT pg_reload_conf()' >/dev/null; fi
    sleep 0.3
    sql -c 'CREATE TABLE kept (id int, v text)' -c "INSERT INTO kept SELECT g, repeat('k', 500) FROM generate_series(1, 4000) g" -c 'CREATE TABLE filler (id int, v text)'
    before=$(sql -c "SELECT count(*), sum(length(v)), sum(id) FROM kept")
    dd if=/dev/zero of="$small/ballast" bs=1M count=1 2>/dev/null
    for i in 1 2 3; do
      state=$(sqlstate "INSERT INTO filler SELECT g, repeat(md5(g::text), 30) FROM generate_series(1, 60000) g")
      like "an insert that does not fit, try $i" "$state" '^(53100|58030)$'
    done
    like "an update that does not fit" "$(sqlstate "UPDATE kept SET v = repeat(md5(id::text), 200)")" '^(53100|58030)$'
    # SQLite wants 32 kB of shared memory in the same directory even for reading
    rm "$small/ballast"
    is "nothing is lost" "$(sql -c "SELECT count(*), sum(length(v)), sum(id) FROM kept")" "$before"
    is "nothing is seen of what failed" "$(sql -c "SELECT count(*) FROM filler")" 0
    is "room is made by TRUNCATE" "$(sqlstate 'TRUNCATE filler')" 00000
    is "and the next statement works" "$(sqlstate "INSERT INTO kept SELECT g, 'after' FROM generate_series(10001, 10100) g")" 00000
    # within a transaction, with a savepoint
    dd if=/dev/zero of="$small/ballast" bs=1M count=1 2>/dev/null
    is "a savepoint survives it" "$(BALLAST=$small/ballast sql_file -v ON_ERROR_STOP=0 2>/dev/null <<'SQL'
BEGIN;
INSERT INTO kept VALUES (20000, 'in');
SAVEPOINT a;
INSERT INTO filler SELECT g, repeat(md5(g::text), 30) FROM generate_series(1, 60000) g;
ROLLBACK TO a;
\! rm "$BALLAST"
INSERT INTO kept VALUES (20001, 'in');
COMMIT;
SELECT count(*) FROM kept WHERE id >= 20000;
SQL
)" 2
    sql -c 'TRUNCATE filler'
    dd if=/dev/zero of="$small/ballast" bs=1M count=1 2>/dev/null
    # many small commits until it is full: every one that was answered is there
    "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 >"$WORK/small.log" 2>&1 < <(for i in $(seq 4000); do
      echo "INSERT INTO filler SELECT $i, string_agg(md5(g::text || $i), '') FROM generate_series(1, 300) g;"
      echo "\\echo $i"
    done)
    answered=$(grep -c '^[0-9]*$' "$WORK/small.log")
    like "small commits: full after some ($answered)" "$(grep -v '^[0-9]*$' "$WORK/small.log")" 'ERROR'
    is "small commits: each that was answered is there" "$(sql -c "SELECT count(*) FROM filler WHERE id <= $answered")" "$answered"
    is "small commits: VACUUM in a full disk is no crash" "$(sqlstate 'VACUUM filler' | grep -cE '^(00000|53100|58030)$')" 1
    rm "$small/ballast"
    cluster_restart full
    is "after a restart, all of it" "$(sql -c "SELECT count(*) FROM filler WHERE id <= $answered" -c 'SELECT count(*) FROM kept')" "$answered
4102"
    check "every table is sound" tables_sound
    is "the table can go" "$(sqlstate 'DROP TABLE filler')" 00000
    is "and there is room" "$(sqlstate "INSERT INTO kept SELECT g, repeat('x', 100) FROM generate_series(30000, 40000) g")" 00000
  fi
  cluster_stop full
fi
