-- SPDX-License-Identifier: ISC
-- Statements on how often something was tried, and from where people sign in.

-- :name attempt_find
SELECT tries, due_ms, ends_s FROM attempt WHERE mac = :mac;

-- :name attempt_put
INSERT INTO attempt (mac, tries, due_ms, ends_s)
VALUES (:mac, :tries, :due, :ends)
ON CONFLICT (mac) DO UPDATE SET tries = :tries, due_ms = :due,
    ends_s = :ends;

-- :name attempt_forget
DELETE FROM attempt WHERE mac = :mac;

-- :name sign_in_place_find
SELECT 1 FROM sign_in_place
WHERE user_id = :user AND address = :address AND at_s > :after;

-- :name sign_in_place_put
INSERT INTO sign_in_place (user_id, address, at_s)
VALUES (:user, :address, :now)
ON CONFLICT (user_id, address) DO UPDATE SET at_s = :now;

-- :name id_elsewhere
-- Does an id of an address name something that is of another workspace, or of
-- another person?  Whatever it names, all are looked up.
SELECT EXISTS (SELECT 1 FROM api_key
        WHERE prefix = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM api_key
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM model
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM deployment
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM limit_rule
        WHERE id = :number AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM invite
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM service_account
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM webhook
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM outbox
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM reservation
        WHERE uuid = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM refused_call
        WHERE request_id = :id AND workspace_id <> :workspace)
    + EXISTS (SELECT 1 FROM session WHERE uuid = :id AND user_id <> :user)
    + EXISTS (SELECT 1 FROM user u WHERE u.uuid = :id AND NOT EXISTS
        (SELECT 1 FROM member m
            WHERE m.workspace_id = :workspace AND m.user_id = u.id))
    + EXISTS (SELECT 1 FROM workspace w WHERE w.slug = :id AND NOT EXISTS
        (SELECT 1 FROM member m
            WHERE m.workspace_id = w.id AND m.user_id = :user));
