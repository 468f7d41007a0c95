// SPDX-License-Identifier: ISC
// A private server for the tests that node runs.
//
// KEYLODGE_BUILD  folder with the built program

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const tree = join(dirname(fileURLToPath(import.meta.url)), '..');
export const build = process.env.KEYLODGE_BUILD ?? join(tree, 'build');

export const PASSWORD = 'correct horse battery';

/* Waits over the end of a minute or of a day (UTC) when less than left_s of it
 * are left: what comes next belongs into one. */
export function within(period_s, left_s) {
  const rest = period_s - Date.now() / 1000 % period_s;
  return new Promise((done) =>
    rest > left_s ? done() : setTimeout(done, rest * 1000 + 100));
}

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
    // a signal that ended the program, in its kill mode for one, is a failure
    stop: () => new Promise((resolve, reject) => {
      child.once('exit', (code) => {
        rmSync(home, { recursive: true, force: true });
        code === 0 ? resolve() : reject(new Error('no good end: ' + words));
      });
      child.stdin.end();
    }),
  };
}
