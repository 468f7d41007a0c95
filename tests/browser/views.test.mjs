// SPDX-License-Identifier: ISC
// Every page in every state of tests/views, as our engine made it (one file a
// state in KEYLODGE_PAGES): light and dark, wide and narrow, with script and
// without.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { listen, startBrowser, startServer, tree } from './lib.mjs';
import { axe, comfort, layout, offers, skipLink, structure, validate }
  from './look.mjs';

const folder = process.env.KEYLODGE_PAGES;
const names = readdirSync(folder).filter((f) => f.endsWith('.html')).sort();
const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

// the real policy, so that a page that needs more than it allows says so
const headers = Object.fromEntries((await fetch(server.url + '/sign-in'))
  .headers);
for (const name of ['set-cookie', 'content-length', 'date', 'connection'])
  delete headers[name];

let html = '';
async function open(options) {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  await context.route('**/view', (route) =>
    route.fulfill({ status: 200, headers, body: html }));
  // the program adds a hash to these names, the views do not know it
  await context.route('**/static/*', (route) => route.fulfill({ path:
    join(tree, 'static', basename(new URL(route.request().url()).pathname)) }));
  return context.newPage();
}
const looks = [];
for (const colorScheme of ['light', 'dark'])
  for (const width of [1280, 360])
    looks.push({ name: `${colorScheme} ${width}`, width, page: await open(
      { colorScheme, viewport: { width, height: 800 } }) });
for (const { page } of looks) // a page with a secret asks before it is left
  page.on('dialog', (dialog) => dialog.accept());
const plain = await open({ javaScriptEnabled: false });

/* Everything at one size in one colour; the first look also asks what does not
 * depend on these. */
async function inspect({ name, width, page }, first) {
  const said = [];
  page.removeAllListeners('console');
  page.removeAllListeners('pageerror');
  listen(page, said);
  await page.goto('/view');
  const faults = [...await axe(page), ...await layout(page)];
  if (first)
    faults.push(...await structure(page), ...await skipLink(page));
  if (width === 360) {
    await page.setViewportSize({ width: 320, height: 800 });
    faults.push(...(await layout(page)).map((fault) => fault + ' (at 320)'));
    await page.setViewportSize({ width: 360, height: 800 });
  }
  return [...faults, ...said].map((fault) => `${name}: ${fault}`);
}

test('there are pages to look at', () => assert.ok(names.length > 50));

for (const name of names) {
  test(`view ${name.replace('.html', '')}`, async () => {
    html = readFileSync(join(folder, name), 'utf8');
    const faults = await validate(html);
    for (const found of await Promise.all(looks.map((look, n) =>
      inspect(look, n === 0))))
      faults.push(...found);
    await plain.goto('/view');
    faults.push(...(await layout(plain)).map((f) => 'without script: ' + f));
    const without = await offers(plain);
    const extra = await comfort(looks[0].page);
    for (const offer of await offers(looks[0].page))
      if (!without.includes(offer) && !extra.includes(offer))
        faults.push('without script there is no ' + offer);
    assert.deepEqual(faults, []);
  });
}
