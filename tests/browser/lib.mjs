// SPDX-License-Identifier: ISC
// What the browser tests share: a private server, people, a browser.
//
// KEYLODGE_BUILD  folder with the built program
// NODE_MODULES    folder in which `npm ci` was run

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PASSWORD, build, startServer, tree, within } from '../server.mjs';

export { PASSWORD, build, startServer, tree, within };
const require = createRequire(join(process.env.NODE_MODULES ?? tree, 'x.js'));
const { chromium } = require('playwright-core');
export const axeSource =
  readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const { HtmlValidate } = require('html-validate');

/* Chromium's engine without the window around it, which nobody sees and which
 * takes a third of the time. */
export function startBrowser() {
  const executablePath = '/usr/bin/chromium-headless-shell';
  return chromium.launch({ executablePath, args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
    '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'] });
}

/* How long something may take on a machine that has much else to do. */
const PATIENCE_MS = 60000;

/* Asks until the answer is yes, and returns it: what the server writes down
 * comes a second later, or two. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer)
      return answer;
    assert.ok(Date.now() < end, 'in vain: ' + what);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export async function newPage(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

/* Does a click on this lead to another page, or to a file?  Not within the same
 * page, nor with a form that the browser itself finds wrong, nor to a script. */
const leads = (target) => target.evaluate((e) => {
  const link = e.closest('a[href]');
  if (link)
    return /^https?:$/.test(link.protocol) && !link.target &&
      !link.getAttribute('href').startsWith('#');
  const button = e.closest('button, input');
  return button?.type === 'submit' && button.form !== null &&
    !button.disabled && (button.form.noValidate || button.formNoValidate ||
      button.form.matches(':valid'));
});

/* The next page of this tab is there, whole, or a file is on its way. */
function arrival(page) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(reject,
      new Error(`no page came after ${page.url()}`)), PATIENCE_MS);
    const moved = (frame) => {
      if (frame === page.mainFrame())
        end(resolve, page.waitForLoadState());
    };
    const loads = () => end(resolve);
    const end = (settle, value) => {
      clearTimeout(late);
      page.off('framenavigated', moved);
      page.off('download', loads);
      settle(value);
    };
    page.on('framenavigated', moved);
    page.on('download', loads);
  });
}

/* Clicks (or does what else deed does), and returns when the page that this
 * leads to is there.  Neither a key nor a click waits for a page by itself, and
 * whoever goes on before races with it: an address that is opened meanwhile is
 * given up by the browser, a field is filled in on the page before. */
export async function follow(page, target, deed = () => target.click()) {
  if (!await leads(target))
    return deed();
  const arrived = arrival(page);
  arrived.catch(() => {}); // should the deed itself fail
  await deed();
  return arrived;
}

/* Whatever a page says on the console, or a script that breaks, into list. */
export function listen(page, list) {
  page.on('console', (message) =>
    list.push(`${page.url()}: ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => list.push(`${page.url()}: ${error}`));
}

export async function signIn(page, url, email) {
  await page.goto(url + '/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await follow(page, page.getByRole('button', { name: 'Sign in' }));
  assert.ok(!new URL(page.url()).pathname.startsWith('/sign-in'),
    email + ' is signed in');
}

/* Is this key let through the Authorizer?  The status is the answer. */
export async function call(url, key) {
  const answer = await fetch(url + '/protected/hello',
    { headers: { authorization: 'Bearer ' + key } });
  await answer.arrayBuffer();
  return answer.status;
}

/* A call of this key is written down, which is done once a second: from now on
 * it is revoked by its name. */
export function used(server, workspace, name) {
  return until(`the last call of ${name}`, () =>
    JSON.parse(server.keylodge('key', 'list', '--workspace', workspace,
      '--json')).find((key) => key.name === name).last_used);
}

/* For the words of a failure: what was on the screen. */
export async function where(page) {
  const text = await page.locator('body').innerText().catch(() => '');
  return `\n(at ${page.url()}: ${text.replace(/\s+/g, ' ').slice(0, 400)})`;
}
