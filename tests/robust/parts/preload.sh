# Without the preload there is one clear error; the extension's own name works there too.

if [ "$AM" = heap ]; then
  skip "preload" "heap needs none"
else
  PRELOAD= cluster_create bare
  cluster_use bare
  out=$("$PG_BIN/psql" -X -v VERBOSITY=verbose -c 'CREATE EXTENSION pg_sqlite_heap' 2>&1)
  like "CREATE EXTENSION without the preload: SQLSTATE" "$out" 'ERROR:  55000'
  like "CREATE EXTENSION without the preload: a hint" "$out" 'HINT:.*shared_preload_libraries'
  is "one error, no more" "$(grep -c 'ERROR' <<<"$out")" 1
  is "the session goes on" "$(sql -c 'SELECT 1')" 1
  for name in pg_sqlite_heap pg_iceberg_am "pg_sqlite_heap, tamarack"; do
    cluster_stop bare
    echo "shared_preload_libraries = '$name'" >>"$WORK/bare/postgresql.conf"
    if cluster_start bare; then
      is "preloaded as $name" "$(sqlstate "CREATE EXTENSION IF NOT EXISTS pg_sqlite_heap; CREATE TABLE IF NOT EXISTS t (a int) USING sqlite_heap; INSERT INTO t VALUES (1)")" 00000
    else
      fail "the server starts with shared_preload_libraries = '$name'" "$(tail -n 3 "$WORK/bare.log")"
      sed -i '$d' "$WORK/bare/postgresql.conf"
      cluster_start bare
    fi
  done
  is "DROP EXTENSION is refused while there are tables" "$(sqlstate 'DROP EXTENSION pg_sqlite_heap')" 2BP01
  sql -c 'DROP TABLE IF EXISTS t'
  is "DROP EXTENSION, and again CREATE" "$(sqlstate 'DROP EXTENSION pg_sqlite_heap; CREATE EXTENSION pg_sqlite_heap')" 00000
  # a table of ours when the preload is gone, after a clean stop
  sql -c 'CREATE TABLE t (a int) USING sqlite_heap' -c 'INSERT INTO t VALUES (1)' -c 'CHECKPOINT'
  cluster_stop bare
  echo "shared_preload_libraries = ''" >>"$WORK/bare/postgresql.conf"
  if cluster_start bare; then
    is "a table of ours without the preload is an error" "$(sqlstate 'SELECT * FROM t')" 55000
    is "heap works without it" "$(sqlstate 'CREATE TABLE h (a int); INSERT INTO h VALUES (1)')" 00000
    cluster_stop bare
  else
    fail "the server starts without the preload after a clean stop" "$(tail -n 3 "$WORK/bare.log")"
  fi
fi
