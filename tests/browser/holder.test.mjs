// SPDX-License-Identifier: ISC
// A key for somebody else: made waiting, taken by its holder, looked at without
// an account; its rotation watched, set to end, taken back; advice followed and
// undone.  With script, without, and by keyboard alone.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { call, PASSWORD, startBrowser, until } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

// the browser tells of each sign-out, and of the key that was typed wrong
const says = /Clear-Site-Data|\/key: error: .* 422 /;
const people = [['ada@example.org', 'Ada Lovelace']];

story(browser, 'holder', { people, says }, async (told) => {
  const { server, page, hands, script, heading } = told;
  const secrets = [];
  const secret = () => page.locator('#secret').innerText();
  const signIn = async () => {
    await page.goto('/sign-in');
    await hands.fill('E-mail', 'ada@example.org');
    await hands.fill('Password', PASSWORD);
    await hands.press('button', 'Sign in');
    await heading('Overview');
  };
  const signOut = async () => {
    await hands.press('button', 'Sign out');
    await heading('Sign in');
  };
  server.keylodge('workspace', 'add', 'Acme', '--owner', 'ada@example.org');

  // a key that waits
  await signIn();
  await page.goto('/w/acme/keys/new');
  await hands.fill('Name', 'For Nina');
  await hands.pick('No expiry');
  await hands.pick('Its holder, by a link that works for 3 days');
  await hands.press('button', 'Create key');
  await heading('Copy the link');
  const first = await secret();
  assert.ok(first.startsWith(server.url + '/claim/'));
  assert.equal(await page.getByRole('button', { name: 'Copy link' }).count(),
    script ? 1 : 0);
  assert.doesNotMatch(await page.content(), /_krs_[0-9A-Za-z]{38}/);
  await hands.press('link', 'I have copied the link');
  await heading('For Nina');
  const keyPage = new URL(page.url()).pathname;
  await page.getByText('Nobody has opened it yet').waitFor();

  // another link in its place; the first one does nothing
  await hands.press('link', 'New link…');
  await heading('New link for “For Nina”');
  await hands.pick('7 days');
  await hands.press('button', 'Make link');
  await heading('Copy the link');
  const link = await secret();
  assert.notEqual(link, first);
  secrets.push(link.split('/').at(-1), first.split('/').at(-1));
  await page.goto('/w/acme/keys');
  await signOut();
  await page.goto(first);
  await heading('This link has ended');

  // the holder, who has no account
  await page.goto(link);
  await heading('Your API key “For Nina”');
  await page.reload(); // looking uses nothing up
  await hands.press('button', 'Show my key');
  await heading('Save your key');
  const key = await secret();
  assert.match(key, /^[0-9A-Za-z]{8}_krs_[0-9A-Za-z]{38}$/);
  secrets.push(key.slice(9));
  assert.equal(await call(server.url, key), 200);
  await page.goto(link);
  await heading('This link was opened already');
  assert.ok(!(await page.content()).includes(key.slice(9)));

  // and looks at it
  await page.goto('/key');
  await heading('Look at your key');
  await hands.fill('Your whole key', key.slice(0, -1) + '?');
  await hands.press('button', 'Show');
  await page.getByRole('link', { name: /key/i }).first().waitFor();
  await heading('Look at your key');
  assert.equal(await page.getByLabel('Your whole key').inputValue(), '');
  await hands.fill('Your whole key', key);
  await hands.press('button', 'Show');
  await heading('For Nina');
  await page.getByText('Active').first().waitFor();
  await page.getByText('No limit applies').waitFor();
  assert.ok(!(await page.content()).includes(key.slice(9)));

  // its owner sees when it was taken, not what
  await signIn();
  await page.goto(keyPage);
  await page.getByText('Secret made').waitFor();
  assert.ok(!(await page.content()).includes(key.slice(9)));

  // a rotation, watched
  const rotate = async () => {
    await page.goto(keyPage);
    await hands.press('link', 'Rotate…');
    await hands.press('button', 'Rotate key');
    await heading('Save your key');
    const text = await secret();
    secrets.push(text.slice(9));
    await hands.press('link', 'I have saved the key');
    await heading('For Nina');
    return text;
  };
  const row = (which) => page.getByRole('row').filter({
    has: page.getByRole('rowheader', { name: which }) });
  const second = await rotate();
  for (const text of [key, key, second])
    assert.equal(await call(server.url, text), 200);
  // counts are written each second
  await until('2 calls with the old secret, 1 with the new one', async () => {
    await page.goto(keyPage);
    return /\b2$/.test((await row('Old').innerText()).trim()) &&
      /\b1$/.test((await row('New').innerText()).trim());
  });

  // another end, then now
  await hands.press('link', 'Another end, or take it back…');
  await heading('Rotation of “For Nina”');
  await hands.pick('When nobody has used it for some hours');
  await hands.fill('Hours', '6');
  await hands.press('button', 'Save');
  await page.getByText('The old secret ends as you said').waitFor();
  await page.getByText('6 hours').first().waitFor();
  assert.equal(await call(server.url, key), 200);
  await hands.press('button', 'End the old secret now');
  await page.getByText('The old secret has ended').waitFor();
  assert.equal(await call(server.url, key), 401);
  assert.equal(await call(server.url, second), 200);

  // one that is taken back
  const third = await rotate();
  assert.equal(await call(server.url, third), 200);
  await hands.press('link', 'Another end, or take it back…');
  await heading('Rotation of “For Nina”');
  await hands.press('button', 'Take it back');
  await page.getByText('Rotation taken back').waitFor();
  assert.equal(await call(server.url, third), 401);
  assert.equal(await call(server.url, second), 200);

  // advice, followed and undone
  await page.goto(keyPage);
  const never = page.getByRole('definition').filter({ hasText: /^Never/ });
  await never.first().waitFor();
  await hands.press('button', /^Let it expire on/);
  await page.getByText('For seven days you can undo it below').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Let it expire on/ })
    .count(), 0);
  await hands.press('button', /^Undo/);
  await page.getByText('It is as it was before').waitFor();
  await page.getByRole('button', { name: /^Let it expire on/ }).waitFor();
  assert.equal(await call(server.url, second), 200);

  // all of it stands in the log, and who was nobody is called so
  await page.goto('/w/acme/audit');
  await heading('Audit log');
  const log = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  for (const line of ['made a new link for key For Nina',
    'Somebody, not signed in, opened the link of key For Nina',
    'rotated key For Nina', 'set when the old secret ends of key For Nina',
    'ended the old secret of key For Nina',
    'took back the rotation of key For Nina'])
    assert.ok(log.includes(line), `${line}: ${log.slice(0, 2000)}`);
  return secrets;
});
