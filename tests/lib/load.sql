-- The tables of the load (load.c) and what must hold among them in every snapshot. Whatever a transaction of the load
-- changes, it writes into the journal too, so the journal tells what all the other tables must hold.

CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE own (session int, k int, v bigint, payload text, PRIMARY KEY (session, k));
CREATE INDEX own_v ON own (v);
CREATE TABLE counter (k int PRIMARY KEY, n bigint NOT NULL);
CREATE TABLE queue (id int PRIMARY KEY);
CREATE TABLE uniq (k int PRIMARY KEY, session int);
CREATE TABLE journal (session int, serial bigint, step int, kind "char", a int, b int, amount bigint,
  PRIMARY KEY (session, serial, step));
CREATE INDEX journal_kind ON journal (kind, a);
CREATE TABLE client_log (session int, serial bigint, outcome "char") USING heap;

INSERT INTO account SELECT g, 1000 FROM generate_series(1, 40) g;
INSERT INTO queue SELECT generate_series(1, 3000);

CREATE VIEW problems AS
-- T: amount went from account a to account b
SELECT format('account %s has %s, the journal says %s', id, balance, 1000 + coalesce(sum, 0)) AS problem
  FROM account LEFT JOIN (SELECT id, sum(amount) FROM (SELECT a AS id, -amount AS amount FROM journal WHERE kind = 'T'
      UNION ALL SELECT b, amount FROM journal WHERE kind = 'T') m GROUP BY id) s USING (id)
  WHERE balance <> 1000 + coalesce(sum, 0)
UNION ALL
SELECT format('%s accounts with %s in all', count(*), sum(balance)) FROM account HAVING count(*) <> 40 OR sum(balance) <> 40000
UNION ALL
-- U: one more for counter a
SELECT format('counter %s has %s, the journal says %s', k, c.n, j.n)
  FROM counter c FULL JOIN (SELECT a AS k, count(*) AS n FROM journal WHERE kind = 'U' GROUP BY a) j USING (k)
  WHERE c.n IS DISTINCT FROM j.n
UNION ALL
-- Q: entry a taken from the queue
SELECT format('entry %s of the queue: %s times there, %s times taken', id, q.n, j.n)
  FROM (SELECT id, count(*) AS n FROM queue GROUP BY id) q FULL JOIN (SELECT a AS id, count(*) AS n FROM journal WHERE kind = 'Q' GROUP BY a) j USING (id)
  WHERE coalesce(q.n, 0) + coalesce(j.n, 0) <> 1
UNION ALL
SELECT format('%s entries of the queue, there or taken', n)
  FROM (SELECT (SELECT count(*) FROM queue) + (SELECT count(*) FROM journal WHERE kind = 'Q') AS n) s WHERE n <> 3000
UNION ALL
-- W: own row a written with value amount; D: own row a deleted
SELECT format('own row %s of session %s is %s, the journal says %s', k, session, o.v, j.v)
  FROM own o FULL JOIN (SELECT * FROM (SELECT DISTINCT ON (session, a) session, a AS k, kind, amount AS v FROM journal
    WHERE kind IN ('W', 'D') ORDER BY session, a, serial DESC, step DESC) l WHERE kind = 'W') j USING (session, k)
  WHERE o.v IS DISTINCT FROM j.v OR o.payload <> repeat(md5(o.v::text), (o.v % 40)::int)
UNION ALL
-- I: unique key a inserted; X: deleted
SELECT format('key %s: %s times there, %s inserted less deleted', k, u.n, j.n)
  FROM (SELECT k, count(*) AS n FROM uniq GROUP BY k) u
  FULL JOIN (SELECT a AS k, sum(CASE kind WHEN 'I' THEN 1 ELSE -1 END) AS n FROM journal WHERE kind IN ('I', 'X') GROUP BY a) j USING (k)
  WHERE coalesce(u.n, 0) <> coalesce(j.n, 0) OR u.n > 1
UNION ALL
SELECT format('journal entry %s %s %s is there %s times', session, serial, step, count(*)) FROM journal
  GROUP BY session, serial, step HAVING count(*) > 1;

-- What the clients know against what is there: C committed, R rolled back, U the answer to COMMIT was lost.
CREATE VIEW lost_or_risen AS
SELECT format('transaction %s of session %s was committed and is not there', serial, session) AS problem
  FROM client_log l WHERE outcome = 'C' AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.session = l.session AND j.serial = l.serial)
UNION ALL
SELECT format('transaction %s of session %s was rolled back and is there', serial, session)
  FROM client_log l WHERE outcome = 'R' AND EXISTS (SELECT 1 FROM journal j WHERE j.session = l.session AND j.serial = l.serial)
UNION ALL
SELECT format('transaction %s of session %s is in no client''s log', serial, session)
  FROM journal j WHERE NOT EXISTS (SELECT 1 FROM client_log l WHERE j.session = l.session AND j.serial = l.serial) GROUP BY session, serial;

-- the rows of a table by its index and by a sequential scan, compared as sets of TIDs and keys
CREATE FUNCTION index_problems() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  i record;
  by_index text;
  by_scan text;
BEGIN
  FOR i IN SELECT c.oid::regclass AS tab, x.indexrelid::regclass AS idx, a.attname AS col,
      (SELECT string_agg(quote_ident(k.attname), ', ' ORDER BY k.attnum) FROM pg_attribute k WHERE k.attrelid = x.indexrelid) AS cols
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND x.indisvalid AND x.indpred IS NULL LOOP
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
    EXECUTE format('SELECT count(*) || '' rows '' || coalesce(md5(string_agg(s::text, '','' ORDER BY s::text)), '''') FROM (SELECT ctid, %3$s FROM %1$s WHERE %2$I IS NOT NULL ORDER BY %2$I OFFSET 0) s',
      i.tab, i.col, i.cols) INTO by_index;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_indexscan = off;
    SET LOCAL enable_indexonlyscan = off;
    SET LOCAL enable_sort = on;
    EXECUTE format('SELECT count(*) || '' rows '' || coalesce(md5(string_agg(s::text, '','' ORDER BY s::text)), '''') FROM (SELECT ctid, %3$s FROM %1$s WHERE %2$I IS NOT NULL OFFSET 0) s',
      i.tab, i.col, i.cols) INTO by_scan;
    SET LOCAL enable_indexscan = on;
    SET LOCAL enable_indexonlyscan = on;
    SET LOCAL enable_bitmapscan = on;
    IF by_index <> by_scan THEN
      RETURN NEXT format('index %s of %s gives %s, the table %s', i.idx, i.tab, by_index, by_scan);
    END IF;
  END LOOP;
END $$;
