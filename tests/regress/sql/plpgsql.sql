--
-- PL/pgSQL: exception blocks, loops over queries, procedures that commit.
--
CREATE SCHEMA plpgsql_blocks;
SET search_path = plpgsql_blocks, public;
CREATE TABLE t (id int PRIMARY KEY, v text NOT NULL);

CREATE FUNCTION put(i int, s text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plpgsql_blocks.t VALUES (i, s);
  RETURN 'inserted';
EXCEPTION
  WHEN unique_violation THEN
    UPDATE plpgsql_blocks.t SET v = s WHERE id = i;
    RETURN 'updated, ' || SQLSTATE;
  WHEN not_null_violation THEN
    RETURN 'refused, ' || SQLSTATE;
END $$;
SELECT put(1, 'a');
SELECT put(1, 'b');
SELECT put(2, NULL);
SELECT put(g % 5, g::text) FROM generate_series(10, 20) g;
SELECT * FROM t ORDER BY id;

-- blocks within blocks; the inner's work goes, the outer's stays
DO $$
DECLARE
  n int;
BEGIN
  INSERT INTO t VALUES (100, 'outer');
  BEGIN
    INSERT INTO t VALUES (101, 'middle');
    BEGIN
      INSERT INTO t VALUES (102, 'inner');
      DELETE FROM t WHERE id = 100;
      SELECT count(*) INTO n FROM t WHERE id >= 100;
      RAISE NOTICE 'inside: %', n;
      PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN
      SELECT count(*) INTO n FROM t WHERE id >= 100;
      RAISE NOTICE 'after the inner: %', n;
    END;
    INSERT INTO t VALUES (103, 'after');
    RAISE EXCEPTION 'enough' USING ERRCODE = 'P0042';
  EXCEPTION WHEN SQLSTATE 'P0042' THEN
    SELECT count(*) INTO n FROM t WHERE id >= 100;
    RAISE NOTICE 'after the middle: %', n;
  END;
END $$;
SELECT * FROM t WHERE id >= 100 ORDER BY id;

-- a loop over a table that its body changes
DO $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT * FROM t LOOP
    UPDATE t SET v = v || '+' WHERE id = r.id;
    INSERT INTO t VALUES (r.id + 1000, 'copy') ON CONFLICT DO NOTHING;
  END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE v LIKE '%+') AS plus, count(*) FILTER (WHERE v = 'copy') AS copies FROM t;

-- cursor loops with WHERE CURRENT OF
DO $$
DECLARE
  c CURSOR FOR SELECT * FROM t WHERE id >= 1000 ORDER BY id FOR UPDATE;
BEGIN
  FOR r IN c LOOP
    IF r.id % 2 = 0 THEN
      DELETE FROM t WHERE CURRENT OF c;
    ELSE
      UPDATE t SET v = 'odd' WHERE CURRENT OF c;
    END IF;
  END LOOP;
END $$;
SELECT v, count(*) FROM t WHERE id >= 1000 GROUP BY v;

-- procedures that commit and roll back while a loop's query is open
CREATE PROCEDURE churn() LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT id FROM plpgsql_blocks.t ORDER BY id LOOP
    INSERT INTO plpgsql_blocks.t VALUES (r.id + 5000, 'churned');
    IF r.id % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;
  END LOOP;
END $$;
CALL churn();
SELECT id FROM t WHERE v = 'churned' ORDER BY id;

-- GET DIAGNOSTICS, RETURNING INTO, dynamic SQL
DO $$
DECLARE
  n bigint;
  got text;
BEGIN
  UPDATE t SET v = 'u' WHERE id < 5;
  GET DIAGNOSTICS n = ROW_COUNT;
  DELETE FROM t WHERE id = 1 RETURNING v INTO got;
  RAISE NOTICE '% rows, %', n, got;
  EXECUTE 'SELECT count(*) FROM plpgsql_blocks.t WHERE id = $1' INTO n USING 1;
  RAISE NOTICE 'left: %', n;
END $$;

-- an error from far below keeps its words
CREATE FUNCTION strict_put(i int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  m text; d text; c text; s text; tn text; cn text;
BEGIN
  INSERT INTO plpgsql_blocks.t VALUES (i, 'x');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, s = RETURNED_SQLSTATE, tn = TABLE_NAME, cn = CONSTRAINT_NAME;
  RAISE NOTICE '% | % | % | % | %', s, m, d, tn, cn;
END $$;
SELECT strict_put(2);
SELECT index_agrees('t', 'id');
