-- A table with a column of every type, domains, arrays and rows of them, and with the values that are easily lost.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE mood AS ENUM ('sad', 'it''s', 'very, "happy"', '');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN short_name AS varchar(20) NOT NULL;
CREATE DOMAIN numbers AS int[];
CREATE TYPE pair AS (a int, b text);
CREATE TYPE deep AS (p pair, t text[], "odd name" float8);
CREATE TYPE mixed AS (m mood, n numeric, i interval);
CREATE DOMAIN pair_domain AS pair;
CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE every_type AS
SELECT i AS id,
  i % 2 = 0 AS c_bool,
  (CASE i % 5 WHEN 0 THEN -32768 WHEN 1 THEN 32767 ELSE i % 1000 END)::int2 AS c_int2,
  (CASE i % 7 WHEN 0 THEN -2147483648 WHEN 1 THEN 2147483647 ELSE i END)::int4 AS c_int4,
  (CASE i % 7 WHEN 0 THEN -9223372036854775808 WHEN 1 THEN 9223372036854775807 ELSE i * 1000000007::int8 END)::int8 AS c_int8,
  (CASE i % 11 WHEN 0 THEN 4294967295 ELSE i END)::int8::oid AS c_oid,
  (CASE i % 3 WHEN 0 THEN 'pg_class' ELSE 'pg_type' END)::regclass AS c_regclass,
  'int4'::regtype AS c_regtype, i::text::xid AS c_xid, i::text::xid8 AS c_xid8, i::text::cid AS c_cid,
  format('(%s,%s)', i, i % 100)::tid AS c_tid, '16/B374D848'::pg_lsn + i AS c_lsn,
  (CASE i % 9 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN '-0' WHEN 4 THEN '1e-45'
    ELSE (i / 7.0)::text END)::float4 AS c_float4,
  (CASE i % 9 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN '-0' WHEN 4 THEN '5e-324'
    ELSE (i / 7.0)::text END)::float8 AS c_float8,
  (CASE i % 8 WHEN 0 THEN 'NaN' WHEN 1 THEN '99999999.99' WHEN 2 THEN '-99999999.99' WHEN 3 THEN '0.00' ELSE (i / 8.0)::text END)::numeric(10,2) AS c_numeric10,
  (CASE i % 8 WHEN 0 THEN 'NaN' WHEN 1 THEN '99999999999999999999999999.999999999999' WHEN 2 THEN '-0.000000000001' ELSE (i * 12345678901234567::numeric)::text END)::numeric(38,12) AS c_numeric38,
  (CASE i % 8 WHEN 0 THEN 'NaN' WHEN 1 THEN '123456789012345' ELSE i::text END)::numeric(15,0) AS c_numeric15,
  (i * 1000)::numeric(5,-3) AS c_numeric_negative, (i / 1000000.0)::numeric(3,5) AS c_numeric_small,
  (i * 1e30)::numeric(60,4) AS c_numeric60,
  (CASE i % 8 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN '1e1000' WHEN 4 THEN '0.000' WHEN 5 THEN '1.10' ELSE (i / 3.0)::text END)::numeric AS c_numeric,
  (CASE i % 8 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '4713-01-01 BC' WHEN 3 THEN '5874897-12-31' ELSE (date '2000-01-01' + i)::text END)::date AS c_date,
  (CASE i % 8 WHEN 0 THEN '24:00' WHEN 1 THEN '23:59:59.999999' ELSE (time '00:00' + i * interval '1.000001 second')::text END)::time AS c_time,
  (CASE i % 8 WHEN 0 THEN '24:00+15:59' WHEN 1 THEN '00:00:00.000001-15:59:59' ELSE '12:34:56.789+02:30' END)::timetz AS c_timetz,
  (CASE i % 8 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '4714-11-24 00:00:00 BC' WHEN 3 THEN '294276-12-31 23:59:59.999999' WHEN 4 THEN '294247-01-10 04:00:54.775807' ELSE (timestamp '2024-01-01' + i * interval '1 hour 0.000001 second')::text END)::timestamp AS c_timestamp,
  (CASE i % 8 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' WHEN 2 THEN '4714-11-24 00:00:00+00 BC' WHEN 3 THEN '294276-12-31 23:59:59.999999+00' ELSE '2024-07-01 12:00:00+02' END)::timestamptz AS c_timestamptz,
  (CASE i % 5 WHEN 0 THEN '-178000000 years' WHEN 1 THEN '1 mon -1 day 00:00:00.000001' WHEN 2 THEN '-1 mon 1 day -23:59:59.5' ELSE i || ' minutes' END)::interval AS c_interval,
  interval '3 days 04:05:06.789' * (i % 10) AS c_interval_plain,
  md5(i::text)::uuid AS c_uuid,
  CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN repeat('x', i % 3000) WHEN 2 THEN 'ä€😀' || i ELSE 'text ' || i % 50 END AS c_text,
  ('v' || i % 100)::varchar(10) AS c_varchar, ('c' || i % 10)::char(12) AS c_bpchar, (chr(97 + i % 26))::"char" AS c_char,
  ('n' || i)::name AS c_name, (CASE WHEN i % 2 = 0 THEN 'Abc' ELSE 'abc' END)::citext AS c_citext,
  decode(md5(i::text) || '00ff', 'hex') AS c_bytea,
  format('{"b": %s, "a": [1, 2.50, null], "a": 1}', i)::json AS c_json,
  format('{"b": %s, "a": [1, 2.50, null, "\u00e4"]}', i)::jsonb AS c_jsonb,
  xmlparse(document format('<?xml version="1.0"?><a b="%s">x</a>', i)) AS c_xml, '$.a[*] ? (@ > 1)'::jsonpath AS c_jsonpath,
  (i % 16)::bit(4) AS c_bit, (CASE i % 3 WHEN 0 THEN '' ELSE (i::bit(20))::text END)::varbit AS c_varbit,
  ('10.' || i % 256 || '.0.1/24')::inet AS c_inet, ('10.' || i % 256 || '.0.0/16')::cidr AS c_cidr,
  '08:00:2b:01:02:03'::macaddr AS c_macaddr, '08:00:2b:01:02:03:04:05'::macaddr8 AS c_macaddr8,
  point(i / 3.0, -0.0) AS c_point, lseg(point(0, i), point(1.1, 2)) AS c_lseg, box(point(0, i), point(1, 2)) AS c_box,
  path '((0,0),(1,1.1),(2,0))' AS c_path, polygon '((0,0),(1,1),(2,0))' AS c_polygon, circle(point(0, i), 1.0 / 3) AS c_circle,
  line '{1,-1,0.1}' AS c_line, (i * 1.01)::numeric::money AS c_money,
  to_tsvector('simple', 'the quick brown fox ' || i) AS c_tsvector, 'fat & (rat | !cat:ab)'::tsquery AS c_tsquery,
  int4range(i, i + 10) AS c_int4range, numrange(i / 2.0, NULL, '(]') AS c_numrange, 'empty'::daterange AS c_daterange,
  tstzrange('2024-01-01 00:00+05', 'infinity', '[]') AS c_tstzrange, text_range('a', 'b,"' || i) AS c_text_range,
  int4multirange(int4range(1, 5), int4range(7, 9 + i)) AS c_multirange,
  (enum_range(NULL::mood))[i % 4 + 1] AS c_enum, (i + 1)::positive AS c_domain, ('s' || i % 10)::short_name AS c_short_name,
  hstore('k"' || i, 'v\') || 'n=>NULL' AS c_hstore,
  ARRAY[i, NULL, -i] AS c_ints, '{}'::int[] AS c_no_ints, ARRAY[[i, 1], [2, 3]] AS c_matrix, '[-1:1]={1,2,3}'::int[] AS c_bounds,
  ARRAY['a', NULL, '', repeat('y', i % 300)] AS c_texts, ARRAY[i::numeric(10,2), 'NaN'] AS c_numerics_plain,
  ARRAY[i, 1.25]::numeric(12,2)[] AS c_numerics, ARRAY[timestamp 'infinity', timestamp '2024-01-01'] AS c_timestamps,
  ARRAY[md5(i::text)::uuid] AS c_uuids, ARRAY['sad', '']::mood[] AS c_moods, ARRAY[1, i]::positive[] AS c_domains,
  ARRAY[1, 2, i]::numbers AS c_array_domain, ARRAY['pg_class'::regclass] AS c_regclasses, '1 2 3'::int2vector AS c_int2vector,
  '1 2'::oidvector AS c_oidvector, ARRAY[true, NULL] AS c_bools, ARRAY['2024-01-01'::date, 'infinity'] AS c_dates,
  ARRAY['\x00ff'::bytea, ''] AS c_byteas, ARRAY[1.5::float4, 'NaN'] AS c_float4s, ARRAY['"'::"char"] AS c_chars,
  ROW(i, 'pair' || i % 10)::pair AS c_pair, ROW(NULL, NULL)::pair AS c_null_pair, ROW(1, 'd')::pair_domain AS c_pair_domain,
  ROW(ROW(i, NULL), ARRAY['x', repeat('z', i % 200)], 1.5)::deep AS c_deep, ARRAY[ROW(i, 'x')::pair, NULL] AS c_pairs,
  ROW('sad', i / 3.0, '1 day 2 hours')::mixed AS c_mixed, ARRAY[ROW(1, 'd')::pair_domain] AS c_pair_domains,
  CASE WHEN i % 2 = 0 THEN i END AS c_half, NULL::text AS c_null_text, NULL::int[] AS c_null_ints, 'constant' AS c_constant
FROM generate_series(1, 5000) i;

-- Each column null in other rows.
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT attname, attnum FROM pg_attribute WHERE attrelid = 'every_type'::regclass AND attnum > 1
    AND attname <> 'c_short_name' LOOP
    EXECUTE format('UPDATE every_type SET %I = NULL WHERE id %% 13 = %s', c.attname, c.attnum % 13);
  END LOOP;
END $$;
VACUUM FULL every_type;
