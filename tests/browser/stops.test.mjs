// SPDX-License-Identifier: ISC
// What stops calls at once, and how it is undone: a key that somebody found
// and reported, and a workspace that is frozen.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { call, PASSWORD, startBrowser } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

const FOUND = 'https://git.example/acme/app/config.py';
const WHY = 'A bill of $4,000 overnight';

/* The words a refused call gets. */
async function refusal(url, key) {
  const answer = await fetch(url + '/protected/hello',
    { headers: { authorization: 'Bearer ' + key } });
  return { status: answer.status, ...(await answer.json()).error };
}

story(browser, 'report of a key, and freeze',
  { people: [['ada@example.org', 'Ada Lovelace']] },
  async ({ server, page, hands, heading, script }) => {
    const { url } = server;
    server.keylodge('workspace', 'add', 'Acme', '--owner', 'ada@example.org');
    const key = server.keylodge('key', 'create', '--workspace', 'acme',
      '--kind', 'standard', '--name', 'Night job');
    const other = server.keylodge('key', 'create', '--workspace', 'acme',
      '--kind', 'standard', '--name', 'Day job');
    assert.equal(await call(url, key), 200);

    // somebody, not signed in, found the key
    const send = async (text) => {
      await page.goto('/report-a-key');
      await heading('Report a key');
      await hands.fill('The whole key', text);
      await hands.fill('Where you found it (optional)', FOUND);
      await hands.press('button', 'Report key');
      const words = page.getByText(/^Thank you/);
      await words.waitFor();
      assert.ok(!(await page.content()).includes(text), 'it is shown again');
      return words.innerText();
    };
    const taken = await send(key);
    assert.equal(await call(url, key), 403, 'the next call');
    assert.equal(await call(url, other), 200, 'another key');
    const wrong = key.slice(0, -5) + (key.endsWith('xxxxx') ? 'yyyyy' : 'xxxxx');
    assert.equal(await send(wrong), taken, 'the answer tells keys apart');

    // the owner sees who and where, and lets the key work with a new secret
    await page.goto('/sign-in?next=/w/acme/');
    await hands.fill('E-mail', 'ada@example.org');
    await hands.fill('Password', PASSWORD);
    await hands.press('button', 'Sign in');
    await heading('Overview');
    await hands.press('link', 'API keys');
    await heading('API keys');
    await hands.press('link', 'Night job');
    await heading('Night job');
    await page.getByText('Suspended', { exact: true }).waitFor();
    const line = page.getByRole('listitem').filter({ hasText: FOUND });
    assert.match(await line.innerText(), /reported from 127\.0\.0\.1/);
    assert.ok((await line.innerText()).includes(key.slice(0, 8)));
    await hands.press('link', 'Rotate…');
    await heading('Rotate “Night job”');
    await hands.press('button', 'Rotate key');
    await heading('Save your key');
    const next = await page.locator('#secret').innerText();
    if (script) // who leaves without a copy is asked first
      await hands.press('button', 'Copy key');
    await hands.press('link', 'I have saved the key');
    await heading('Night job');
    await page.getByText('Active', { exact: true }).waitFor();
    assert.equal(await call(url, key), 401, 'the secret that leaked');
    assert.equal(await call(url, next), 200, 'the new one');

    // freeze
    await hands.press('link', 'Settings');
    await heading('Settings');
    await hands.press('link', 'Freeze…');
    await heading('Freeze “Acme”');
    await hands.fill('Reason', WHY);
    await hands.pick('24 hours');
    await hands.press('button', 'Freeze workspace');
    await page.getByText('This workspace is frozen').waitFor();
    for (const text of [next, other]) {
      const { status, message } = await refusal(url, text);
      assert.equal(status, 403);
      assert.ok(message.includes(WHY), message);
    }
    await hands.press('link', 'API keys');
    await heading('API keys');
    await page.getByText('This workspace is frozen').waitFor();

    // thaw
    await hands.press('link', 'Thaw it');
    await heading('Thaw “Acme”?');
    await hands.press('button', 'Thaw workspace');
    await page.getByText('This workspace is frozen').waitFor(
      { state: 'detached' });
    for (const text of [next, other])
      assert.equal(await call(url, text), 200);
    return [key, next, other];
  });
