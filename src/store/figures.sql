-- SPDX-License-Identifier: ISC
-- Statements on the figures that programs ask for: of one key, between any two
-- instants.

-- :name figures_between
-- By model: whole hours from their sums, what is cut off at both ends from the
-- calls themselves.
SELECT model, sum(refused), sum(failed), sum(succeeded), sum(input),
    sum(output), sum(cost)
FROM (
    SELECT model, refused, failed, succeeded, input_tokens AS input,
        output_tokens AS output, cost_micro AS cost
    FROM usage_hour
    WHERE workspace_id = :workspace AND key_id = :key
        AND start_s >= :hour_from AND start_s < :hour_to
    UNION ALL
    SELECT model, calls * (outcome = 'refused'), calls * (outcome = 'failed'),
        calls * (outcome = 'succeeded'), input_tokens, output_tokens,
        cost_micro
    FROM usage_event
    WHERE +workspace_id = :workspace AND key_id = :key
        AND at_ms >= :from AND at_ms < :head_end
    UNION ALL
    SELECT model, calls * (outcome = 'refused'), calls * (outcome = 'failed'),
        calls * (outcome = 'succeeded'), input_tokens, output_tokens,
        cost_micro
    FROM usage_event
    WHERE +workspace_id = :workspace AND key_id = :key
        AND at_ms >= :tail_from AND at_ms < :to)
GROUP BY model ORDER BY sum(cost) DESC, model;

-- Calls that came to an upstream.  A model is asked for by its name, or by
-- what follows its source; :models holds both, each between line ends.
-- :part figures_calls
FROM usage_event
WHERE +workspace_id = :workspace AND key_id = :key
    AND at_ms >= :from AND at_ms < :to
    AND ((outcome = 'succeeded' AND :succeeded)
        OR (outcome = 'failed' AND :failed))
    AND (:models IS NULL
        OR instr(:models, char(10) || model || char(10)) > 0
        OR (instr(model, '/') > 0 AND instr(:models, char(10)
            || substr(model, instr(model, '/') + 1) || char(10)) > 0))

-- :name figures_calls
SELECT at_ms, outcome = 'succeeded', model, cost_micro, input_tokens,
    output_tokens, request_id, event_id, client_id
-- :use figures_calls
ORDER BY at_ms DESC, id DESC LIMIT :most OFFSET :skip;

-- :name figures_calls_count
SELECT count(*)
-- :use figures_calls
;

-- :name figures_ledger
-- Newest first, older than :before.
SELECT id, at_s, kind, amount_micro, model, reference FROM credit_entry
WHERE workspace_id = :workspace AND (:before IS NULL OR id < :before)
    AND (:from IS NULL OR at_s >= :from) AND (:to IS NULL OR at_s < :to)
    AND (:kind IS NULL OR kind = :kind)
    AND (:sign = 0 OR (:sign > 0 AND amount_micro >= 0)
        OR (:sign < 0 AND amount_micro < 0))
ORDER BY id DESC LIMIT :most;
