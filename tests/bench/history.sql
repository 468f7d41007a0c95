-- SPDX-License-Identifier: ISC
-- tests/bench/run: :events calls of 13 months in the workspace "many", of 1,000
-- of its keys, ten models and three endpoints, with their sums.  Written with
-- all care for the disk switched off: it is thrown away.
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -400000;
PRAGMA foreign_keys = OFF;

CREATE TEMP TABLE place AS SELECT id,
    unixepoch() / 3600 * 3600 - 395 * 86400 AS start_s
FROM workspace WHERE slug = 'many';
CREATE TEMP TABLE m (i INTEGER PRIMARY KEY, name TEXT);
INSERT INTO m VALUES (0, 'openai/gpt-5'), (1, 'openai/gpt-5-mini'),
    (2, 'openai/o9'), (3, 'anthropic/large'), (4, 'anthropic/small'),
    (5, 'google/pro'), (6, 'google/flash'), (7, 'mistral/large'),
    (8, 'meta/70b'), (9, 'qwen/32b');
INSERT INTO model (uuid, workspace_id, name, category, created_s, updated_s)
SELECT 'bench-' || i, place.id, name, 'chat', 1, 1 FROM m CROSS JOIN place;
INSERT INTO model_price SELECT id, 0, 3000000, 15000000 FROM model;
CREATE TEMP TABLE k (i INTEGER PRIMARY KEY, id INTEGER);
INSERT INTO k SELECT row_number() OVER (ORDER BY id) - 1, id FROM (
    SELECT k.id FROM api_key k, place
    WHERE k.workspace_id = place.id AND k.kind = 'standard'
    ORDER BY k.id LIMIT 1000);

CREATE TEMP TABLE made AS
WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c
    WHERE i + 1 < :events)
SELECT i, i * 2654435761 % 1000003 AS x, i * 40503 % 65521 AS y FROM c;
INSERT INTO usage_event (workspace_id, key_id, event_id, at_ms, model,
    endpoint, outcome, input_tokens, output_tokens, cost_micro)
SELECT place.id, k.id, 'h' || made.i,
    (place.start_s + made.i * (395.0 * 86400) / :events) * 1000 / 1 | 0,
    m.name, CASE y % 3 WHEN 0 THEN '/v1/chat/completions'
        WHEN 1 THEN '/v1/responses' ELSE '/v1/embeddings' END,
    iif(y % 50 = 0, 'failed', 'succeeded'),
    iif(y % 50 = 0, 0, x % 5000), iif(y % 50 = 0, 0, y % 900),
    iif(y % 50 = 0, 0, x % 5000 * 3 + y % 900 * 15)
FROM made CROSS JOIN place
JOIN k ON k.i = made.x % 1000 JOIN m ON m.i = made.y % 10;

-- the sums: of each key, then of all
CREATE TEMP TABLE sums AS
SELECT key_id, at_ms / 3600000 * 3600 AS start_s, model, endpoint,
    sum(outcome = 'failed') AS failed, sum(outcome = 'succeeded') AS succeeded,
    sum(input_tokens) AS input, sum(output_tokens) AS output,
    sum(cost_micro) AS cost
FROM usage_event GROUP BY 1, 2, 3, 4;
INSERT INTO usage_hour SELECT place.id, key_id, sums.start_s, model, endpoint, 0,
    failed, succeeded, input, output, cost FROM sums CROSS JOIN place;
INSERT INTO usage_hour SELECT place.id, 0, sums.start_s, model, endpoint, 0,
    sum(failed), sum(succeeded), sum(input), sum(output), sum(cost)
FROM sums CROSS JOIN place GROUP BY 1, 2, 3, 4, 5;
INSERT INTO usage_day SELECT workspace_id, key_id, start_s / 86400 * 86400,
    model, endpoint, 0, sum(failed), sum(succeeded), sum(input_tokens),
    sum(output_tokens), sum(cost_micro)
FROM usage_hour GROUP BY 1, 2, 3, 4, 5;
INSERT INTO usage_week SELECT workspace_id, key_id,
    start_s - (start_s / 86400 + 3) % 7 * 86400, iif(key_id, '', model) AS m,
    iif(key_id, '', endpoint) AS e, 0, sum(failed), sum(succeeded),
    sum(input_tokens), sum(output_tokens), sum(cost_micro)
FROM usage_day GROUP BY 1, 2, 3, 4, 5;
