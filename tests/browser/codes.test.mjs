// SPDX-License-Identifier: ISC
// Codes at sign-in: turned on, used, a recovery code once, asked for again
// before what matters most, and turned off.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { PASSWORD, build, startBrowser } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

const EMAIL = 'ada@acme.example';

/* What the app on a phone does (RFC 6238), with the secret from the page. */
function codeOf(secret, seconds) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = secret.replaceAll(' ', '').replace(/./g, (c) =>
    letters.indexOf(c).toString(2).padStart(5, '0'));
  const seed = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac('sha1', seed).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/* Not at the very end of a step, nor the step of the code before. */
let last = 0;
async function freshCode(secret) {
  for (;;) {
    const now = Date.now() / 1000;
    if (Math.floor(now / 30) > last && now % 30 < 25) {
      last = Math.floor(now / 30);
      return codeOf(secret, now);
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

/* Five minutes pass for every session. */
function age(server) {
  execFileSync(join(build, 'tests/http/age'), ['keylodge.conf', '-301'],
    { cwd: server.home, stdio: 'ignore' });
}

/* Wrong codes, a proof that is too old, and what sign-out clears. */
const says = /(\/codes\/on|\/sign-in\/code): .* 422 |: .* 401 |Clear-Site-Data/;

story(browser, 'codes at sign-in', { says, people: [[EMAIL, 'Ada Lovelace']] },
  async ({ server, page, hands, heading }) => {
    last = 0;
    const first = async (password = PASSWORD) => {
      await page.goto('/sign-in');
      await hands.fill('E-mail', EMAIL);
      await hands.fill('Password', password);
      await hands.press('button', 'Sign in');
    };
    const signOut = async () => {
      await page.goto('/account');
      await hands.press('button', 'Sign out');
      await heading('Sign in');
    };

    // set up
    server.keylodge('workspace', 'add', 'Acme', '--owner', EMAIL);
    await first();
    await page.goto('/account/security');
    await hands.press('button', 'Turn on codes');
    await heading('Turn on codes');
    const secret = await page.locator('#secret').innerText();
    assert.match(secret, /^([A-Z2-7]{4} ?){8}$/);
    const drawn = await page.locator('svg path').getAttribute('d');
    assert.ok(drawn.length > 1000);
    await hands.fill('Code', '000000');
    await hands.press('button', 'Turn on codes');
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    await hands.fill('Code', await freshCode(secret));
    await hands.press('button', 'Turn on codes');
    await heading('Save your recovery codes');
    const codes = (await page.locator('#codes').innerText()).trim().split('\n');
    assert.equal(codes.length, 10);
    const [download] = await Promise.all([page.waitForEvent('download'),
      hands.press('link', 'Download as text')]);
    assert.equal(download.suggestedFilename(), 'keylodge-recovery-codes.txt');
    const file = readFileSync(await download.path(), 'utf8');
    for (const code of codes)
      assert.ok(file.includes(code + '\n'));
    await hands.press('link', 'I have saved the codes');
    await heading('Security');

    // used: nothing opens between the steps
    await signOut();
    await first();
    await heading('Enter your code');
    await page.goto('/w/acme/keys');
    await heading('Sign in');
    await first();
    await heading('Enter your code');
    await hands.fill('Code', await freshCode(secret));
    await hands.press('button', 'Sign in');
    await page.waitForURL('**/w/**');

    // a recovery code works, and then no more
    await signOut();
    await first();
    await hands.fill('Code', codes[0].toLowerCase());
    await hands.press('button', 'Sign in');
    await page.getByText('That recovery code works no more').waitFor();
    await page.goto('/account/security');
    await page.getByText('9 of 10 recovery codes').waitFor();
    await signOut();
    await first();
    await hands.fill('Code', codes[0]);
    await hands.press('button', 'Sign in');
    await page.getByRole('heading', { name: 'There is a problem' }).waitFor();
    await hands.fill('Code', codes[1]);
    await hands.press('button', 'Sign in');
    await page.waitForURL('**/w/**');

    // five minutes later: asked, and then done
    await page.goto('/w/acme/management-keys/new');
    age(server);
    await hands.fill('Name', 'Terraform');
    await hands.press('button', 'Create');
    await heading('Confirm that it is you');
    await hands.fill('Password', PASSWORD);
    await hands.press('button', 'Confirm');
    await heading('Save your key');
    const key = await page.locator('#secret').innerText();
    await hands.press('link', 'I have saved the key');
    await heading('Terraform');

    // the workspace asks everybody
    await page.goto('/w/acme/settings');
    await hands.pick('All members');
    await hands.press('button', 'Save settings');
    await page.getByText('Settings saved').waitFor();

    // off again, by a code: then the workspace waits for codes
    await page.goto('/account/security');
    await hands.press('link', 'Turn off codes');
    await heading('Turn off codes?');
    age(server);
    await hands.press('button', 'Turn off codes');
    await heading('Confirm that it is you');
    await hands.fill('Or a code', codes[2]);
    await hands.press('button', 'Confirm');
    await page.getByText('Codes are off').waitFor();
    await page.goto('/w/acme/keys');
    await heading('Security');
    await page.getByText('asks you for a code at sign-in').waitFor();

    // a forgotten password, by the link of the shell
    await page.goto(server.keylodge('reset-link', EMAIL));
    await heading('Set a new password');
    await hands.fill('New password', 'a wholly new one');
    await hands.press('button', 'Set password');
    await page.getByText('Password set').waitFor();
    await first('a wholly new one');
    await page.waitForURL('**/account/security');
    return [secret.replaceAll(' ', ''), key, ...codes, PASSWORD];
  });
