// SPDX-License-Identifier: ISC
// Programs that others wrote, against a real server: the npm client of OpenAI
// at the gate, and a client that is built from descriptions of APIs, ours and
// the published ones.
//
// NODE_MODULES        folder in which `npm ci` was run
// KEYLODGE_CONTRACTS  published descriptions; without them their part is left
//                     out

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startServer, tree, within } from '../server.mjs';

const require = createRequire(join(process.env.NODE_MODULES ?? tree, 'x.js'));
const OpenAI = require('openai').OpenAI;
const { OpenAPIClientAxios } = require('openapi-client-axios');
// it has no form for require(), which Node 18 needs
const { Validator } = await import(pathToFileURL(join(
  process.env.NODE_MODULES ?? tree, 'node_modules',
  '@seriousme/openapi-schema-validator', 'index.js')));

const server = await startServer({ people: [['ada@example.org', 'Ada']] });
after(() => server.stop());
server.keylodge('workspace', 'add', 'Acme', '--owner', 'ada@example.org');
const make = (name, kind) => server.keylodge('key', 'create',
  '--workspace', 'acme', '--name', name, '--kind', kind);
const standard = make('standard', 'standard');
const management = make('management', 'management');
const adminKey = make('admin', 'admin');

const auth = (key) => ({ authorization: 'Bearer ' + key });
async function call(method, path, body, key = management) {
  const answer = await fetch(server.url + path, { method,
    headers: { ...auth(key), 'content-type': 'application/json' },
    body: body && JSON.stringify(body) });
  return answer.json();
}

// ---- the client of OpenAI ----

/* How many requests a try takes, and what it ends in. */
async function refused(apiKey, options = {}) {
  let calls = 0;
  const client = new OpenAI({ apiKey, baseURL: server.url + '/protected/v1',
    maxRetries: 2, ...options,
    fetch: (...args) => { calls++; return fetch(...args); } });
  try {
    await client.models.list();
  } catch (error) {
    return { error, calls };
  }
  return { error: null, calls };
}

test('openai: a key that may call is let through', async () => {
  const { error } = await refused(standard);
  assert.equal(error, null);
});

test('openai: 401 with its code, its request id, and one try', async () => {
  const { error, calls } = await refused('not-a-key');
  assert.ok(error instanceof OpenAI.AuthenticationError);
  assert.equal(error.status, 401);
  assert.equal(error.code, 'invalid_api_key');
  assert.match(error.message, /copied whole/);
  assert.match(error.requestID, /^[0-9a-f-]{36}$/);
  assert.equal(calls, 1);
});

test('openai: 403 for keys of another kind', async () => {
  for (const key of [management, adminKey]) {
    const { error, calls } = await refused(key);
    assert.ok(error instanceof OpenAI.PermissionDeniedError);
    assert.equal(error.code, 'key_kind_not_allowed');
    assert.equal(calls, 1);
  }
});

test('openai: 402 at a spending limit, and no second try', async () => {
  const { data } = await call('POST', '/v1/keys', { name: 'poor',
    limit: { retention: 'month', threshold: 0 } });
  const { error, calls } = await refused(data.key);
  assert.equal(error.status, 402);
  assert.equal(error.code, 'spend_limit_reached');
  assert.equal(error.headers.get('x-should-retry'), 'false');
  assert.equal(calls, 1);
});

test('openai: 429 is tried again after Retry-After, or not at all when that '
  + 'is long', async () => {
  await within(86400, 120);
  const key = make('slow', 'standard');
  await call('PUT', `/v1/workspace/keys/${key.slice(0, 8)}/limits`,
    { counts: 'requests', period: 'day', amount: 1 });
  assert.equal((await refused(key)).error, null);
  const { error, calls } = await refused(key);
  assert.ok(error instanceof OpenAI.RateLimitError);
  assert.equal(error.code, 'rate_limit_exceeded');
  assert.ok(Number(error.headers.get('retry-after')) >= 1);
  assert.equal(error.headers.get('x-ratelimit-limit-requests'), '1');
  assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');
  assert.equal(calls,
    error.headers.get('x-should-retry') === 'false' ? 1 : 3);
});

// ---- a client built from a description ----

async function client(definition, key) {
  const api = new OpenAPIClientAxios({ definition, axiosConfigDefaults: {
    baseURL: server.url, headers: auth(key), proxy: false } });
  return api.init();
}

const own = await (await fetch(server.url + '/openapi.json')).json();

test('our description is OpenAPI 3.1', async () => {
  const found = await new Validator().validate(structuredClone(own));
  assert.deepEqual(found.errors ?? [], []);
  assert.equal(found.valid, true);
  assert.equal(own.openapi, '3.1.0');
});

test('the validator sees a fault', async () => {
  const broken = structuredClone(own);
  delete broken.info.title;
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test('a client from our description: the life of a key', async () => {
  const api = await client(own, management);
  const { data: { data: made } } = await api.createKey(null,
    { name: 'from our description', scopes: ['model:chat'] });
  assert.equal(made.key.slice(0, 8), made.prefix);
  const mine = await client(own, made.key);
  assert.equal((await mine.ownKey()).data.data.prefix, made.prefix);
  const changed = await api.changeKey({ prefix: made.prefix },
    { disabled: true });
  assert.equal(changed.data.data.disabled, true);
  const listed = await api.listKeys();
  assert.ok(listed.data.data.some((key) => key.prefix === made.prefix));
  const gone = await api.deleteKey({ prefix: made.prefix });
  assert.deepEqual(gone.data.data, { prefix: made.prefix, deleted: true });
  await assert.rejects(api.deleteKey({ prefix: 'zzzzzzzz' }), (error) =>
    error.response.status === 404
    && error.response.data.statusCode === 404);
});

test('a client from our description: every GET without a parameter answers',
  async () => {
    const api = await client(own, management);
    for (const [path, item] of Object.entries(own.paths)) {
      if (!item.get || path.includes('{') || path === '/gate')
        continue;
      const answer = await api[item.get.operationId]({}, null,
        { validateStatus: () => true });
      assert.ok(answer.status < 500 && String(answer.status)
        in item.get.responses, `${path}: ${answer.status}`);
    }
  });

const published = process.env.KEYLODGE_CONTRACTS
  && join(process.env.KEYLODGE_CONTRACTS, 'aimlapi/merged-for-tools.json');
if (published && existsSync(published)) {
  const definition = JSON.parse(readFileSync(published, 'utf8'));
  definition.servers = [{ url: server.url }];

  test('a client from the published AIMLAPI files: the life of a key',
    async () => {
      const api = await client(definition, management);
      const ids = {};
      for (const [path, item] of Object.entries(definition.paths))
        for (const [method, op] of Object.entries(item))
          ids[`${method} ${path}`] = op.operationId;
      const of = (name, ...args) => api[ids[name]](...args);
      const { data: { data: made } } = await of('post /v1/keys', null,
        { name: 'published', limit: { retention: 'week', threshold: 25 } });
      assert.equal(made.limit.threshold, 25);
      const mine = await client(definition, made.key);
      const self = await mine[ids['get /v1/key']]();
      assert.equal(self.data.data.prefix, made.prefix);
      const usage = await mine[ids['get /v2/usage']]({ period: '30d' });
      assert.equal(usage.data.requests, 0);
      const detail = await mine[ids['get /v2/usage/detail']](
        { period: '7d', group_by: 'day' });
      assert.ok(Array.isArray(detail.data.groups));
      const logs = await mine[ids['get /v2/logs']]({ period: '24h' });
      assert.equal(logs.data.pagination.total, 0);
      const money = await mine[ids['get /v2/billing/transactions']]();
      assert.deepEqual(money.data.data, []);
      const set = await of('put /v1/keys/{prefix}', { prefix: made.prefix },
        { name: 'anew', disabled: false, scopes: null, limit: null });
      assert.equal(set.data.data.name, 'anew');
      const changed = await of('patch /v1/keys/{prefix}',
        { prefix: made.prefix }, { disabled: true });
      assert.equal(changed.data.data.disabled, true);
      const gone = await of('delete /v1/keys/{prefix}',
        { prefix: made.prefix });
      assert.equal(gone.data.data.deleted, true);
      await assert.rejects(mine[ids['get /v1/key']](), (error) =>
        error.response.status === 401
        && typeof error.response.data.requestId === 'string');
    });
} else {
  test('published AIMLAPI files', { skip: 'not beside the tree' }, () => {});
}

