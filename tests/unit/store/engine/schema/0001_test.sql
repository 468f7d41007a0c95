-- SPDX-License-Identifier: ISC
-- A small schema of the engine's own tests: "quotes", a \ and ümlaut pass.
CREATE TABLE counter (
    id INTEGER PRIMARY KEY,
    n INTEGER NOT NULL CHECK (n <> 666666),
    note TEXT,
    data BLOB
) STRICT;
CREATE UNIQUE INDEX counter_note ON counter(note) WHERE note IS NOT NULL;

CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    counter_id INTEGER NOT NULL
        REFERENCES counter(id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- What a worker was told is safe: see the test that kills it.
CREATE TABLE ack (
    worker INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    pad BLOB NOT NULL,
    PRIMARY KEY (worker, seq)
) STRICT;

INSERT INTO counter(id, n) VALUES (1, 0);
