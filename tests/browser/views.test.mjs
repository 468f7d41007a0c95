// SPDX-License-Identifier: ISC
// Every page in every state of tests/views, as our engine made it (one file a
// state in KEYLODGE_PAGES): light and dark, wide and narrow, with script and
// without.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { listen, newPage, startBrowser, startServer, tree } from './lib.mjs';
import { axe, COLOURS, comfort, layout, offers, skipLink, STILL, structure,
  validate, wear, withAxe } from './look.mjs';

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
/* Light and dark, wide and narrow; in the dark only colours differ. */
const looks = [['light', 1280], ['light', 360], ['dark', 360], ['dark', 1280]]
  .map(([colorScheme, width]) => ({ colorScheme, width,
    rules: colorScheme === 'dark' ? COLOURS : undefined }));
const page = await open(STILL);
await withAxe(page);
// a page with a secret asks before it is left
page.on('dialog', (dialog) => dialog.accept());
const said = [];
listen(page, said);
const plain = await open({ javaScriptEnabled: false });

async function inspect(look) {
  await wear(page, look);
  const faults = [...await axe(page, look.rules), ...await layout(page)];
  if (look.width === 360) {
    await wear(page, { ...look, width: 320 });
    faults.push(...(await layout(page)).map((fault) => fault + ' (at 320)'));
  }
  return faults.map((fault) => `${look.colorScheme} ${look.width}: ${fault}`);
}

test('there are pages to look at', () => assert.ok(names.length > 50));

test('no script asks for the size or the colours', () => {
  for (const name of readdirSync(join(tree, 'static')))
    if (name.endsWith('.js'))
      assert.doesNotMatch(readFileSync(join(tree, 'static', name), 'utf8'),
        /matchMedia|resize|(inner|client|offset|scroll)(Width|Height)|screen\b/i);
});

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
  await page.goto('/view');
  await wear(page, looks[1]);
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
  await page.goto('/view');
  await wear(page, looks[2]);
  await page.evaluate(() =>
    document.querySelector('.faint').style.setProperty('color', '#333'));
  assert.match((await axe(page, looks[2].rules)).join('\n'),
    /axe color-contrast: \.faint/);
});

for (const name of names) {
  test(`view ${name.replace('.html', '')}`, async () => {
    html = readFileSync(join(folder, name), 'utf8');
    said.length = 0;
    await page.goto('/view');
    const faults = [...await validate(html), ...await structure(page)];
    for (const look of looks)
      faults.push(...await inspect(look));
    await plain.goto('/view');
    faults.push(...(await layout(plain)).map((f) => 'without script: ' + f));
    const without = await offers(plain);
    const extra = await comfort(page);
    for (const offer of await offers(page))
      if (!without.includes(offer) && !extra.includes(offer))
        faults.push('without script there is no ' + offer);
    faults.push(...await skipLink(page), ...said);
    assert.deepEqual(faults, []);
  });
}
