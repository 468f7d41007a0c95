// SPDX-License-Identifier: ISC
// The main job, three times: with script, without, and by keyboard alone.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { call, listen, PASSWORD, startBrowser, startServer, where } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

/* Hands: how a person works the page. */
function mouse(page) {
  return {
    fill: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
    press: (role, name) => page.getByRole(role, { name }).first().click(),
  };
}

/* Keyboard: Tab until the thing has the focus; every stop must be visible. */
function keyboard(page) {
  const stop = () => page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body)
      return null;
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    return {
      what: at.outerHTML.slice(0, 120),
      ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight &&
        box.right > 0 && box.left < innerWidth,
    };
  });
  const reach = async (target) => {
    for (let n = 0; n < 150; n++) {
      await page.keyboard.press('Tab');
      const at = await stop();
      if (!at)
        continue; // between the end of the page and its beginning
      assert.ok(at.ring, 'focus without a ring: ' + at.what);
      assert.ok(at.inside, 'focus out of sight: ' + at.what);
      if (await target.evaluate((e) => e === document.activeElement))
        return;
    }
    assert.fail('not reached by Tab: ' + target);
  };
  return {
    fill: async (label, text) => {
      await reach(page.getByLabel(label, { exact: true }));
      await page.keyboard.type(text);
    },
    press: async (role, name) => {
      const target = page.getByRole(role, { name }).first();
      await target.waitFor();
      await reach(target);
      const before = page.url();
      await page.keyboard.press(role === 'button' && name !== 'Copy key'
        ? 'Space' : 'Enter');
      if (name !== 'Copy key')
        await page.waitForFunction(() => document.readyState === 'complete')
          .catch(() => before);
    },
  };
}

/* The pages of the program may not read the clipboard; another page pastes. */
async function pasted(context) {
  const page = await context.newPage();
  await page.setContent('<textarea></textarea>');
  await page.locator('textarea').focus();
  await page.keyboard.press('Control+V');
  const text = await page.locator('textarea').inputValue();
  await page.close();
  return text;
}

const ways = {
  'with script': { script: true, hands: mouse },
  'without script': { script: false, hands: mouse },
  'by keyboard': { script: true, hands: keyboard },
};

for (const [name, way] of Object.entries(ways)) {
  test(`main job ${name}`, async () => {
    const server = await startServer();
    const context = await browser.newContext({ baseURL: server.url,
      javaScriptEnabled: way.script,
      permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const said = [];
    listen(page, said);
    page.setDefaultTimeout(10000);
    const hands = way.hands(page);
    const heading = (text) => page.getByRole('heading', { level: 1, name: text })
      .waitFor();
    try {
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
      if (way.script) {
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
      if (way.script)
        await hands.press('button', 'Copy key');
      await hands.press('link', 'I have saved the key');
      await heading('Night job');

      // the stamp "last used" is written once a second
      for (let n = 0; n < 50; n++) {
        const [row] = JSON.parse(server.keylodge('key', 'list', '--workspace',
          'ada-lovelace', '--json'));
        if (row.last_used)
          break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }

      // revoke
      await hands.press('link', 'Revoke…');
      await heading('Revoke “Night job”?');
      await hands.fill('Type the key’s name to confirm', 'Night job');
      await hands.press('button', 'Revoke key');
      await page.getByText('Revoked', { exact: true }).first().waitFor();
      assert.equal(await call(server.url, next), 401);
      assert.equal(await call(server.url, key), 401);

      // a page without script, or a full console, would hide a fault
      assert.deepEqual(said, []);
      assert.doesNotMatch(server.log(), /level=error/);
      for (const secret of [key, next])
        assert.ok(!server.log().includes(secret));
    } catch (error) {
      error.message += await where(page);
      throw error;
    } finally {
      await context.close();
      await server.stop();
    }
  });
}
