# sqlite_heap_check finds what is wrong with a file, its rows and its indexes, and says nothing about a sound table.

if [ "$AM" = heap ]; then
  skip "check" "heap has no files of ours"
elif ! command -v sqlite3 >/dev/null; then
  skip "check" "no sqlite3 to do damage with"
else
  sql_file <<'SQL'
CREATE TABLE checked (id int PRIMARY KEY, label text, list int[], span int4range, place point);
CREATE INDEX checked_hash ON checked USING hash (label);
CREATE INDEX checked_gin ON checked USING gin (list);
CREATE INDEX checked_gist ON checked USING gist (span);
CREATE INDEX checked_spgist ON checked USING spgist (place);
CREATE INDEX checked_brin ON checked USING brin (id);
CREATE INDEX checked_part ON checked (label) WHERE id % 2 = 0;
CREATE INDEX checked_expr ON checked (lower(label));
INSERT INTO checked SELECT g, 'label ' || g, ARRAY[g, g + 1], int4range(g, g + 9), point(g, g) FROM generate_series(0, 199) g;
UPDATE checked SET label = NULL, list = NULL, span = NULL WHERE id % 10 = 0;
DELETE FROM checked WHERE id >= 190;
SQL
  is "a table with indexes of every kind is sound" "$(sql -c "SELECT * FROM sqlite_heap_check('checked')")" ""
  sql -c 'VACUUM checked'
  is "after VACUUM, too" "$(sql -c "SELECT * FROM sqlite_heap_check('checked')")" ""
  checked=$(sql -c "SELECT sqlite_heap_file_path('checked')")
  cluster_stop main
  sqlite3 "$checked" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  cp "$checked" "$WORK/checked.sound"

  # restore: the file as it was
  restore() {
    rm -f "$checked"*
    cp "$WORK/checked.sound" "$checked"
    give_to_pg "$checked"
  }

  # problems NAME REGEX SQL: what the check says after SQL has changed the file
  problems() {
    restore
    sqlite3 "$checked" "$3" >/dev/null || fail "$1: no damage done"
    give_to_pg "$checked"*
    cluster_start main
    like "$1" "$(sql -c "SELECT * FROM sqlite_heap_check('checked')")" "$2"
    cluster_stop main
  }

  for index in checked_pkey checked_gin checked_gist checked_spgist checked_expr; do
    problems "a lost row: $index" "index \"$index\": an entry without row 7 \(ctid \(0,8\)\)" 'DELETE FROM row_version WHERE rowid = 7'
  done
  for index in checked_pkey checked_hash checked_gin checked_gist checked_spgist checked_part checked_expr; do
    problems "a row without entry: $index" "index \"$index\": no entry for row 195 \(ctid \(0,196\)\)" \
      'UPDATE row_version SET rowid = 195 WHERE rowid = 8'
  done
  problems "a row beyond the limit" '^row 900000 is beyond the row limit [0-9]+$' \
    'INSERT INTO row_version SELECT 900000, version FROM row_version WHERE rowid = 7'
  problems "an xid of the future" '^row 7: xmin 281474976710655 is in the future$' \
    "UPDATE row_version SET version = CAST(x'FFFFFFFFFFFF' || substr(version, 7) AS blob) WHERE rowid = 7"
  problems "a header that is too short" '^row 7: its header is not 24 bytes$' \
    "UPDATE row_version SET version = x'00' WHERE rowid = 7"
  problems "a tuple that is too short" '^row 7: column "label" reaches beyond the end of the row$' \
    'UPDATE row_version SET version = CAST(substr(version, 1, 32) AS blob) WHERE rowid = 7'
  problems "more columns than the table has" '^row 7: has 9 columns, the table 5$' \
    "UPDATE row_version SET version = CAST(substr(version, 1, 24) || x'0900' || substr(version, 27) AS blob) WHERE rowid = 7"
  problems "a missing table" '^table large_tuple is missing$' 'DROP TABLE large_tuple'
  restore
  cluster_start main
  is "a sound file again" "$(sql -c "SELECT * FROM sqlite_heap_check('checked')")" ""
  sql -c 'DROP TABLE checked'
fi
