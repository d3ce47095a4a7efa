-- Tables of the interoperability test.
CREATE TABLE every_type (
  id int PRIMARY KEY, c_bool boolean, c_int2 smallint, c_int4 int, c_int8 bigint, c_float4 real, c_float8 double precision,
  c_numeric numeric(20, 6), c_date date, c_time time, c_timestamp timestamp, c_timestamptz timestamptz, c_text text,
  c_varchar varchar(40), c_char char(8), c_uuid uuid, c_bytea bytea, c_jsonb jsonb, c_list int[], c_texts text[], c_inet inet
);
INSERT INTO every_type
SELECT g, g % 2 = 0, g - 500, g * 100003, g * 10000000019, g / 7.0, g * 1e100 / 3, g / 3.0, '2000-02-28'::date + g, '00:00'::time + g * interval '71.000001 seconds',
  '1969-12-31 23:59:59.999999'::timestamp + g * interval '1 hour', '1969-12-31 23:59:59.999999+00'::timestamptz + g * interval '1 day',
  CASE g % 3 WHEN 0 THEN '' WHEN 1 THEN 'Zeichen: äöü €' ELSE repeat('x', g) END, 'v' || g, 'c' || g % 10, md5(g::text)::uuid,
  decode(md5(g::text), 'hex'), jsonb_build_object('a', g, 'b', ARRAY[g, NULL]), ARRAY[g, NULL, -g], ARRAY['a' || g, 'b'], ('10.0.0.' || g % 250)::inet
FROM generate_series(1, 1000) g;
INSERT INTO every_type (id) VALUES (0);
INSERT INTO every_type (id, c_int2, c_int4, c_int8, c_numeric, c_list, c_texts) VALUES
  (-1, -32768, -2147483648, -9223372036854775808, -99999999999999.999999, '{}', '{}'),
  (-2, 32767, 2147483647, 9223372036854775807, 99999999999999.999999, '{NULL}', '{"",NULL}');

CREATE TABLE changed (id int PRIMARY KEY, v text);
INSERT INTO changed SELECT g, 'row ' || g FROM generate_series(1, 1000) g;
SELECT iceberg_publish('changed') \gset
DELETE FROM changed WHERE id % 10 = 0;
UPDATE changed SET v = 'changed' WHERE id % 10 = 1;

CREATE SCHEMA "other schema";
CREATE TABLE "other schema".odd (id int, "a column" text, "Quoted" int);
INSERT INTO "other schema".odd VALUES (1, 'one', 1), (2, NULL, 2);

CREATE TABLE many (id bigint, a int, b text);
INSERT INTO many SELECT g, g % 10, 'text ' || g % 1000 FROM generate_series(1, 200000) g;
