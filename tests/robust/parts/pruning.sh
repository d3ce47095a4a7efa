# A scan prunes rows while a VACUUM is under way that knows nothing of their numbers: the notes about them must stay, as
# their index entries do.
sql -c 'CREATE TABLE pruned_late (id int, v int)' -c 'CREATE INDEX pruned_late_id ON pruned_late (id)' \
  -c 'INSERT INTO pruned_late SELECT g, g FROM generate_series(1, 200) g'
# The lock on the index alone stops the VACUUM after it has looked how far the table goes.
background pruner -c "BEGIN" -c "ALTER INDEX pruned_late_id SET TABLESPACE pg_default" -c "SELECT 'locked'" \
  -c "DO \$\$ BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'pruned_late_id'::regclass) LOOP
          PERFORM pg_sleep(0.02);
        END LOOP;
      END \$\$" \
  -c "SAVEPOINT a" -c "INSERT INTO pruned_late SELECT g, g FROM generate_series(1001, 1300) g" -c "ROLLBACK TO a" \
  -c "SELECT count(*) || ' visible' FROM pruned_late" \
  -c "SELECT sqlite_heap_physical_rows('pruned_late') || ' in the file'" -c "COMMIT"
pruner=$BACKGROUND_PID
wait_for_output pruner locked
check "pruning beyond a VACUUM's limit: VACUUM" sql -c 'VACUUM pruned_late'
wait "$pruner"
like "pruning beyond a VACUUM's limit: the scan has pruned" "$(tr '\n' ' ' <"$WORK/pruner.out")" "200 visible [1-4][0-9][0-9] in the file"
check "pruning beyond a VACUUM's limit: every entry is accounted for" tables_sound
check "pruning beyond a VACUUM's limit: the next VACUUM" sql -c 'VACUUM pruned_late'
check "pruning beyond a VACUUM's limit: every entry is accounted for after it" tables_sound
sql -c 'DROP TABLE pruned_late'
