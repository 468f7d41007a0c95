// SPDX-License-Identifier: ISC
// Every page in every state of tests/views, as our engine made it (one file a
// state in KEYLODGE_PAGES): light and dark, wide and narrow, with script and
// without.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { listen, newPage, startBrowser, startServer, tree } from './lib.mjs';
import { axe, COLOURS, comfort, layout, offers, skipLink, structure, validate,
  withAxe } from './look.mjs';

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
  const page = await newPage(browser, { baseURL: server.url, ...options });
  await page.route('**/view', (route) =>
    route.fulfill({ status: 200, headers, body: html }));
  // the program adds a hash to these names, the views do not know it
  await page.route('**/static/*', (route) => route.fulfill({ path:
    join(tree, 'static', basename(new URL(route.request().url()).pathname)) }));
  return page;
}
const looks = [];
for (const colorScheme of ['light', 'dark'])
  for (const width of [1280, 360])
    looks.push({ name: `${colorScheme} ${width}`, width,
      rules: colorScheme === 'dark' ? COLOURS : undefined,
      page: await open({ colorScheme, viewport: { width, height: 800 } }) });
for (const { page } of looks) {
  await withAxe(page);
  // a page with a secret asks before it is left
  page.on('dialog', (dialog) => dialog.accept());
}
const plain = await open({ javaScriptEnabled: false });

/* Everything at one size in one colour; the first look also asks what does not
 * depend on these. */
async function inspect({ name, width, rules, page }, first) {
  const said = [];
  page.removeAllListeners('console');
  page.removeAllListeners('pageerror');
  listen(page, said);
  await page.goto('/view');
  const faults = [...await axe(page, rules), ...await layout(page)];
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

// One fault of each kind that the looks know: a look that does not see its own
// is worth nothing.
test('the looks see what they look for', async () => {
  html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Fault</title><link rel="stylesheet" href="/static/app.css"></head><body>
<main id="main"><h1>One</h1><h1>Two</h1>
<p style="color: #ddd">pale</p><p class="faint">words</p>
<img src="/static/icon.svg"><div hidden class="shown">hidden</div>
<button class="btn pri">A</button><button class="btn pri">B</button>
<input type="checkbox" aria-label="Small">
<svg viewBox="0 0 1000 100" width="100" height="10"><text y="90">tiny</text></svg>
<div class="wide">${'wide'.repeat(200)}</div><script>1</script></main></body>`;
  const { page } = looks[1];
  await page.goto('/view');
  await page.evaluate(() => {
    const css = (selector, name, value) =>
      document.querySelector(selector).style.setProperty(name, value);
    css('.faint', 'color', '#ddd');
    document.querySelector('.shown').style.setProperty('display', 'block',
      'important');
    css('.wide', 'width', '900px');
    css('input', 'width', '10px');
  });
  const all = [...await validate(html), ...await axe(page),
    ...await layout(page), ...await structure(page), ...await skipLink(page)]
    .join('\n');
  for (const fault of ['html-validate', 'axe color-contrast', 'axe image-alt',
    'px wide in 360', 'target 10', 'in a chart', 'hidden, but seen', '2 h1',
    '2 primary buttons', 'title: Fault', 'in an attribute',
    'the skip link is not first'])
    assert.ok(all.includes(fault), `${fault} is not seen in:\n${all}`);
  // and in the dark, where colours alone are asked for
  const dark = looks[3];
  await dark.page.goto('/view');
  await dark.page.evaluate(() =>
    document.querySelector('.faint').style.setProperty('color', '#333'));
  assert.match((await axe(dark.page, dark.rules)).join('\n'),
    /axe color-contrast: \.faint/);
});

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
