-- SPDX-License-Identifier: ISC
-- Statements on reports of leaked keys.

-- :name leak_suspend
-- By its current secret; one that is suspended already stays as it is.
UPDATE api_key SET suspended_s = :now, suspended_why = 'leaked',
    updated_s = :now, version = version + 1
WHERE id = :key AND revoked_s IS NULL AND suspended_s IS NULL
    AND EXISTS (SELECT 1 FROM key_secret s
        WHERE s.id = :secret AND s.key_id = :key AND s.ends_s IS NULL);

-- :name leak_end_secret
-- Of a key that is not suspended as leaked: rotating that one ends it.
UPDATE key_secret SET ends_s = :now
WHERE id = :secret AND key_id = :key AND (ends_s IS NULL OR ends_s > :now)
    AND EXISTS (SELECT 1 FROM api_key k WHERE k.id = :key
        AND k.revoked_s IS NULL AND ifnull(k.suspended_why, '') <> 'leaked');

-- :name leak_lift
-- After a rotation that ended the leaked secret.
UPDATE api_key SET suspended_s = NULL, suspended_why = NULL
WHERE id = :key AND workspace_id = :workspace AND suspended_why = 'leaked';

-- :name leak_insert
INSERT INTO leak_report (key_id, at_s, address, source, last4)
VALUES (:key, :at, :address, :source, :last4);

-- :name leak_miss
INSERT INTO leak_miss (day_s, reports) VALUES (:day, 1)
ON CONFLICT (day_s) DO UPDATE SET reports = reports + 1;

-- :name leak_list
SELECT r.at_s, r.address, r.source, r.last4
FROM api_key k JOIN leak_report r ON r.key_id = k.id
WHERE k.id = :key AND k.workspace_id = :workspace
ORDER BY r.id DESC LIMIT :most;
