-- SPDX-License-Identifier: ISC
-- Migration 3: what the pages about limits and requests need.

-- What becomes of a reservation that nobody settles, and how many months of
-- events are kept, stand in workspace since the start: reserve_ends,
-- event_months.

-- A form sends the version that it saw: who comes late is told so.
ALTER TABLE limit_rule ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Links that ended long ago are forgotten.
CREATE INDEX once_link_end ON once_link(ends_s);
