-- SPDX-License-Identifier: ISC
-- Statements of the engine's own tests.

-- :name counter_insert
INSERT INTO counter(n, note, data) VALUES (:n, :note, :data);

-- :name counter_insert_returning
INSERT INTO counter(n) VALUES (:n) RETURNING id;

-- :name counter_add
UPDATE counter SET n = n + :by WHERE id = :id;

-- :name counter_add_all
UPDATE counter SET n = n + :by;

-- :name counter_get
SELECT n, note, data FROM counter WHERE id = :id;

-- :name counter_list
SELECT id, n FROM counter ORDER BY id;

-- :name counter_read
-- two at once: see the tests of nested statements
SELECT n, 'a "quoted" \ and a ??/ mark' FROM counter
WHERE id = :id; -- with a comment behind

-- :name child_insert
INSERT INTO child(counter_id) VALUES (:counter);

-- :name ack_insert
INSERT INTO ack(worker, seq, pad) VALUES (:worker, :seq, zeroblob(:bytes));

-- :name ack_last
SELECT max(seq), count(*) FROM ack WHERE worker = :worker;

-- :name ack_delete
DELETE FROM ack WHERE worker = :worker AND seq <= :seq;

-- :name extra_text
SELECT text FROM extra WHERE id = 1;

-- :name slow
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :n)
SELECT count(*) FROM c;

-- :name slow_write
UPDATE counter SET n = (
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :n)
    SELECT count(*) FROM c)
WHERE id = 1;
