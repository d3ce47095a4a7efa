-- The demo's tables: a small library. Everything without USING is in sqlite_heap too, by default_table_access_method.
CREATE EXTENSION pg_sqlite_heap;
SET default_table_access_method = sqlite_heap;

CREATE TABLE author (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);

CREATE TABLE book (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author int NOT NULL REFERENCES author ON DELETE CASCADE,
  title text NOT NULL,
  published int CHECK (published > 0),
  tags text[] NOT NULL DEFAULT '{}',
  details jsonb,
  century int GENERATED ALWAYS AS ((published + 99) / 100) STORED
);
CREATE INDEX ON book USING gin (tags);
CREATE INDEX ON book (published);

-- A table by range, two of whose partitions are SQLite files and one an ordinary heap table.
CREATE TABLE loan (
  book int NOT NULL,
  reader text NOT NULL,
  lent date NOT NULL
) PARTITION BY RANGE (lent);
CREATE TABLE loan_2024 PARTITION OF loan FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE loan_2025 PARTITION OF loan FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE loan_later PARTITION OF loan DEFAULT USING heap;

INSERT INTO author (name) VALUES ('Ada Lovelace'), ('Mary Shelley'), ('Jules Verne');
INSERT INTO book (author, title, published, tags, details) VALUES
  (1, 'Notes on the Analytical Engine', 1843, '{mathematics,machines}', '{"pages": 65}'),
  (2, 'Frankenstein', 1818, '{novel,machines}', '{"pages": 280, "volumes": 3}'),
  (3, 'Twenty Thousand Leagues Under the Seas', 1870, '{novel,sea}', '{"pages": 480}'),
  (3, 'Around the World in Eighty Days', 1873, '{novel}', NULL);
INSERT INTO loan
  SELECT 1 + n % 4, 'reader ' || n % 7, date '2024-01-01' + n FROM generate_series(0, 999) n;

CREATE MATERIALIZED VIEW popular AS
  SELECT title, count(*) AS loans FROM book JOIN loan ON loan.book = book.id GROUP BY title;

ANALYZE;
