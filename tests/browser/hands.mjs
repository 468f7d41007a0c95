// SPDX-License-Identifier: ISC
// How a person works a page: with a mouse, without script, by keyboard alone.
//
// Each pair of hands has
//   fill(label, text)     writes into a field
//   choose(label, option) takes one of a drop-down
//   press(role, name)     clicks a link or a button; the next page is there then
//   pick(label)           takes a radio button
//   unfold(words)         opens a <details>

import assert from 'node:assert/strict';
import test from 'node:test';
import { follow, listen, newPage, startServer, where } from './lib.mjs';

function mouse(page) {
  const field = (label) => page.getByLabel(label, { exact: true });
  return {
    fill: (label, text) => field(label).fill(text),
    choose: (label, option) => field(label).selectOption({ label: option }),
    press: (role, name) =>
      follow(page, page.getByRole(role, { name }).first()),
    pick: (label) => field(label).check(),
    unfold: (words) => page.locator('summary', { hasText: words }).click(),
  };
}

/* Keyboard: Tab until the thing has the focus; every stop must be visible. */
function keyboard(page) {
  const field = (label) => page.getByLabel(label, { exact: true });
  const stop = () => page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body)
      return null;
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    return {
      what: at.outerHTML.slice(0, 120),
      // the calendar button in a date field has a ring of the browser's own
      ring: !at.matches(':focus') ||
        (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
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
      await reach(field(label)); // what was in it is selected, and goes
      await page.keyboard.type(text);
    },
    choose: async (label, option) => {
      await reach(field(label));
      const shown = () => field(label).evaluate((e) =>
        e.selectedOptions[0].textContent);
      await page.keyboard.press('Home');
      for (let n = 0; n < 50 && await shown() !== option; n++)
        await page.keyboard.press('ArrowDown');
      assert.equal(await shown(), option);
    },
    press: async (role, name) => {
      const target = page.getByRole(role, { name }).first();
      await target.waitFor();
      await reach(target);
      await follow(page, target, () => page.keyboard.press(
        role === 'button' && name !== 'Copy key' ? 'Space' : 'Enter'));
    },
    pick: async (label) => {
      // Tab comes to the chosen one of a group, arrows to the others
      const name = await field(label).getAttribute('name');
      await reach(page.locator(`input[name="${name}"]:checked`));
      for (let n = 0; n < 50 && !await field(label).isChecked(); n++)
        await page.keyboard.press('ArrowDown');
      assert.ok(await field(label).isChecked());
    },
    unfold: async (words) => {
      await reach(page.locator('summary', { hasText: words }));
      await page.keyboard.press('Enter');
    },
  };
}

const ways = {
  'with script': { script: true, hands: mouse },
  'without script': { script: false, hands: mouse },
  'by keyboard': { script: true, hands: keyboard },
};

/* A story, told three times, each with a server and a browser of its own.
 * options: of startServer; and says, which lines of the console are expected,
 * such as that of a form that was refused.  tell() gets { server, context, page, hands, script,
 * heading } and returns the secrets that no log may hold. */
export function story(browser, name, { says = /^$/, ...options }, tell) {
  for (const [by, way] of Object.entries(ways))
    test(`${name} ${by}`, async () => {
      const server = await startServer(options);
      const page = await newPage(browser, { baseURL: server.url,
        javaScriptEnabled: way.script,
        permissions: ['clipboard-read', 'clipboard-write'] });
      const context = page.context();
      const said = [];
      listen(page, said);
      try {
        const secrets = await tell({ server, context, page,
          hands: way.hands(page), script: way.script,
          heading: (text) => page.getByRole('heading',
            { level: 1, name: text }).waitFor() });
        // a page without script, or a full console, would hide a fault
        assert.deepEqual(said.filter((line) => !says.test(line)), []);
        assert.doesNotMatch(server.log(), /level=error/);
        for (const secret of secrets)
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
