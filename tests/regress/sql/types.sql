--
-- Every kind of type goes in and comes out as it was.
--
CREATE SCHEMA types;
SET search_path = types, public;
SET timezone = 'UTC';
SET extra_float_digits = 1;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN words AS text[] CHECK (array_length(VALUE, 1) < 5);

CREATE TABLE all_types (
  id int, c_bool bool, c_char "char", c_name name, c_int2 int2, c_int4 int4, c_int8 int8, c_float4 float4, c_float8 float8,
  c_numeric numeric, c_numeric_mod numeric(10,2), c_money money, c_text text, c_varchar varchar(10), c_bpchar char(5),
  c_bytea bytea, c_date date, c_time time, c_timetz timetz, c_timestamp timestamp, c_timestamptz timestamptz(3),
  c_interval interval, c_uuid uuid, c_json json, c_jsonb jsonb, c_xml text, c_inet inet, c_cidr cidr, c_macaddr macaddr,
  c_macaddr8 macaddr8, c_bit bit(5), c_varbit varbit, c_point point, c_line line, c_lseg lseg, c_box box, c_path path,
  c_polygon polygon, c_circle circle, c_tsvector tsvector, c_tsquery tsquery, c_int4range int4range, c_tsrange tsrange,
  c_multirange nummultirange, c_oid oid, c_regclass regclass, c_tid tid, c_xid xid, c_xid8 xid8, c_pg_lsn pg_lsn,
  c_enum mood, c_composite pair, c_domain positive, c_domain_array words, c_int_array int[], c_text_array text[][],
  c_composite_array pair[], c_snapshot pg_snapshot, c_bool2 bool);

INSERT INTO all_types VALUES (
  1, true, 'c', 'a name', -32768, -2147483648, -9223372036854775808, 1.5, 2.718281828459045,
  12345678901234567890.123456789, 99999999.99, 12.34, 'text', 'varchar', 'bp',
  '\xdeadbeef', '2026-02-28', '23:59:59.999999', '12:00+02', '2026-02-28 12:34:56.789', '2026-02-28 12:34:56.7894+01',
  '1 year 2 mons 3 days 04:05:06', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" : 1}', '{"b": [1, 2, null]}', '<x/>',
  '192.168.1.5/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'110', '(1,2)', '{1,2,3}',
  '[(0,0),(1,1)]', '(1,1),(0,0)', '((0,0),(1,1),(2,0))', '((0,0),(1,1),(2,0))', '<(0,0),5>', 'a fat cat', 'fat & cat',
  '[1,5)', '[2026-01-01,2026-02-01)', '{[1,2),[3,4)}', 42, 'pg_class', '(7,8)', '99', '9999999999', '16/B374D848',
  'happy', '(1,one)', 5, '{a,b}', '{1,NULL,3}', '{{a,b},{c,d}}', '{"(1,x)","(2,)"}', '10:20:10,14,15', false);
INSERT INTO all_types (id) VALUES (2);
INSERT INTO all_types VALUES (
  3, false, '', '', 32767, 2147483647, 9223372036854775807, 'NaN', '-Infinity', 'NaN', -0.01, -1, '', '', '',
  '', 'infinity', '00:00', '00:00-12', '-infinity', 'infinity', '-1 us', '00000000-0000-0000-0000-000000000000', 'null',
  'null', '', '::1', '::/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', B'00000', B'', '(NaN,Infinity)', '{0,1,0}',
  '[(1,1),(1,1)]', '(0,0),(0,0)', '[(0,0)]', '((0,0))', '<(0,0),0>', '', '', 'empty', '(,)', '{}', 0, '-', '(0,1)', '3',
  '3', '0/0', 'sad', '(,)', 1, '{}', '{}', '{}', '{}', '1:1:', true);
\x on
SELECT * FROM all_types ORDER BY id;
\x off

-- values survive an update of their neighbours, a deletion and a rewrite
CREATE TABLE before AS SELECT * FROM all_types;
UPDATE all_types SET c_bool2 = NULL, c_text = c_text || '!';
UPDATE all_types SET c_bool2 = b.c_bool2, c_text = b.c_text FROM before b WHERE b.id = all_types.id;
SELECT count(*) AS same FROM all_types a JOIN before b ON a.id = b.id AND a::text = b::text;
VACUUM FULL all_types;
SELECT count(*) AS same FROM all_types a JOIN before b ON a.id = b.id AND a::text = b::text;
ALTER TABLE all_types ALTER c_int2 TYPE int8;
SELECT count(*) AS same FROM all_types a JOIN before b ON a.id = b.id AND a::text = b::text;

-- alignment: every order of widths, with and without nulls before them
CREATE TABLE align (a "char", b int8, c "char", d int2, e "char", f text, g int4, h text, i int8, j bool, k tid, l "char", m uuid, n name, o "char");
INSERT INTO align SELECT 'a', g, 'b', g, 'c', repeat('t', g % 200), g, repeat('u', (g * 7) % 300), -g, true, format('(%s,1)', g)::tid, 'd',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'n' || g, 'e' FROM generate_series(1, 1000) g;
INSERT INTO align SELECT CASE WHEN g & 1 = 0 THEN a END, CASE WHEN g & 2 = 0 THEN b END, CASE WHEN g & 4 = 0 THEN c END, CASE WHEN g & 8 = 0 THEN d END,
  CASE WHEN g & 16 = 0 THEN e END, CASE WHEN g & 32 = 0 THEN f END, CASE WHEN g & 64 = 0 THEN g END, CASE WHEN g & 128 = 0 THEN h END,
  CASE WHEN g & 256 = 0 THEN i END, j, CASE WHEN g & 512 = 0 THEN k END, l, m, n, o FROM align;
SELECT count(*), count(a), count(b), count(c), count(d), count(e), count(f), count(g), count(h), count(i), count(k),
  sum(b), sum(d), sum(length(f)), sum(g), sum(length(h)), sum(i) FROM align;
SELECT md5(string_agg(align::text, ',' ORDER BY align::text)) FROM align;

-- only the columns a query needs are taken, the last ones too
SELECT count(DISTINCT n), min(o), max(m::text) FROM align;
SELECT count(*) FROM align WHERE o = 'e' AND l = 'd';

-- fixed width by reference, short and long varlena headers around the limits
CREATE TABLE lengths (n int, t text, b bytea);
ALTER TABLE lengths ALTER t SET STORAGE EXTERNAL;
INSERT INTO lengths SELECT g, repeat('q', g), decode(repeat('ab', g), 'hex')
  FROM unnest('{0,1,2,125,126,127,128,129,254,255,256,1999,2000,2031,2032,2033,4095,8000,8160,8191,8192,8193,16384,65535,65536,100000}'::int[]) g;
SELECT n, length(t) = n AS t_ok, length(b) = n AS b_ok, t = repeat('q', n) AS t_same, md5(b) = md5(decode(repeat('ab', n), 'hex')) AS b_same FROM lengths ORDER BY n;

-- expanded and composite values from PL/pgSQL
DO $$
DECLARE
  arr int[] := '{}';
  rec all_types;
BEGIN
  FOR i IN 1..100 LOOP arr := arr || i; END LOOP;
  INSERT INTO all_types (id, c_int_array) VALUES (10, arr);
  SELECT * INTO rec FROM all_types WHERE id = 10;
  rec.id := 11;
  INSERT INTO all_types SELECT rec.*;
END $$;
SELECT id, array_length(c_int_array, 1), c_int_array[100] FROM all_types WHERE id >= 10 ORDER BY id;

-- a value that fails a domain or a length never gets in
INSERT INTO all_types (id, c_domain) VALUES (20, -1);
INSERT INTO all_types (id, c_varchar) VALUES (20, 'longer than ten');
INSERT INTO all_types (id, c_enum) VALUES (20, 'none');
SELECT count(*) FROM all_types WHERE id = 20;
