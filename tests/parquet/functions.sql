-- The functions of parquet_test.c, and where the files of a table are listed. Variable: module.
CREATE TABLE parquet_file (id serial PRIMARY KEY, rel regclass, path text, bytes bigint, rows bigint, first_row bigint,
  last_row bigint, contiguous boolean, statistics bytea, deleted bigint[]);

CREATE FUNCTION parquet_write(regclass, first bigint = 0, step bigint = 1, OUT path text, OUT bytes bigint,
  OUT rows bigint, OUT first_row bigint, OUT last_row bigint, OUT contiguous boolean, OUT statistics bytea)
RETURNS SETOF record LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_write_beside_failure(regclass, OUT path text, OUT bytes bigint,
  OUT rows bigint, OUT first_row bigint, OUT last_row bigint, OUT contiguous boolean, OUT statistics bytea)
RETURNS SETOF record LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_read(anyelement, regclass, int[] = NULL) RETURNS SETOF anyelement LANGUAGE c AS :'module';
CREATE FUNCTION parquet_compare(regclass, first bigint = 0, step bigint = 1) RETURNS bigint LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_compare_projected(regclass) RETURNS bigint LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_compare_rewound(regclass) RETURNS bigint LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_compare_fetched(regclass, first bigint = 0, step bigint = 1, fetches int = 1000)
RETURNS bigint LANGUAGE c STRICT AS :'module';
CREATE FUNCTION parquet_publish(regclass, uuid, text, timestamptz, OUT metadata text, OUT snapshot bigint, OUT created int,
  OUT obsolete int) LANGUAGE c AS :'module';

-- Writes a table anew, as its only files.
CREATE FUNCTION rewrite(rel regclass, first bigint = 0, step bigint = 1) RETURNS bigint LANGUAGE sql AS $$
  DELETE FROM parquet_file f WHERE f.rel = rewrite.rel;
  INSERT INTO parquet_file (rel, path, bytes, rows, first_row, last_row, contiguous, statistics)
    SELECT rewrite.rel, w.* FROM parquet_write(rewrite.rel, rewrite.first, rewrite.step) w;
  SELECT sum(rows)::bigint FROM parquet_file f WHERE f.rel = rewrite.rel;
$$;

-- heap knows no options of Iceberg's: they are put where iceberg tables keep them.
CREATE FUNCTION set_options(rel regclass, VARIADIC options text[]) RETURNS void LANGUAGE sql AS
  'UPDATE pg_class SET reloptions = options WHERE oid = rel';

CREATE FUNCTION root_of(rel regclass) RETURNS text LANGUAGE sql AS $$
  SELECT format('tamarack/%s/%s/%s', CASE reltablespace WHEN 0 THEN dattablespace ELSE reltablespace END, d.oid,
    pg_relation_filenode(c.oid)) FROM pg_class c, pg_database d WHERE c.oid = rel AND datname = current_database() $$;

CREATE FUNCTION data_files(rel regclass) RETURNS bigint LANGUAGE sql AS
  'SELECT count(*) FROM pg_ls_dir(root_of(rel) || ''/data'', true, false) f WHERE f LIKE ''%.parquet''';
