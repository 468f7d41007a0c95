// SPDX-License-Identifier: ISC
// What is asked of every page.  Each function returns a list of faults, as
// words; an empty list is good.

import { axeSource, HtmlValidate } from './lib.mjs';

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    // rows of a list share the name of their check box on purpose
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button',
      'reset', 'submit'] }],
  },
});

export async function validate(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((result) => result.messages.map((m) =>
    `html-validate ${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
}

/* axe is put into the pages by hand: the package that wraps it opens a second
 * page for each run, which makes it three times as slow; sent with each run it
 * takes as long as the page. */
export const withAxe = (page) => page.addInitScript({ content: axeSource });

const all = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
  'best-practice'];
/* What depends on the colours: enough for a page that was looked at whole in
 * others. */
export const COLOURS = { type: 'rule',
  values: ['color-contrast', 'link-in-text-block'] };

/* A page of withAxe(). */
export function axe(page, runOnly = all) {
  return page.evaluate(async (runOnly) => {
    const found = await window.axe.run(document, { runOnly,
      resultTypes: ['violations'] });
    return found.violations.flatMap((v) => v.nodes.map((node) =>
      `axe ${v.id}: ${node.target.join(' ')}: ` +
      node.failureSummary.replace(/\s+/g, ' ').slice(0, 160)));
  }, runOnly);
}

/* For newPage(), of a page that wear() changes: a button that is on its way from
 * one colour to another has neither. */
export const STILL = { reducedMotion: 'reduce' };

/* The page as it is at this width (pixels) in "light" or "dark" colours.  It is
 * loaded once for all of them: no script of ours asks for size or colours. */
export async function wear(page, { colorScheme, width }) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 800 });
  await page.waitForFunction(([colorScheme, width]) => innerWidth === width &&
    matchMedia(`(prefers-color-scheme: ${colorScheme})`).matches,
  [colorScheme, width]);
}

/* Structure: needs to be asked once a page. */
export function structure(page) {
  return page.evaluate(() => {
    const faults = [];
    const shown = (e) => e.checkVisibility({ visibilityProperty: true });
    const count = (selector) =>
      Array.from(document.querySelectorAll(selector)).filter(shown).length;
    if (count('h1') !== 1)
      faults.push(`${count('h1')} h1`);
    if (count('.btn.pri, .btn.dng') > 1)
      faults.push(`${count('.btn.pri, .btn.dng')} primary buttons`);
    if (!/^(Error: )?\S.* – Keylodge$/.test(document.title))
      faults.push('title: ' + document.title);
    document.querySelectorAll('[style], [onclick]').forEach((e) =>
      faults.push('style or script in an attribute: ' + e.outerHTML));
    return faults;
  });
}

/* What depends on the width. */
export function layout(page) {
  return page.evaluate(() => {
    const faults = [];
    const shown = (e) => e.checkVisibility({ visibilityProperty: true });
    const name = (e) => e.outerHTML.replace(/\s+/g, ' ').slice(0, 90);
    const all = (selector) =>
      Array.from(document.querySelectorAll(selector)).filter(shown);
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) {
      const who = all('body *').find((e) => !e.closest('.scroll, .vh') &&
        e.getBoundingClientRect().right > innerWidth + 1);
      faults.push(`page is ${wide} px wide in ${innerWidth}` +
        (who ? ': ' + name(who) : ''));
    }
    // a link within a text may be as high as its line
    all('a, button, input:not([type=hidden]), select, textarea, summary')
      .filter((e) => !(e.tagName === 'A' &&
        getComputedStyle(e).display === 'inline'))
      .forEach((e) => {
        const box = e.getBoundingClientRect();
        const tall = (b) => b.width >= 23.5 && b.height >= 23.5;
        if (!tall(box) && !e.closest('.skip'))
          faults.push(`target ${Math.round(box.width)}×` +
            `${Math.round(box.height)}: ${name(e)}`);
      });
    all('svg text').forEach((text) => {
      const size = parseFloat(getComputedStyle(text).fontSize) *
        text.getScreenCTM().d;
      if (size < 9.95)
        faults.push(`text of ${size.toFixed(1)} px in a chart: ${name(text)}`);
    });
    // words that are cut off
    all('h1, h2, h3, th, td, dd, dt, p, li, label, .badge, .btn').forEach((e) => {
      const style = getComputedStyle(e);
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
        style.overflowX === 'visible' && style.display !== 'inline' &&
        !e.closest('.scroll, .vh, pre'))
        faults.push('runs over its edge: ' + name(e));
    });
    document.querySelectorAll('[hidden]').forEach((e) => {
      if (shown(e))
        faults.push('hidden, but seen: ' + name(e));
    });
    return faults;
  });
}

/* The first Tab is the skip link, and it leads into the page. */
export async function skipLink(page) {
  await page.evaluate(() => {
    document.activeElement.blur();
    getSelection().removeAllRanges();
  });
  // a message that took the focus moves where Tab begins; begin at the top
  const first = await page.evaluate(() =>
    document.querySelector('a, button, input, select, textarea').className);
  if (first !== 'skip')
    return ['the skip link is not first'];
  await page.locator('a.skip').focus();
  const box = await page.locator('a.skip').boundingBox();
  if (!box || box.y < 0)
    return ['the skip link cannot be seen'];
  await page.keyboard.press('Enter');
  await page.waitForFunction(() =>
    document.activeElement !== document.querySelector('a.skip'));
  const at = await page.evaluate(() => document.activeElement.id);
  return at === 'main' ? [] : ['the skip link leads to #' + at];
}

/* Links, buttons and fields that a person can use. */
export function offers(page) {
  return page.evaluate(() => Array.from(document.querySelectorAll(
    'main a, main button, main input, main select, main textarea, summary'))
    .filter((e) => e.checkVisibility({ visibilityProperty: true }))
    .map((e) => `${e.tagName} ${e.getAttribute('name') ?? ''} ` +
      `${e.getAttribute('href') ?? e.textContent.trim()}`));
}

/* What only comfort adds: copying, selecting all, showing a password. */
export function comfort(page) {
  return page.evaluate(() => Array.from(document.querySelectorAll(
    '[data-copy], [data-all], [data-show]')).map((e) =>
    `${e.tagName} ${e.getAttribute('name') ?? ''} ${e.textContent.trim()}`));
}
