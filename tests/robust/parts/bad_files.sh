# A truncated, foreign, newer or missing file: an ERROR with the path and a hint, and other tables unharmed.

if [ "$AM" = heap ]; then
  skip "bad files" "heap has no files of ours"
elif ! command -v sqlite3 >/dev/null; then
  skip "bad files" "no sqlite3 to make them with"
else
  kinds="truncated short foreign another newer missing empty directory garbled"
  for kind in $kinds good; do
    sql -c "CREATE TABLE bad_$kind (id int, v text)" -c "INSERT INTO bad_$kind SELECT g, repeat('x', 100) FROM generate_series(1, 2000) g" -c "VACUUM bad_$kind"
    sql -c "SELECT sqlite_heap_file_path('bad_$kind')" >"$WORK/bad_$kind.path"
  done
  cluster_stop main
  for kind in $kinds; do
    path=$(cat "$WORK/bad_$kind.path")
    case $path in /*) ;; *) path=$WORK/main/$path ;; esac
    # what the log still holds goes into the file first
    sqlite3 "$path" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
    rm -f "$path-wal" "$path-shm"
    case $kind in
      truncated) truncate -s 20000 "$path" ;;
      short) truncate -s 50 "$path" ;;
      foreign) seq 10000 >"$path" ;;
      another) rm "$path"; sqlite3 "$path" 'CREATE TABLE somebody (a); INSERT INTO somebody VALUES (1)' ;;
      newer) sqlite3 "$path" 'PRAGMA user_version = 99' ;;
      missing) rm "$path" ;;
      empty) truncate -s 0 "$path" ;;
      directory) rm "$path"; mkdir "$path" ;;
      garbled) dd if=/dev/urandom of="$path" bs=4096 seek=3 count=20 conv=notrunc 2>/dev/null ;;
    esac
    [ ! -e "$path" ] || give_to_pg "$path"
  done
  cluster_start main
  for kind in $kinds; do
    out=$("$PG_BIN/psql" -X -A -t -q 2>&1 <<SQL
\\set VERBOSITY verbose
SELECT sum(length(v)) FROM bad_$kind;
INSERT INTO bad_$kind VALUES (1, 'never');
SELECT 'good ' || count(*) FROM bad_good;
SQL
)
    # a new row may find a page that is whole
    if [ $kind = garbled ]; then
      check "$kind file: reading is an error" grep -q '^ERROR:' <<<"$out"
    else
      is "$kind file: reading and writing are errors" "$(grep -c '^ERROR:' <<<"$out")" 2
    fi
    like "$kind file: SQLSTATE of a damaged or missing file" "$out" 'ERROR:  (XX001|58P01|58030|0A000|55000|XX002)'
    like "$kind file: the path is named" "$out" "$(basename "$(cat "$WORK/bad_$kind.path")")"
    like "$kind file: there is a hint" "$out" 'HINT:'
    like "$kind file: the session and other tables are unharmed" "$out" 'good 2000'
    check "$kind file: VACUUM is no crash" eval "sqlstate 'VACUUM bad_$kind' | grep -qE '^(00000|XX...|58...|0A000|55000)$'"
    is "$kind file: the table can be dropped" "$(sqlstate "DROP TABLE bad_$kind")" 00000
  done
  is "the good table at the end" "$(sql -c 'SELECT count(*) FROM bad_good' -c "SELECT * FROM sqlite_heap_check('bad_good')")" 2000
  sql -c 'DROP TABLE bad_good'
  rm -rf "$WORK"/main/sqlite_heap/*/*.sqlite/
  is "no stray file" "$(stray_files main)" ""
fi
