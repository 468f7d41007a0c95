// SPDX-License-Identifier: ISC
// Every page that the table of routes has, as the real server answers it to
// the owner of the demo workspace, and what only a real server can show:
// empty pages, roles, errors, the next page of a list.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { follow, listen, newPage, signIn, startBrowser, startServer, tree }
  from './lib.mjs';
import { axe, layout, STILL, structure, validate, wear, withAxe }
  from './look.mjs';

const server = await startServer({ demo: true, people: [
  ['owner@example.org', 'Olga Owner'], ['member@example.org', 'Mia Member'],
  ['new@example.org', 'Nora New'], ['left@example.org', 'Leo Left']] });
for (const role of ['owner', 'member'])
  server.keylodge('member', 'add', role + '@example.org', '--workspace', 'demo',
    '--role', role);
server.keylodge('member', 'add', 'left@example.org', '--workspace', 'demo',
  '--role', 'member');
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const wide = { colorScheme: 'light', width: 1280 };
const narrow = { colorScheme: 'dark', width: 360 };
async function person(email) {
  const page = await newPage(browser, { baseURL: server.url, ...STILL });
  if (email)
    await signIn(page, server.url, email);
  await withAxe(page);
  return page;
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
    const page = people[who];
    const said = [];
    page.removeAllListeners('console');
    page.removeAllListeners('pageerror');
    listen(page, said);
    await wear(page, wide);
    const answer = await open(page);
    assert.equal(answer.status(), status, page.url());
    const faults = [...await validate(await answer.text()),
      ...await structure(page)];
    for (const at of [wide, narrow]) {
      await wear(page, at);
      faults.push(...await axe(page), ...await layout(page));
    }
    await wear(page, { ...narrow, width: 320 });
    faults.push(...await layout(page),
      // the browser itself tells of an answer that is an error
      ...said.filter((words) => status === 200 ||
        !words.includes(`status of ${status}`)));
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

// something to show: limits, and a call that was refused
const manager = server.keylodge('key', 'create', '--workspace', 'demo',
  '--kind', 'management', '--name', 'Pages');
const watched = server.keylodge('key', 'create', '--workspace', 'demo',
  '--kind', 'standard', '--name', 'Watched');
const watchedPath = '/w/demo/keys/' + watched.slice(0, 8);
async function set(path, limit) {
  const answer = await fetch(`${server.url}/v1/workspace/${path}`, {
    method: 'PUT', body: JSON.stringify(limit), headers: {
      authorization: 'Bearer ' + manager, 'content-type': 'application/json' } });
  assert.equal(answer.status, 200, await answer.text());
}
await set('limits', { counts: 'money', period: 'month', budget: 500 });
await set(`keys/${watched.slice(0, 8)}/limits`,
  { counts: 'requests', period: 'day', amount: 0 });
const refused = await fetch(server.url + '/protected/hello',
  { headers: { authorization: 'Bearer ' + watched } });
assert.equal(refused.status, 429);
const requestId = refused.headers.get('x-request-id');

// somebody who left a key, a service account, and an invitation
const press = (page, name) => follow(page, page.getByRole('button', { name }));
async function fill(page, path, label, text, button) {
  await page.goto(path);
  await page.getByLabel(label, { exact: true }).fill(text);
  await press(page, button);
}
const leaver = await person('left@example.org');
await fill(leaver, '/w/demo/keys/new', 'Name', 'Left behind', 'Create key');
await leaver.goto('/w/demo/leave');
await press(leaver, 'Leave workspace');
await leaver.context().close();
await fill(people.owner, '/w/demo/service-accounts/new', 'Name', 'Robot',
  'Add service account');
await fill(people.owner, '/w/demo/invites/new', 'E-mail',
  'nina@example.org', 'Make invitation');
const invitation =
  new URL(await people.owner.locator('#secret').innerText()).pathname;

/* "/w/demo/keys/new" fits "/w/{ws}/keys/{prefix}", too: the row with the fewest
 * holes has it. */
const table = readFileSync(join(tree, 'tests/golden/access.txt'), 'utf8')
  .split('\n').filter((line) => line.startsWith('GET '))
  .map((line) => line.split(/\s+/))
  .map((cells) => ({ path: cells[1], owner: cells[6],
    holes: cells[1].split('{').length,
    fits: new RegExp(`^${cells[1].replaceAll('.', '\\.')
      .replace(/\{\w+\}/g, '[^/]+')}$`) }))
  .sort((x, y) => x.holes - y.holes);
const rowOf = (path) => table.find((row) => row.fits.test(path))?.path;

// a link for the holder of a key, and a webhook
const maker = people.owner;
maker.on('dialog', (dialog) => dialog.accept()); // a secret is left unsaved
const waiting = `/w/demo/keys/${prefix('standard', 'waiting')}/claim`;
await maker.goto(waiting);
await press(maker, 'Make link');
const claim = new URL(await maker.locator('#secret').innerText()).pathname;
await maker.goto('/w/demo/webhooks/new');
await maker.getByLabel('Address').fill('https://hooks.example.org/keylodge');
await maker.locator('main input[type=checkbox]').first().check();
await press(maker, 'Add webhook');
await maker.getByText('Save the secret').waitFor();

/* An address for each row, found as a person finds it: by links. */
async function walk(request, from) {
  const found = new Map();
  const seen = new Map(from.map((path) => [path, rowOf(path)]));
  for (const [path, row] of seen) { // grows while it is walked
    const answer = await request.get(path);
    if (answer.status() !== 200 ||
      !answer.headers()['content-type'].startsWith('text/html'))
      continue;
    if (!found.has(row))
      found.set(row, path);
    for (const [, href] of (await answer.text())
      .matchAll(/href="(\/[^"#?]*)/g)) {
      const to = rowOf(href);
      const alike = Array.from(seen.values()).filter((r) => r === to).length;
      if (to && !seen.has(href) && alike < 4 && !/^\/w\/(?!demo)/.test(href))
        seen.set(href, to);
    }
  }
  return found;
}
const found = await walk(people.owner.context().request, ['/w/demo/',
  '/docs', watchedPath, watchedPath + '/limits', `/w/demo/requests/${requestId}`]);

/* Rows that no link leads to; and codes that wait for their first one. */
await people.owner.goto(server.url + '/account/security');
await press(people.owner, 'Turn on codes');
const typed = {
  '/sign-in/code': '/sign-in/code', '/confirm': '/confirm', '/reset': '/reset',
  '/reset/{token}':
    new URL(server.keylodge('reset-link', 'new@example.org')).pathname,
  '/account/security/codes': '/account/security/codes',
  '/account/security/codes/off': '/account/security/codes/off',
  '/setup': '/setup', '/sign-in': '/sign-in', '/w/{ws}': '/w/demo',
  '/claim/{token}': claim, '/w/{ws}/keys/{prefix}/claim': waiting,
  '/key': '/key',
  '/invite/{token}': invitation, '/why/{id}': '/why/' + requestId, '/report-a-key': '/report-a-key',
};
for (const step of ['off', 'top-up', 'adjust']) // once credits are on
  typed[`/w/{ws}/credits/${step}`] = `/w/demo/credits/${step}`;
for (const kind of Object.keys(tag))
  for (const verb of ['enable', 'disable', 'rotate', 'revoke', 'rotation'])
    typed[`/w/{ws}/${kind}/{prefix}/${verb}`] =
      `/w/demo/${kind}/${prefix(tag[kind], 'active')}/${verb}`;

const rows = table.filter((row) => ['200', '303'].includes(row.owner) &&
  !/^\/(static|gate$|healthz$|readyz$|openapi|metrics)|\.csv$|^\/$/
    .test(row.path)).map((row) => row.path);
for (const row of rows) {
  const path = found.get(row) ?? typed[row];
  const who = ['/sign-in', '/setup'].includes(row) ? 'nobody' : 'owner';
  if (path)
    look(`${row}`, who, go(path));
  else
    test(`page ${row}`, () => assert.fail('no link leads to it'));
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
look('members as a member', 'member', go('/w/demo/members'));
look('service accounts as a member', 'member', go('/w/demo/service-accounts'));
look('an invitation, signed out', 'nobody', go(invitation));
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
  'deployments', 'usage', 'audit', 'members', 'service-accounts', 'limits',
  'credits', 'requests'])
  look(`nothing yet: ${area || 'overview'}`, 'new', go('/w/nora-new/' + area));

// ---- whatever the colours, and on paper ----

for (const path of ['/w/demo/', '/w/demo/keys', '/w/demo/usage',
  `/w/demo/keys/${prefix('standard', 'active')}`, '/sign-in']) {
  test(`forced colours and print of ${path}`, async () => {
    const page = people.owner;
    await wear(page, wide);
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
