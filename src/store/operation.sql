-- SPDX-License-Identifier: ISC
-- Statements for who operates the installation.

-- :name operation_counts
-- Calls: at most so many are kept, since pruning leaves holes in the ids.
SELECT (SELECT count(*) FROM workspace), (SELECT count(*) FROM user),
    (SELECT count(*) FROM api_key), (SELECT count(*) FROM webhook),
    (SELECT count(*) FROM session WHERE ends_s > :now AND seen_s > :idle),
    (SELECT ifnull(max(id), 0) FROM usage_event) -
        (SELECT ifnull(min(id), 1) FROM usage_event) + 1;

-- :name operation_hook
-- Is there a webhook at all?
SELECT 1 FROM webhook LIMIT 1;

-- :name operation_newest
-- When the newest line of the audit log was written.
SELECT at_s FROM audit WHERE seq = (SELECT max(seq) FROM audit);
