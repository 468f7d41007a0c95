// SPDX-License-Identifier: ISC
// What the browser tests share: a private server, people, a browser.
//
// KEYLODGE_BUILD  folder with the built program
// NODE_MODULES    folder in which `npm ci` was run

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const tree = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const build = process.env.KEYLODGE_BUILD ?? join(tree, 'build');
const require = createRequire(join(process.env.NODE_MODULES ?? tree, 'x.js'));
const { chromium } = require('playwright-core');
export const axeSource =
  readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const { HtmlValidate } = require('html-validate');

export const PASSWORD = 'correct horse battery';

/* A server with data of its own.  people: list of [email, name]. */
export async function startServer({ people = [], demo = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'klb-'));
  const child = spawn(join(tree, 'tests/server'), [build, home],
    { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.on('data', (part) => { words += part; });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (part) => resolve(String(part).trim()));
    child.once('exit', () => reject(new Error('no server: ' + words)));
  });
  const keylodge = (...args) => execFileSync(join(build, 'keylodge'),
    ['--config', 'keylodge.conf', ...args],
    { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  writeFileSync(join(home, 'password'), PASSWORD + '\n', { mode: 0o600 });
  for (const [email, name] of people)
    keylodge('user', 'add', email, '--name', name,
      '--password-file', join(home, 'password'));
  if (demo)
    keylodge('demo');
  return {
    url, home, keylodge,
    log: () => readFileSync(join(home, 'log/keylodge.log'), 'utf8'),
    stop: () => new Promise((resolve) => {
      child.once('exit', () => {
        rmSync(home, { recursive: true, force: true });
        resolve();
      });
      child.stdin.end();
    }),
  };
}

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
