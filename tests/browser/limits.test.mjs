// SPDX-License-Identifier: ISC
// An owner sets limits, a program runs into them, and the owner finds out why
// and raises them: with script, without, and by keyboard alone.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { PASSWORD, startBrowser, until, within } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

const MODEL = 'openai/gpt-5';
const ENDPOINT = '/v1/chat/completions';

/* The program behind the key: a call through the gate of the web server. */
async function guarded(url, key) {
  const answer = await fetch(`${url}/protected${ENDPOINT}`, { method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'x-model': MODEL }, body: '{}' });
  return { status: answer.status, headers: answer.headers,
    body: await answer.json() };
}

/* The gateway: may this call pass, and under which id is it reported? */
async function ask(url, key) {
  const answer = await fetch(`${url}/gate`, { headers: {
    authorization: `Bearer ${key}`, 'x-model': MODEL,
    'x-original-method': 'POST', 'x-original-uri': ENDPOINT } });
  assert.equal(answer.status, 204);
  return answer.headers.get('x-inference-id');
}

async function report(url, manager, reports) {
  const answer = await fetch(`${url}/v1/usage`, { method: 'POST', headers: {
    authorization: `Bearer ${manager}`, 'content-type': 'application/json' },
  body: JSON.stringify({ reports }) });
  assert.equal(answer.status, 200);
  return answer.json();
}

/* Refusals are written once a second. */
function kept(server, id) {
  return until(`"keylodge why ${id}" knows it`, () => {
    try {
      return server.keylodge('why', id);
    } catch {
      return null;
    }
  });
}

story(browser, 'limits', { people: [['ada@example.org', 'Ada Lovelace']] },
  async ({ server, page, hands, heading, script }) => {
    const { url } = server;
    await within(86400, 240); // the figures at the end are those of one day
    server.keylodge('workspace', 'add', 'Acme', '--owner', 'ada@example.org');
    const manager = server.keylodge('key', 'create', '--workspace', 'acme',
      '--kind', 'management', '--name', 'Gateway');
    const row = (name) => page.getByRole('row').filter({ has:
      page.getByRole('rowheader', { name }) });
    /* What stands in a row, by the heads of its columns. */
    const cells = (name) => row(name).last().evaluate((tr) =>
      Object.fromEntries(Array.from(tr.closest('table').tHead.rows[0].cells)
        .map((head, n) => [head.innerText, tr.cells[n].innerText.trim()])
        .slice(1)));

    await page.goto('/sign-in?next=/w/acme/models/new');
    await hands.fill('E-mail', 'ada@example.org');
    await hands.fill('Password', PASSWORD);
    await hands.press('button', 'Sign in');
    await heading('Add model');
    await hands.fill('Name', MODEL);
    await hands.fill('Price of input', '1');
    await hands.fill('Price of output', '10');
    await hands.press('button', 'Add model');
    await heading('Models');

    await hands.press('link', 'API keys');
    await heading('API keys');
    await hands.press('link', 'Create API key');
    await heading('Create API key');
    await hands.fill('Name', 'Night job');
    await hands.press('button', 'Create key');
    await heading('Save your key');
    const key = await page.locator('#secret').innerText();
    if (script) // who leaves without a copy is asked first
      await hands.press('button', 'Copy key');
    await hands.press('link', 'I have saved the key');
    await heading('Night job');

    const limit = async (counts, period, amount, title) => {
      await hands.press('link', 'Add limit');
      await heading('Add limit to Night job');
      await hands.choose('What it counts', counts);
      await hands.choose('Period', period);
      await hands.fill('Limit', amount);
      await hands.press('button', 'Add limit');
      await heading('Limits of Night job');
      await row(title).waitFor();
    };
    /* From the id in an error to the raised limit. */
    const raise = async (refusal, { told, title, rule, to, raised }) => {
      const id = refusal.body.request_id;
      assert.equal(refusal.headers.get('x-request-id'), id);
      assert.ok((await kept(server, id)).includes(told));
      await hands.press('link', 'Requests');
      await heading('Requests');
      await hands.fill('Request id from an error message', id);
      await hands.press('button', 'Find');
      await heading('Why refused?');
      assert.ok((await page.getByText('The caller was told').innerText())
        .includes(told));
      assert.equal((await cells(rule)).Result, 'Refused');
      assert.equal((await cells('Expiry')).Result, 'Passed');
      await hands.press('link', 'Limits of the key');
      await heading('Limits of Night job');
      await hands.press('link', `Change ${title}`);
      await heading('Change limit');
      await hands.fill('Limit', to);
      await hands.press('button', 'Save changes');
      await heading('Limits of Night job');
      await row(raised).waitFor();
    };

    // requests: error 429
    await hands.press('link', 'All limits of this key');
    await limit('Requests', 'A minute', '2', '2 requests per minute');
    await within(60, 20);
    const first = await ask(url, key);
    const second = await ask(url, key);
    const often = await guarded(url, key);
    assert.equal(often.status, 429);
    assert.equal(often.body.error.code, 'rate_limit_exceeded');
    assert.match(often.body.error.message, /: 2 requests per minute\./);
    assert.ok(Number(often.headers.get('retry-after')) > 0);
    assert.equal(often.headers.get('x-ratelimit-limit-requests'), '2');
    await raise(often, { told: '2 requests per minute',
      title: '2 requests per minute',
      rule: 'Limit of the key: 2 requests per minute',
      to: '1,000', raised: '1,000 requests per minute' });
    assert.equal((await guarded(url, key)).status, 200, 'the very next call');

    // what the calls took: 1,000 + 800 tokens are $0.009
    const took = (id, input, output) => ({ id, key: key.slice(0, 8),
      input_tokens: input, output_tokens: output });
    await report(url, manager, [took(first, 1000, 800),
      took(second, 1000, 800)]);
    const again = await report(url, manager, [took(first, 1000, 800)]);
    assert.equal(again.results[0].state, 'repeated');

    // money: error 402
    await limit('Money, in US dollars', 'A day', '0.02', '$0.02 per day');
    const dear = await guarded(url, key);
    assert.equal(dear.status, 402);
    assert.equal(dear.body.error.code, 'spend_limit_reached');
    assert.equal(dear.body.error.type, 'insufficient_quota');
    assert.match(dear.body.error.message, /\$0\.02 per day/);
    assert.equal(dear.headers.get('x-should-retry'), 'false');
    await raise(dear, { told: '$0.02 per day', title: '$0.02 per day',
      rule: 'Limit of the key: $0.02 per day',
      to: '50', raised: '$50.00 per day' });
    const third = await ask(url, key);
    await report(url, manager, [took(third, 2000, 1400)]);
    assert.equal((await guarded(url, key)).status, 200, 'the very next call');

    // the figures: three reported calls, two refused ones
    await hands.press('link', 'Usage');
    await heading('Usage');
    const chart = page.getByRole('img', { name: /^Spend per day/ });
    await chart.waitFor();
    assert.match(await chart.locator('desc').textContent(), /\$0\.03/);
    assert.equal(await chart.locator('rect.s1').count(), 1);
    for (const name of [MODEL, 'Together']) {
      const found = await cells(name);
      for (const [head, figure] of Object.entries({ Requests: '5', Refused: '2',
        'Input tokens': '4,000', 'Output tokens': '3,000',
        'All tokens': '7,000', Cost: '$0.03' }))
        assert.equal(found[head], figure, `${head} of ${name}`);
    }
    await hands.unfold('Show the figures as a table');
    const today = new Date().getUTCDate();
    assert.deepEqual(Object.values(await cells(new RegExp(`^${today} `))),
      ['0.03']);

    // and the calls one by one
    await hands.press('link', 'Requests');
    await heading('Requests');
    await page.getByText('Why refused?').first().waitFor();
    assert.equal(await page.locator('tbody .badge.ok').count(), 3);
    assert.equal(await page.locator('tbody .badge.bad').count(), 2);
    return [key, manager];
  });
