-- SPDX-License-Identifier: ISC
CREATE TABLE extra (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
INSERT INTO extra(id, text) VALUES (1, 'ümlaut "quoted" \ ?');
