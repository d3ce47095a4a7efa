--
-- The server, and which access method tables get in it.
--
SELECT amtype, amhandler <> 0 AS has_handler FROM pg_am WHERE amname = current_setting('default_table_access_method');
CREATE TABLE which_method (a int);
SELECT a.amname = current_setting('default_table_access_method') AS is_default
  FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relname = 'which_method';
DROP TABLE which_method;

-- what several files use
CREATE ROLE regress_tam_owner;
CREATE ROLE regress_tam_other;
CREATE FUNCTION raise_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% % % on %: old %, new %', TG_NAME, TG_WHEN, TG_OP, TG_RELNAME, OLD, NEW;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- true when an index scan over all of an index finds as many rows as a sequential scan
CREATE FUNCTION index_agrees(tab regclass, col text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  by_index bigint;
  by_scan bigint;
BEGIN
  SET LOCAL enable_seqscan = off;
  SET LOCAL enable_bitmapscan = off;
  EXECUTE format('SELECT count(*) FROM (SELECT %1$I FROM %2$s WHERE %1$I IS NOT NULL ORDER BY %1$I) s', col, tab) INTO by_index;
  SET LOCAL enable_seqscan = on;
  SET LOCAL enable_indexscan = off;
  SET LOCAL enable_indexonlyscan = off;
  EXECUTE format('SELECT count(%1$I) FROM %2$s', col, tab) INTO by_scan;
  SET LOCAL enable_indexscan = on;
  SET LOCAL enable_indexonlyscan = on;
  SET LOCAL enable_bitmapscan = on;
  RETURN by_index = by_scan;
END $$;
