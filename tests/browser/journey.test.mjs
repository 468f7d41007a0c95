// SPDX-License-Identifier: ISC
// The main job, three times: with script, without, and by keyboard alone.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { call, PASSWORD, startBrowser, until, used } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

/* The pages of the program may not read the clipboard; another page pastes. */
async function pasted(context) {
  const page = await context.newPage();
  await page.setContent('<textarea></textarea>');
  await page.locator('textarea').focus();
  await page.keyboard.press('Control+V');
  const text = await until('something to paste', () =>
    page.locator('textarea').inputValue());
  await page.close();
  return text;
}

story(browser, 'main job', {}, async (told) => {
  const { server, context, page, hands, heading } = told;
  // set up
  await page.goto(server.keylodge('setup-link'));
  await heading('Create the owner account');
  await hands.fill('E-mail', 'ada@example.org');
  await hands.fill('Your name', 'Ada Lovelace');
  await hands.fill('Password', PASSWORD);
  await hands.press('button', 'Create owner');
  await heading('Overview');

  // create
  await hands.press('link', 'Create API key');
  await heading('Create API key');
  await hands.fill('Name', 'Night job');
  await hands.press('button', 'Create key');
  await heading('Save your key');
  const key = await page.locator('#secret').innerText();
  assert.match(key, /^[0-9A-Za-z]{8}_krs_[0-9A-Za-z]{38}$/);

  // copy
  const copy = page.getByRole('button', { name: 'Copy key' });
  if (told.script) {
    await hands.press('button', 'Copy key');
    await page.locator('#live', { hasText: 'Copied' }).waitFor();
    assert.equal(await pasted(context), key);
  } else {
    assert.equal(await copy.count(), 0, 'a copy button that does nothing');
    assert.equal(await page.locator('#secret').evaluate((e) =>
      getComputedStyle(e).userSelect), 'all');
  }
  assert.equal(await call(server.url, key), 200);

  // disable, enable
  await hands.press('link', 'I have saved the key');
  await heading('Night job');
  assert.ok(!(await page.content()).includes(key));
  await hands.press('link', 'Disable…');
  await heading('Disable “Night job”?');
  await hands.press('button', 'Disable key');
  await heading('Night job');
  assert.equal(await call(server.url, key), 403);
  await hands.press('link', 'Enable…');
  await heading('Enable “Night job”?');
  await hands.press('button', 'Enable key');
  await heading('Night job');
  assert.equal(await call(server.url, key), 200);

  // rotate
  await hands.press('link', 'Rotate…');
  await heading('Rotate “Night job”');
  await hands.press('button', 'Rotate key');
  await heading('Save your key');
  const next = await page.locator('#secret').innerText();
  assert.notEqual(next, key);
  assert.equal(await call(server.url, key), 200, 'the old one, in overlap');
  assert.equal(await call(server.url, next), 200, 'the new one');
  if (told.script)
    await hands.press('button', 'Copy key');
  await hands.press('link', 'I have saved the key');
  await heading('Night job');

  // revoke
  await used(server, 'ada-lovelace', 'Night job');
  await hands.press('link', 'Revoke…');
  await heading('Revoke “Night job”?');
  await hands.fill('Type the key’s name to confirm', 'Night job');
  await hands.press('button', 'Revoke key');
  await page.getByText('Revoked', { exact: true }).first().waitFor();
  assert.equal(await call(server.url, next), 401);
  assert.equal(await call(server.url, key), 401);
  return [key, next];
});
