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
