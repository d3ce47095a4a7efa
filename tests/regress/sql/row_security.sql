--
-- Row security, updatable views with CHECK OPTION, column privileges.
--
CREATE SCHEMA row_security_schema;
SET search_path = row_security_schema, public;
GRANT USAGE ON SCHEMA row_security_schema TO regress_tam_other;
CREATE TABLE doc (id int PRIMARY KEY, owner text, secret bool, body text);
INSERT INTO doc VALUES (1, 'regress_tam_other', false, 'mine'), (2, 'someone', false, 'theirs'), (3, 'regress_tam_other', true, 'hidden');
GRANT SELECT, INSERT, UPDATE, DELETE ON doc TO regress_tam_other;
ALTER TABLE doc ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON doc USING (owner = current_user);
CREATE POLICY not_secret ON doc AS RESTRICTIVE USING (NOT secret);
SET ROLE regress_tam_other;
SELECT * FROM doc ORDER BY id;
UPDATE doc SET body = 'changed';
DELETE FROM doc WHERE id = 2;
INSERT INTO doc VALUES (4, 'someone', false, 'x');
INSERT INTO doc VALUES (4, 'regress_tam_other', false, 'x');
UPDATE doc SET owner = 'someone' WHERE id = 4;
INSERT INTO doc VALUES (2, 'regress_tam_other', false, 'conflict') ON CONFLICT (id) DO UPDATE SET body = 'leak';
INSERT INTO doc VALUES (1, 'regress_tam_other', false, 'conflict') ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING *;
MERGE INTO doc d USING (VALUES (1), (2)) s(id) ON d.id = s.id WHEN MATCHED THEN UPDATE SET body = d.body || ' merged' WHEN NOT MATCHED THEN DO NOTHING;
SELECT * FROM doc ORDER BY id FOR UPDATE;
COPY (SELECT * FROM doc ORDER BY id) TO stdout;
SELECT count(*) FROM doc TABLESAMPLE SYSTEM (100);
RESET ROLE;
SELECT * FROM doc ORDER BY id;

CREATE VIEW open_doc AS SELECT id, body FROM doc WHERE NOT secret WITH CHECK OPTION;
UPDATE open_doc SET body = 'through view' WHERE id IN (2, 3);
CREATE VIEW small AS SELECT * FROM doc WHERE id < 100 WITH LOCAL CHECK OPTION;
INSERT INTO small VALUES (200, 'a', false, 'too large');
INSERT INTO small VALUES (20, 'a', false, 'fits');
DELETE FROM small WHERE id = 20;
SELECT * FROM doc ORDER BY id;
