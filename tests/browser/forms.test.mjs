// SPDX-License-Identifier: ISC
// Forms when something goes wrong, and secrets that are shown once.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { follow, newPage, PASSWORD, signIn, startBrowser, startServer, until,
  where } from './lib.mjs';

const server = await startServer({ people: [['ada@example.org', 'Ada'],
  ['bob@example.org', 'Bob']] });
server.keylodge('workspace', 'add', 'Acme', '--owner', 'ada@example.org');
server.keylodge('member', 'add', 'bob@example.org', '--workspace', 'acme',
  '--role', 'admin');
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

async function person(email, options) {
  const page = await newPage(browser, { baseURL: server.url, ...options });
  page.on('dialog', (dialog) => dialog.accept());
  await signIn(page, server.url, email);
  return page;
}
const heading = (page, name) =>
  page.getByRole('heading', { level: 1, name }).waitFor();
const field = (page, name) => page.getByLabel(name, { exact: true });
const press = (page, name) => follow(page, page.getByRole('button', { name }));
const keys = (workspace) => JSON.parse(server.keylodge('key', 'list',
  '--workspace', workspace, '--json'));

/* A test with a page of Ada's; what was on it is told when it fails. */
function scene(name, act, options) {
  test(name, async () => {
    const page = await person('ada@example.org', options);
    try {
      await act(page);
    } catch (error) {
      error.message += await where(page);
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

const wrong = async (page) => {
  await page.goto('/w/acme/keys/new');
  await field(page, 'Spending limit (optional)').fill('fifty');
  await page.getByText('What the key may call').click();
  await page.locator('[name=network_scope][value=some]').check();
  await page.locator('textarea[name=networks]').fill('10.0.0.300');
  const posted = page.waitForResponse((r) => r.request().method() === 'POST');
  await press(page, 'Create key');
  assert.equal((await posted).status(), 422);
  const summary = page.getByRole('alert');
  await summary.waitFor();
  assert.ok(await page.title().then((t) => t.startsWith('Error: ')));
  // each line leads to its field, with the same words at the field
  for (const link of await summary.getByRole('link').all()) {
    const id = (await link.getAttribute('href')).slice(1);
    const at = page.locator('#' + id);
    assert.equal(await at.count(), 1, `#${id} is not there`);
    const words = await page.locator(`#${id}-error`).innerText();
    assert.ok(words.endsWith(await link.innerText()), words);
    assert.ok(await at.isVisible(), `#${id} cannot be seen`);
    assert.match(await at.getAttribute('aria-describedby') ??
      await at.locator('xpath=ancestor::fieldset').getAttribute(
        'aria-describedby'), new RegExp(id + '-error'));
  }
  assert.ok(await summary.getByRole('link').count() >= 2);
  assert.equal(await field(page, 'Spending limit (optional)').inputValue(),
    'fifty');
  assert.equal(await page.locator('textarea[name=networks]').inputValue(),
    '10.0.0.300');
};
scene('errors keep what was typed, and take the focus', async (page) => {
  await wrong(page);
  assert.ok(await page.evaluate(() =>
    document.activeElement.getAttribute('role') === 'alert'));
});
scene('errors without script', wrong, { javaScriptEnabled: false });

scene('a page that was open too long', async (page) => {
  await page.goto('/w/acme/keys/new');
  await field(page, 'Name').fill('Kept over a stale page');
  await page.evaluate(() => {
    document.querySelectorAll('[name=csrf]').forEach((e) => {
      e.value = e.value.split('').reverse().join('');
    });
  });
  await press(page, 'Create key');
  await heading(page, 'This page was open too long');
  assert.ok(!keys('acme').some((k) => k.name === 'Kept over a stale page'));
  await page.getByText('Kept over a stale page').first().waitFor();
  await press(page, 'Send again');
  await heading(page, 'Save your key');
  assert.equal(keys('acme').filter((k) =>
    k.name === 'Kept over a stale page').length, 1);
});

scene('a session that ends during a post', async (page) => {
  await page.goto('/w/acme/keys/new');
  await field(page, 'Name').fill('Kept over sign-in');
  await field(page, 'Spending limit (optional)').fill('12.50');
  await page.context().clearCookies();
  await press(page, 'Create key');
  await heading(page, 'Sign in');
  await field(page, 'E-mail').fill('ada@example.org');
  await field(page, 'Password').fill(PASSWORD);
  await press(page, 'Sign in');
  await heading(page, 'Create API key');
  assert.equal(await field(page, 'Name').inputValue(), 'Kept over sign-in');
  assert.equal(await field(page, 'Spending limit (optional)').inputValue(),
    '12.50');
  assert.ok(!keys('acme').some((k) => k.name === 'Kept over sign-in'),
    'filled in, not sent');
  await press(page, 'Create key');
  await heading(page, 'Save your key');
});

scene('two people edit one key', async (ada) => {
  const prefix = server.keylodge('key', 'create', '--workspace', 'acme',
    '--kind', 'standard', '--name', 'Shared').slice(0, 8);
  const bob = await person('bob@example.org');
  for (const page of [ada, bob])
    await page.goto(`/w/acme/keys/${prefix}/edit`);
  await field(bob, 'Name').fill('Of Bob');
  await press(bob, 'Save changes');
  await heading(bob, 'Of Bob');
  await field(ada, 'Name').fill('Of Ada');
  const posted = ada.waitForResponse((r) => r.request().method() === 'POST');
  await press(ada, 'Save changes');
  assert.equal((await posted).status(), 409);
  const row = ada.getByRole('row', { name: /^Name/ });
  assert.match(await row.innerText(), /Of Bob\s+Of Ada/);
  assert.equal(await field(ada, 'Name').inputValue(), 'Of Ada');
  assert.equal(keys('acme').find((k) => k.prefix === prefix).name, 'Of Bob');
  await press(ada, 'Save my values');
  await heading(ada, 'Of Ada');
  await bob.context().close();
});

/* The text of the next page, once Chromium has stopped moving: its own page
 * that asks whether to send a form again comes in steps. */
const left = (page, url) => until('a page after ' + url, async () => {
  try {
    await page.waitForLoadState();
    return page.url() !== url && await page.content();
  } catch {
    return null; // on its way
  }
});

scene('sent twice, reloaded, gone back to: one key, shown once',
  async (page) => {
    const before = keys('acme').length;
    await page.goto('/w/acme/keys/new');
    await field(page, 'Name').fill('Only one');
    const create = page.getByRole('button', { name: 'Create key' });
    await create.hover();
    const click = async () => {
      await page.mouse.down();
      await page.mouse.up();
    };
    // the server answers the first time, the browser does not come to know it
    const answered = new Promise((done) => {
      page.route('**/w/acme/keys', async (route) => {
        done((await route.fetch()).status());
      }, { times: 1 });
    });
    await follow(page, create, async () => {
      await click();
      assert.equal(await answered, 200);
      await click();
    });
    await heading(page, 'This key was already shown');
    assert.equal(keys('acme').length, before + 1);

    await page.goto('/w/acme/keys/new');
    await field(page, 'Name').fill('Shown once');
    await press(page, 'Create key');
    await heading(page, 'Save your key');
    const secret = await page.locator('#secret').innerText();
    await page.reload();
    await heading(page, 'This key was already shown');
    assert.ok(!(await page.content()).includes(secret));
    assert.equal(keys('acme').length, before + 2);

    await page.goto('/w/acme/keys/new');
    await field(page, 'Name').fill('Gone back to');
    await press(page, 'Create key');
    await heading(page, 'Save your key');
    const other = await page.locator('#secret').innerText();
    await follow(page, page.getByRole('link', { name: 'I have saved the key' }));
    await heading(page, 'Gone back to');
    // the answer to a post that is not stored: Chromium asks whether to send
    // it again, which makes no second key
    const here = page.url();
    await page.goBack().catch(() => {});
    assert.ok(!(await left(page, here)).includes(other),
      'Back shows the secret');
    await page.reload();
    await heading(page, 'This key was already shown');
    assert.equal(keys('acme').length, before + 3);
  });

scene('an eleventh key is refused in words', async (page) => {
  const workspace = 'ada';
  for (let n = keys(workspace).length; n < 10; n++)
    server.keylodge('key', 'create', '--workspace', workspace, '--kind',
      'standard', '--name', 'Key ' + n);
  await page.goto(`/w/${workspace}/keys`);
  await page.getByText('All 10 keys are in use').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Create API key' }).count(),
    0);
  await page.goto(`/w/${workspace}/keys/new`);
  await field(page, 'Name').fill('The eleventh');
  await press(page, 'Create key');
  await page.getByRole('alert').getByText(/10 keys/).waitFor();
  assert.equal(keys(workspace).length, 10);
});

scene('bulk: choose, confirm, see what happened', async (page) => {
  for (const name of ['Bulk one', 'Bulk two'])
    server.keylodge('key', 'create', '--workspace', 'acme', '--kind',
      'standard', '--name', name);
  await page.goto('/w/acme/keys');
  await press(page, 'Disable…');
  await page.getByText('Choose at least one key').first().waitFor();
  for (const name of ['Bulk one', 'Bulk two'])
    await page.getByLabel('Select ' + name).check();
  await press(page, 'Disable…');
  await page.getByText('Bulk two').waitFor();
  await follow(page, page.locator('main form .btn').first());
  assert.deepEqual(keys('acme').filter((k) => k.name.startsWith('Bulk'))
    .map((k) => k.status), ['disabled', 'disabled']);
});

test('no secret and no error in the log', () => {
  assert.doesNotMatch(server.log(), /level=error/);
  assert.doesNotMatch(server.log(), /_kr[sma]_[0-9A-Za-z]{30}/);
});
