// SPDX-License-Identifier: ISC
// Hostile strings as names and notes of keys, read in a real browser: text is
// text.  A third of the public lists each time, by turn of the days
// (KEYLODGE_TURN 0, 1 or 2 chooses).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { build, follow, newPage, signIn, startBrowser, startServer } from './lib.mjs';

const own = [
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>", '</title><script>alert(1)</script>',
  '</textarea><iframe src=javascript:alert(1)>', 'javascript:alert(1)',
  '{{{name}}}', '{{&name}}', '{{>part/head}}', '{{=<% %>=}}',
  '&lt;script&gt;alert(1)&lt;/script&gt;', '<!--', ']]>', '<base href=//x.y>',
  '" autofocus onfocus=alert(1) x="', '<a href="javascript:alert(1)">a</a>',
  '\u202eevil', '<plaintext>', '<meta http-equiv=refresh content=0>',
  '<link rel=stylesheet href=//x.y>', "' or ''='", '<form action=//x.y>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
];
const folder = join(process.env.KEYLODGE_CORPORA ?? '', 'xss');
const lists = existsSync(folder) ? readdirSync(folder).sort().flatMap((f) =>
  readFileSync(join(folder, f), 'utf8').split('\n')) : [];
if (lists.length === 0)
  console.log('# left out: the public lists of script attacks are not here');
const turn = Number(process.env.KEYLODGE_TURN ??
  Math.floor(Date.now() / 86400000) % 3);
const strings = [...new Set([...own, ...lists.filter((line, n) =>
  line.trim() && n % 3 === turn && !line.includes('\r'))])];

const server = await startServer({ people: [['ada@example.org', 'Ada']] });
const prefixes = execFileSync(join(build, 'tests/browser/seed'),
  ['keylodge.conf', 'ada@example.org'], { cwd: server.home, encoding: 'utf8',
    input: strings.join('\n') + '\n', stdio: ['pipe', 'pipe', 'ignore'] })
  .trim().split('\n');
const wanted = new Map(prefixes.map((prefix, n) => [prefix, strings[n]]));
wanted.delete('-');
const fits = (text) => Buffer.byteLength(text) <= 80;

const browser = await startBrowser();
const page = await newPage(browser, { baseURL: server.url });
const faults = [];
page.on('dialog', (dialog) => {
  faults.push('dialog: ' + dialog.message());
  dialog.dismiss();
});
page.on('console', (m) => faults.push(`${page.url()}: ${m.text()}`));
page.on('pageerror', (error) => faults.push(String(error)));
await page.addInitScript(() => addEventListener('securitypolicyviolation',
  (event) => console.log('policy: ' + event.violatedDirective)));
await signIn(page, server.url, 'ada@example.org');
after(async () => {
  await browser.close();
  await server.stop();
});

/* What names could add: elements and attributes that no page of ours has. */
const strange = () => page.evaluate(() => Array.from(document.querySelectorAll(
  '*')).filter((e) => /^(iframe|object|embed|base|math|marquee|video|audio|x)$/i
  .test(e.tagName) || (e.tagName === 'SCRIPT' && !e.src) ||
  e.getAttributeNames().some((name) => /^on|^style$/.test(name)) ||
  /^\s*javascript:/i.test(e.getAttribute('href') ?? '')).map((e) =>
  e.outerHTML.slice(0, 100)));

/* Where the list goes on, or null. */
const onward = () => page.evaluate(() =>
  document.querySelector('a[rel=next]')?.getAttribute('href') ?? null);

test('the strings are stored', () => {
  assert.equal(prefixes.length, strings.length);
  assert.ok(wanted.size > strings.length * 0.9,
    `${strings.length - wanted.size} refused`);
});

test('names in the list', async () => {
  let seen = 0;
  for (let next = '/w/strings/keys'; next;) {
    await page.goto(next);
    const rows = await page.$$eval('tbody tr', (all) => all.map((row) => ({
      href: row.querySelector('th a').getAttribute('href'),
      text: row.querySelector('th a').textContent,
      label: row.querySelector('input')?.getAttribute('aria-label'),
      shape: Array.from(row.querySelectorAll('*')).map((e) => e.tagName)
        .join(' '),
    })));
    for (const row of rows) {
      const string = wanted.get(row.href.split('/').pop());
      if (fits(string)) {
        assert.equal(row.text, string);
        assert.equal(row.label, 'Select ' + string);
      }
      assert.equal(row.shape, rows[0].shape, 'other elements: ' + string);
      seen++;
    }
    faults.push(...await strange());
    next = await onward();
  }
  assert.equal(seen, wanted.size);
  assert.deepEqual(faults, []);
});

// one page a key: those whose text fits into no name, and some of the others
const single = [...wanted].filter(([, text], n) => !fits(text) || n % 40 === 0)
  .slice(0, 120);
test('notes and titles of keys', async () => {
  for (const [prefix, text] of single) {
    await page.goto('/w/strings/keys/' + prefix);
    const notes = await page.$$eval('dd', (all) => all.map((dd) =>
      dd.textContent));
    assert.ok(notes.includes(text), `note is not ${text}: ${notes}`);
    if (fits(text))
      assert.ok((await page.title()).startsWith(text.trim().replace(/\s+/g, ' ')
        .slice(0, 20)));
    await page.goto(`/w/strings/keys/${prefix}/edit`);
    const field = await page.locator('textarea[name=note]').inputValue();
    assert.equal(field, text);
    faults.push(...await strange());
  }
  assert.deepEqual(faults, []);
});

test('names in the audit log', async () => {
  for (let next = '/w/strings/audit', n = 0; next && n < 10; n++) {
    await page.goto(next);
    faults.push(...await strange());
    next = await onward();
  }
  assert.deepEqual(faults, []);
});

test('what was searched for, and typed into a form with an error', async () => {
  for (const text of strings.filter((t, n) => n < 30 || n % 60 === 0)) {
    await page.goto('/w/strings/keys?q=' + encodeURIComponent(text));
    if (await page.locator('input[name=q]').count() && text.length <= 80)
      assert.equal(await page.locator('input[name=q]').inputValue(),
        text.trim());
    faults.push(...await strange());
  }
  await page.goto('/w/strings/keys/new');
  for (const text of own) {
    await page.getByLabel('Name', { exact: true }).fill(text);
    await page.locator('input[name=spend_limit]').fill(text);
    await follow(page, page.getByRole('button', { name: 'Create key' }));
    await page.getByText('There is a problem').waitFor();
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(),
      text);
    faults.push(...await strange());
  }
  // the answer 422 is told by the browser itself
  assert.deepEqual(faults.filter((f) => !/status of (4\d\d)/.test(f)), []);
});
