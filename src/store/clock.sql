-- SPDX-License-Identifier: ISC
-- Statements on the newest instant at which something was written.

-- :name clock_see
INSERT INTO clock_seen (id, seen_s) VALUES (1, :now)
ON CONFLICT (id) DO UPDATE SET seen_s = excluded.seen_s;

-- :name clock_seen
SELECT seen_s FROM clock_seen WHERE id = 1;
