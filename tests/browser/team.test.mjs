// SPDX-License-Identifier: ISC
// A team: invited, joined, keys made and revoked, somebody removed and their
// keys handed over; with script, without, and by keyboard alone.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from './hands.mjs';
import { call, PASSWORD, startBrowser, used } from './lib.mjs';

const browser = await startBrowser();
after(() => browser.close());

const says = /Clear-Site-Data/; // the browser tells of each sign-out
const people = [['ada@example.org', 'Ada Lovelace'],
  ['grace@example.org', 'Grace Hopper']];

story(browser, 'team', { people, says }, async ({ server, page, hands, heading }) => {
  const secrets = [];
  const secret = async () => {
    const text = await page.locator('#secret').innerText();
    secrets.push(text.split('/').at(-1));
    return text;
  };
  const signIn = async (email) => {
    await hands.fill('E-mail', email);
    await hands.fill('Password', PASSWORD);
    await hands.press('button', 'Sign in');
  };
  const signOut = async () => {
    await hands.press('button', 'Sign out');
    await heading('Sign in');
  };
  const makeKey = async (name, owner) => {
    await page.goto('/w/acme/keys');
    await hands.press('link', 'Create API key');
    await heading('Create API key');
    await hands.fill('Name', name);
    if (owner)
      await hands.choose('Owner', owner);
    await hands.press('button', 'Create key');
    await heading('Save your key');
    const key = await secret();
    assert.equal(await call(server.url, key), 200);
    return key;
  };
  const invite = async (email, role) => {
    await page.goto('/w/acme/members');
    await hands.press('link', 'Invite member');
    await heading('Invite a member');
    await hands.fill('E-mail', email);
    await hands.pick(role);
    await hands.press('button', 'Make invitation');
    await heading('Copy the link');
    return secret();
  };

  // a team of one, and two invitations
  await page.goto('/sign-in');
  await signIn('ada@example.org');
  await heading('Overview');
  await page.goto('/workspaces/new');
  await hands.fill('Name of the team', 'Acme');
  await hands.press('button', 'Create team');
  await heading('Overview');
  const forMia = await invite('mia@example.org', 'Member');
  assert.ok(forMia.startsWith(server.url + '/invite/'));
  const forGrace = await invite('grace@example.org', 'Admin');
  const lost = await invite('lost@example.org', 'Member');
  await page.goto('/w/acme/members');
  await hands.press('button', 'Withdraw the invitation of lost@example.org');
  await page.getByText('Invitation withdrawn').waitFor();
  const dead = await page.request.get(lost);
  assert.equal(dead.status(), 404);
  const ofAda = await makeKey('Of Ada');

  // the last owner stays one
  await page.goto('/w/acme/members');
  await hands.press('link', /^Ada Lovelace$/);
  await page.getByText('You are the last owner').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Leave…' }).count(), 0);
  await signOut();

  // a new account
  await page.goto(forMia);
  await heading('Join Acme');
  await hands.fill('Your name', 'Mia Member');
  await hands.fill('Password', PASSWORD);
  await hands.press('button', 'Create account and join');
  await heading('Overview');
  const ofMia = await makeKey('Night job');

  // her own she may stop, the other one not even that
  const adas = `/w/acme/keys/${ofAda.slice(0, 8)}`;
  await page.goto(adas);
  await heading('Of Ada');
  for (const verb of ['Edit', 'Rotate…', 'Disable…', 'Revoke…'])
    assert.equal(await page.getByRole('link', { name: verb }).count(), 0);
  for (const verb of ['edit', 'rotate', 'disable', 'revoke'])
    assert.equal((await page.request.get(`${adas}/${verb}`)).status(), 403);
  assert.equal((await page.request.get('/w/acme/invites/new')).status(), 403);
  assert.equal(await call(server.url, ofAda), 200);
  await page.goto('/workspaces'); // the personal workspace came along
  await page.getByRole('cell', { name: 'Personal' }).waitFor();
  const mia = await page.context().storageState();
  await signOut();

  // an account that was there, signed in on the way
  await page.goto(forGrace);
  await heading('Join Acme');
  await hands.press('link', 'Sign in to join');
  await signIn('grace@example.org');
  await heading('Join Acme');
  await hands.press('button', 'Join Acme');
  await heading('Overview');
  await page.getByText('You are a member of this workspace now').waitFor();
  assert.equal((await page.request.get(forGrace)).status(), 404);

  // an admin may revoke what is not hers
  await used(server, 'acme', 'Of Ada');
  await page.goto(adas);
  await hands.press('link', 'Revoke…');
  await heading('Revoke “Of Ada”?');
  await hands.fill('Type the key’s name to confirm', 'Of Ada');
  await hands.press('button', 'Revoke key');
  await page.getByText('Key revoked').waitFor();
  assert.equal(await call(server.url, ofAda), 401);

  // a service account that owns a key
  await page.goto('/w/acme/service-accounts');
  await hands.press('link', 'Add service account');
  await heading('Add service account');
  await hands.fill('Name', 'Build server');
  await hands.press('button', 'Add service account');
  await page.getByText('Service account saved').waitFor();
  const ofBuild = await makeKey('Nightly build',
    'Build server (service account)');

  // Mia goes; her key stays, with the service account
  await page.goto('/w/acme/members');
  await hands.press('link', /^Mia Member$/);
  await heading('Mia Member');
  await hands.press('link', 'Remove…');
  await heading('Remove Mia Member from Acme?');
  await page.getByRole('rowheader', { name: 'Night job' }).waitFor();
  await hands.pick('Hand them over');
  await hands.choose('New owner', 'Build server (service account)');
  await hands.press('button', 'Remove member');
  await page.getByText('Member removed').waitFor();
  assert.equal(await page.getByText('mia@example.org').count(), 0);
  for (const key of [ofMia, ofBuild])
    assert.equal(await call(server.url, key), 200);
  await page.goto(`/w/acme/keys/${ofMia.slice(0, 8)}`);
  await page.getByText('Build server').first().waitFor();

  // her session is over
  const [cookie] = mia.cookies.filter((c) => c.name === 's');
  const answer = await fetch(server.url + '/w/acme/', { redirect: 'manual',
    headers: { cookie: `s=${cookie.value}` } });
  assert.equal(answer.status, 303);

  // and all of it stands in the log
  await page.goto('/w/acme/audit');
  await heading('Audit log');
  const log = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  for (const line of ['invited mia@example.org',
    'withdrew the invitation of lost@example.org',
    'accepted the invitation of mia@example.org',
    'accepted the invitation of grace@example.org', 'created key Night job',
    'revoked key Of Ada', 'added service account Build server',
    'handed over key Night job', 'removed member mia@example.org'])
    assert.ok(log.includes(line), `${line}: ${log.slice(0, 2000)}`);
  return secrets;
});
