// SPDX-License-Identifier: ISC
// What the browser tests share: a private server, people, a browser.
//
// KEYLODGE_BUILD  folder with the built program
// NODE_MODULES    folder in which `npm ci` was run

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PASSWORD, build, startServer, tree } from '../server.mjs';

export { PASSWORD, build, startServer, tree };
const require = createRequire(join(process.env.NODE_MODULES ?? tree, 'x.js'));
const { chromium } = require('playwright-core');
export const axeSource =
  readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const { HtmlValidate } = require('html-validate');

export function startBrowser() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
    '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'] });
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
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((at) => !at.pathname.startsWith('/sign-in'));
}

/* Is this key let through the Authorizer?  The status is the answer. */
export async function call(url, key) {
  const answer = await fetch(url + '/protected/hello',
    { headers: { authorization: 'Bearer ' + key } });
  await answer.arrayBuffer();
  return answer.status;
}

/* For the words of a failure: what was on the screen. */
export async function where(page) {
  const text = await page.locator('body').innerText().catch(() => '');
  return `\n(at ${page.url()}: ${text.replace(/\s+/g, ' ').slice(0, 400)})`;
}
