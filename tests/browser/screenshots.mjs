// SPDX-License-Identifier: ISC
// Makes doc/screenshots/*.png for the README:
//   KEYLODGE_BUILD=... NODE_MODULES=... node tests/browser/screenshots.mjs
// The same build with the same fonts makes the same pictures, but for times
// and ids: the demo workspace ends at "now".

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { follow, signIn, startBrowser, startServer, tree } from './lib.mjs';

const folder = process.argv[2] ?? join(tree, 'doc/screenshots');
mkdirSync(folder, { recursive: true });
const server = await startServer({ demo: true,
  people: [['ada@example.org', 'Ada Lovelace']] });
server.keylodge('member', 'add', 'ada@example.org', '--workspace', 'demo',
  '--role', 'owner');
const browser = await startBrowser();

async function picture(name, colorScheme, height, open) {
  const context = await browser.newContext({ baseURL: server.url, colorScheme,
    viewport: { width: 1240, height } });
  const page = await context.newPage();
  page.on('dialog', (dialog) => dialog.accept());
  await signIn(page, server.url, 'ada@example.org');
  await open(page);
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0); // nothing looks pointed at
  await page.screenshot({ path: join(folder, name + '.png') });
  await context.close();
}

await picture('keys', 'light', 760, (page) => page.goto('/w/demo/keys'));
await picture('overview', 'dark', 860, (page) => page.goto('/w/demo/'));
await picture('created', 'light', 760, async (page) => {
  await page.goto('/w/demo/keys/new');
  await page.getByLabel('Name', { exact: true }).fill('Travel planner');
  await follow(page, page.getByRole('button', { name: 'Create key' }));
  await page.getByRole('heading', { name: 'Save your key' }).waitFor();
});
await browser.close();
await server.stop();
