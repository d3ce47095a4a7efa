# Deep recursion and exhausted memory end in an ERROR, and the session goes on.

sql_file <<'SQL'
CREATE TABLE deep (id int PRIMARY KEY, v text);
INSERT INTO deep SELECT g, 'v' FROM generate_series(1, 1000) g;
CREATE FUNCTION dive(n int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF n = 0 THEN RETURN (SELECT count(*) FROM deep); END IF;
  RETURN dive(n - 1) + (SELECT count(*) FROM deep WHERE id = n % 1000);
END $$;
CREATE FUNCTION dive_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deep VALUES (NEW.id + 1, 'deeper');
  RETURN NEW;
END $$;
CREATE TRIGGER diving AFTER INSERT ON deep FOR EACH ROW WHEN (NEW.id > 1000000) EXECUTE FUNCTION dive_trigger();
SQL
# session STATEMENT: its SQLSTATE, and what the same session can do after it
session() {
  "$PG_BIN/psql" -X -A -t -q -v VERBOSITY=sqlstate 2>&1 <<SQL | sed -nE 's/^.*(ERROR|FATAL): +([0-9A-Z]{5}).*/\2/p; /^(alive|connection|server)/p' | tr '\n' ' '
SELECT count(*) FROM deep \\g /dev/null
$1
SELECT 'alive ' || count(*) FROM deep;
SQL
}
is "a function that calls itself for ever" "$(session 'SELECT dive(1000000);')" "54001 alive 1000 "
is "a function that calls itself 200 times" "$(session 'SELECT dive(200);')" "alive 1000 "
is "a trigger that fires itself for ever" "$(session "INSERT INTO deep VALUES (1000001, 'down');")" "54001 alive 1000 "
is "an expression too deep" "$(session "SELECT count(*) FROM deep WHERE id = $(seq -s ' + ' 20000);")" "54001 alive 1000 "
is "with the deepest stack that the system allows" "$(session "SET max_stack_depth = '$(($(ulimit -s | sed s/unlimited/8192/) - 1100))kB'; SELECT dive(1000000);")" "54001 alive 1000 "
is "again and again" "$(session 'SELECT dive(1000000); SELECT dive(1000000); SELECT dive(1000000);')" "54001 54001 54001 alive 1000 "
is "in a subtransaction" "$(session "DO \$\$ BEGIN PERFORM dive(1000000); EXCEPTION WHEN statement_too_complex THEN INSERT INTO deep VALUES (5000, 'caught'); END \$\$; DELETE FROM deep WHERE id = 5000;")" "alive 1000 "

# memory
if [ "$AM" != heap ] && [ "$LEVEL" != quick ]; then
  sql -c 'CREATE TABLE two_large (a text, b text)' -c 'ALTER TABLE two_large ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL'
  is "a row that cannot be stored" "$(session "INSERT INTO two_large SELECT repeat('x', 700 * 1024 * 1024), repeat('y', 700 * 1024 * 1024);")" "54000 alive 1000 "
  is "nothing of it is left" "$(sql -c 'SELECT count(*) FROM two_large')" 0
  sql -c 'DROP TABLE two_large'
fi
if [ "$AM" != heap ]; then
  sql -c 'CREATE TABLE heavy (id int, v text)' -c "INSERT INTO heavy SELECT g, repeat('x', 2000) FROM generate_series(1, 20000) g"
  out=$("$PG_BIN/psql" -X -A -t -q -v VERBOSITY=sqlstate 2>&1 <<'SQL'
SET tamarack.java_heap = '16MB';
SELECT count(*) FROM heavy;
UPDATE heavy SET v = v || 'y';
INSERT INTO heavy SELECT g, repeat('z', 3000000) FROM generate_series(1, 20) g;
SELECT count(*) FROM sqlite_heap_storage('heavy');
SELECT * FROM sqlite_heap_check('heavy');
DELETE FROM heavy WHERE id % 2 = 0;
VACUUM heavy;
SELECT 'alive ' || (count(*) > 0) FROM heavy;
SELECT 'limit ' || (heap_limit <= 20 * 1024 * 1024) FROM tamarack_jvm();
SQL
)
  like "a small Java heap is an error at most" "$out" 'limit true$'
  is "a small Java heap: no error but that of memory" "$(grep -E 'ERROR|FATAL|server closed' <<<"$out" | grep -v 53200)" ""
  # a heap that is full: threads and buffers of the virtual machine itself
  out=$("$PG_BIN/psql" -X -A -t -q -v VERBOSITY=sqlstate 2>&1 <<'SQL'
SET tamarack.java_options = '-Xmx3m -XX:MaxMetaspaceSize=2m';
SELECT count(*) FROM heavy;
SELECT count(*) FROM heavy;
SELECT 'session ' || 1;
SQL
)
  like "a Java heap far too small ends in an error, and the session goes on" "$out" 'session 1$'
  wait_for 20 'SELECT true'
  out=$("$PG_BIN/psql" -X -A -t -q -v VERBOSITY=verbose 2>&1 <<'SQL'
SET tamarack.java_options = '-XX:NoSuchOption';
SELECT count(*) FROM heavy;
SELECT 'session ' || 1;
SQL
)
  like "an option that Java does not know is an error" "$out" 'ERROR:.*session 1$'
  out=$("$PG_BIN/psql" -X -A -t -q -v VERBOSITY=verbose 2>&1 <<'SQL'
SET tamarack.runtime_path = '/no/such/java';
SELECT count(*) FROM heavy;
SELECT 'session ' || 1;
SQL
)
  like "a runtime that is not there is an error" "$out" 'ERROR:.*session 1$'
  sql -c 'DROP TABLE heavy'
fi
check "every table is sound" tables_sound
sql -c 'DROP TABLE deep' -c 'DROP FUNCTION dive, dive_trigger'
