// SPDX-License-Identifier: ISC
// Every page that the table of routes has, as the real server answers it to
// the owner of the demo workspace, and what only a real server can show:
// empty pages, roles, errors, the next page of a list.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { listen, signIn, startBrowser, startServer, tree } from './lib.mjs';
import { axe, layout, structure, validate } from './look.mjs';

const server = await startServer({ demo: true, people: [
  ['owner@example.org', 'Olga Owner'], ['member@example.org', 'Mia Member'],
  ['new@example.org', 'Nora New']] });
for (const role of ['owner', 'member'])
  server.keylodge('member', 'add', role + '@example.org', '--workspace', 'demo',
    '--role', role);
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const wide = { viewport: { width: 1280, height: 800 } };
const narrow = { viewport: { width: 360, height: 800 }, colorScheme: 'dark' };
async function person(email) {
  const context = await browser.newContext({ baseURL: server.url, ...wide });
  const page = await context.newPage();
  if (email)
    await signIn(page, server.url, email);
  const small = await browser.newContext({ baseURL: server.url, ...narrow,
    storageState: await context.storageState() });
  return [page, await small.newPage()];
}
const people = {
  owner: await person('owner@example.org'),
  member: await person('member@example.org'),
  new: await person('new@example.org'),
  nobody: await person(null),
};

/* open(page) brings the page up and returns its answer. */
function look(name, who, open, status = 200) {
  test(`page ${name}`, async () => {
    const faults = [];
    for (const page of people[who]) {
      const said = [];
      page.removeAllListeners('console');
      page.removeAllListeners('pageerror');
      listen(page, said);
      const answer = await open(page);
      assert.equal(answer.status(), status, page.url());
      if (page === people[who][0])
        faults.push(...await validate(await answer.text()),
          ...await structure(page));
      faults.push(...await axe(page), ...await layout(page),
        // the browser itself tells of an answer that is an error
        ...said.filter((words) => status === 200 ||
          !words.includes(`status of ${status}`)));
      if (page !== people[who][0]) {
        await page.setViewportSize({ width: 320, height: 800 });
        faults.push(...await layout(page));
        await page.setViewportSize(narrow.viewport);
      }
    }
    assert.deepEqual(faults, []);
  });
}
const go = (path) => (page) => page.goto(path);

/* A form that no page has: the answers to what a browser would not send. */
const send = (action, { type = 'application/x-www-form-urlencoded',
  fields = {} } = {}) => async (page) => {
  await page.goto('/sign-in');
  const next = page.waitForNavigation();
  await page.evaluate(([action, type, fields]) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action, enctype: type });
    for (const [name, value] of Object.entries(fields)) {
      const field = document.createElement('textarea');
      Object.assign(field, { name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }, [action, type, fields]);
  return next;
};

// ---- every row of the table that shows a page ----

const keys = JSON.parse(server.keylodge('key', 'list', '--workspace', 'demo',
  '--json'));
const tag = { keys: 'standard', 'management-keys': 'management',
  'admin-keys': 'admin' };
for (const kind of ['management', 'admin'])
  if (!keys.some((k) => k.kind === kind && k.status === 'active')) {
    const text = server.keylodge('key', 'create', '--workspace', 'demo',
      '--kind', kind, '--name', `A ${kind} key`);
    keys.push({ kind, status: 'active', prefix: text.slice(0, 8) });
  }
const prefix = (kind, status) =>
  keys.find((k) => k.kind === kind && k.status === status)?.prefix;

async function firstId(path) {
  const [page] = people.owner;
  await page.goto(path);
  const href = await page.locator(`a[href$="/edit"]`).first()
    .getAttribute('href');
  return href.split('/').at(-2);
}
const ids = {
  models: await firstId('/w/demo/models'),
  deployments: await firstId('/w/demo/deployments'),
};

const rows = readFileSync(join(tree, 'tests/golden/access.txt'), 'utf8')
  .split('\n').filter((line) => line.startsWith('GET '))
  .map((line) => line.split(/\s+/)[1]);
const notPages = /^\/(static|gate$|v1\/|healthz$|readyz$)|\.csv$|^\/$/;
for (const row of rows.filter((r) => !notPages.test(r))) {
  const area = row.split('/')[3] ?? '';
  const path = row.replace('{ws}', 'demo').replace('{id}', ids[area])
    .replace('{code}', 'invalid_api_key')
    .replace('{prefix}', prefix(tag[area], 'active'));
  const who = ['/sign-in', '/setup'].includes(row) ? 'nobody' : 'owner';
  look(`${row}`, who, go(path));
}
test('the table of routes has pages', () => assert.ok(rows.length > 40));

// ---- states that need a real server ----

for (const status of new Set(keys.map((k) => k.status)))
  if (prefix('standard', status))
    look(`key that is ${status}`, 'owner',
      go(`/w/demo/keys/${prefix('standard', status)}`));
look('keys that match nothing', 'owner', go('/w/demo/keys?q=nothing-like-it'));
look('keys by status', 'owner', go('/w/demo/keys?status=disabled'));
look('keys as a member', 'member', go('/w/demo/keys'));
look('overview as a member', 'member', go('/w/demo/'));
look('settings as a member', 'member', go('/w/demo/settings'), 403);
look('management keys as a member', 'member', go('/w/demo/management-keys'),
  403);
look('somebody else’s workspace', 'new', go('/w/demo/keys'), 404);
look('nothing there', 'owner', go('/w/demo/nothing'), 404);
look('nothing there, signed out', 'nobody', go('/nothing'), 404);
look('signed out', 'nobody', go('/w/demo/keys'));
look('GET only', 'nobody', send('/docs/errors/invalid_api_key'), 405);
look('a form that is too long', 'nobody', send('/sign-in',
  { fields: { email: 'a'.repeat(100000) } }), 413);
look('a form of another type', 'nobody', send('/sign-in',
  { type: 'text/plain', fields: { email: 'a' } }), 415);
look('a form without its token', 'owner', send('/account/name',
  { fields: { name: 'Olga' } }), 403);
for (const area of ['', 'keys', 'management-keys', 'admin-keys', 'models',
  'deployments', 'usage', 'audit', 'members'])
  look(`nothing yet: ${area || 'overview'}`, 'new', go('/w/nora-new/' + area));

// ---- whatever the colours, and on paper ----

for (const path of ['/w/demo/', '/w/demo/keys', '/w/demo/usage',
  `/w/demo/keys/${prefix('standard', 'active')}`, '/sign-in']) {
  test(`forced colours and print of ${path}`, async () => {
    const [page] = people.owner;
    for (const media of [{ forcedColors: 'active' }, { media: 'print' }]) {
      await page.emulateMedia(media);
      await page.goto(path);
      assert.ok(await page.locator('h1').isVisible());
      const picture = await page.screenshot();
      await page.evaluate(() => document.body.replaceChildren());
      const blank = await page.screenshot();
      assert.ok(picture.length > 2 * blank.length,
        `${JSON.stringify(media)}: ${picture.length} bytes of picture`);
      await page.emulateMedia({ forcedColors: null, media: null });
    }
  });
}

test('no error in the log', () =>
  assert.doesNotMatch(server.log(), /level=error/));
