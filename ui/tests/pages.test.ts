import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems, launch, NO_BROWSER, open, screenshot, settle } from './browser';
import { serve, type Host } from './host';

const THEMES = ['light', 'dark'] as const;
const PLACES = [
  'board',
  'releases',
  'reviews',
  'environments',
  'activity',
  'settings/general',
  'settings/workspace',
  'settings/audit',
];

describe.skipIf(NO_BROWSER)('the page in a browser', () => {
  let browser: Browser;
  let host: Host;

  beforeAll(async () => {
    browser = await launch();
    host = await serve();
  });

  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });

  describe.each(THEMES)('%s', (theme) => {
    it('starts within its own policy, without an error, and readable for everybody', async () => {
      const { page, complaints } = await open(browser, host.url, theme);
      await settle(page);
      await screenshot(page, `start-${theme}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });

  it('opens the sample', async () => {
    const { page, complaints } = await open(browser, host.url, 'light');
    await page.getByLabel('Name').fill('Mara Lind');
    await page.getByLabel('E-mail').fill('mara@example.com');
    await page.getByRole('button', { name: 'Open the sample' }).click();
    await page.getByRole('heading', { name: 'Board', exact: true }).waitFor();
    for (const environment of ['development', 'staging', 'production']) {
      await page.getByText(environment).first().waitFor();
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  describe.each(THEMES)('%s', (theme) => {
    it.each(PLACES)('shows %s without an error, and readable for everybody', async (place) => {
      const { page, complaints } = await open(browser, `${host.url}#/${place}`, theme);
      await settle(page);
      await screenshot(page, `${place.replace('/', '-')}-${theme}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });

  it('finds every command in the palette, by keyboard alone', async () => {
    const { page } = await open(browser, `${host.url}#/board`, 'light');
    await settle(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('go to rel');
    await screenshot(page, 'palette');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Releases', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/releases');
    await page.context().close();
  });

  it('fits the smallest window', async () => {
    const smallest = { width: 1024, height: 700 };
    const long = await fetch(new URL('api/release_create', host.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        tag: `${'begins-like-another-'.repeat(3)}0417`,
        notes: 'What it is about',
        kind: null,
        source: 'development',
        target: 'production',
        include: [],
        exclude: [],
        capture: false,
        job: '',
      }),
    });
    expect(long.ok, 'a release with a long name').toBe(true);
    for (const place of PLACES) {
      const { page } = await open(browser, `${host.url}#/${place}`, 'light', smallest);
      await settle(page);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${place} needs no horizontal scrolling`).toBe(0);
      // The end of the page's content is seen, not scrolled to.
      const beyond = await page
        .locator('main *')
        .evaluateAll((all) => Math.max(0, ...all.map((one) => one.getBoundingClientRect().right)));
      expect(beyond, `${place} ends inside of the window`).toBeLessThanOrEqual(smallest.width);
      await page.context().close();
    }
  });
});
