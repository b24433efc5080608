import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Commands } from '../src/generated/Commands';
import { accessibilityProblems, launch, NO_BROWSER, open, screenshot, settle } from './browser';
import { serve, type Host } from './host';

const THEMES = ['light', 'dark'] as const;
const TABS = ['overview', 'changes', 'plan', 'deployments', 'activity'] as const;

describe.skipIf(NO_BROWSER)('a release in a browser', () => {
  let browser: Browser;
  let host: Host;
  let id: string;

  async function ask<C extends keyof Commands>(
    command: C,
    request: Commands[C]['request'],
  ): Promise<Commands[C]['response']> {
    const answer = await fetch(new URL(`api/${command}`, host.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as Commands[C]['response'];
  }

  /** Approves what is there to approve for production now. */
  async function approve(): Promise<void> {
    const {
      id: environment,
      effect,
      revision,
    } = await ask('release_environment', {
      release: id,
      environment: 'production',
    });
    if (effect === null || revision === null) throw new Error('there is nothing to review');
    const message = '';
    await ask('review_submit', {
      release: id,
      environment,
      effect,
      revision,
      verdict: 'approve',
      message,
    });
  }

  async function ended(deployment: string): Promise<void> {
    for (;;) {
      const { deployment: now } = await ask('deployment_get', { deployment });
      if (now.state !== 'running') return expect(now.state, now.message ?? '').toBe('deployed');
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  beforeAll(async () => {
    browser = await launch();
    host = await serve();
    await ask('person_set', { name: 'Mara Lind', email: 'mara@example.com' });
    await ask('sample_open', {});
    const { release } = await ask('release_create', {
      tag: 'spring-24.3',
      notes: 'Spring collection',
      kind: null,
      source: 'development',
      target: 'production',
      include: [],
      exclude: [],
      capture: true,
      job: '',
    });
    id = release.id;
    await ask('release_open', { release: id });
  });

  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });

  describe.each(THEMES)('%s', (theme) => {
    it.each(TABS)('shows its %s without an error, and readable for everybody', async (tab) => {
      const { page, complaints } = await open(browser, `${host.url}#/release/${id}/${tab}`, theme);
      await settle(page);
      await page.getByRole('heading', { name: 'spring-24.3' }).waitFor();
      if (tab === 'changes') await page.locator('[data-section]').first().waitFor();
      await screenshot(page, `release-${tab}-${theme}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });

  it('shows documents as their readers know them, and by key as fields and raw', async () => {
    const { page, complaints } = await open(browser, `${host.url}#/release/${id}/changes`, 'light');
    const first = page.locator('[data-section="0"]');
    await first.getByRole('group', { name: 'After, as it looks' }).waitFor();
    await page.keyboard.press('r');
    await first.locator('[data-row]').first().waitFor();
    expect(await first.getByRole('button', { name: 'Fields' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await page.keyboard.press('r');
    await first.getByRole('button', { name: 'Raw', pressed: true }).waitFor();
    await page.keyboard.press('r');
    await first.getByRole('button', { name: 'Preview', pressed: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps a remark on a part of a document at that part, however it is looked at', async () => {
    const { page, complaints } = await open(browser, `${host.url}#/release/${id}/changes`, 'light');
    const first = page.locator('[data-section="0"]');
    await first.getByRole('group', { name: 'After, as it looks' }).waitFor();
    await first.getByText('body_html').hover();
    await first.getByRole('button', { name: 'Comment on body_html' }).click();
    await page
      .getByRole('textbox', { name: 'Comment on body_html' })
      .fill('Are these the new hours?');
    await page.keyboard.press('Control+Enter');
    await first.getByText('On body_html').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('r');
    await first.locator('[data-row="0"]').waitFor();
    const row = await first.locator('[data-row="0"]').boundingBox();
    const remark = await first.getByText('Are these the new hours?').boundingBox();
    expect(remark?.y, 'it stands under the field').toBeGreaterThan(row?.y ?? Infinity);
    expect(await first.getByText('has changed since').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('holds the head of every change inside its pane in the narrowest window', async () => {
    const narrow = { width: 1024, height: 700 };
    const url = `${host.url}#/release/${id}/changes`;
    const { page } = await open(browser, url, 'light', narrow);
    const next = page.getByRole('button', { name: 'Next change' }).first();
    await next.waitFor();
    await page.keyboard.press('r');
    await page.getByRole('button', { name: 'Raw' }).first().waitFor();
    const beyond = await page
      .locator('[data-section] header')
      .evaluateAll((heads) => heads.map((head) => head.scrollWidth - head.clientWidth));
    expect(Math.max(...beyond)).toBe(0);
    const arrow = await next.boundingBox();
    expect(narrow.width - (arrow?.x ?? 0) - (arrow?.width ?? 0), 'its arrow').toBeGreaterThan(4);
    const long = `${'a-name-that-begins-like-another-'.repeat(4)}01`;
    const name = page.locator('[data-section] h2 bdi').first();
    await name.evaluate((element, text) => (element.textContent = text), long);
    const cut = await name.evaluate((element) => {
      const [shown, whole] = [element.parentElement, element].map((one) =>
        one?.getBoundingClientRect(),
      );
      return [(whole?.right ?? 0) - (shown?.right ?? 0), (shown?.left ?? 0) - (whole?.left ?? 0)];
    });
    expect(cut[0], 'its end shows').toBeLessThan(1);
    expect(cut[1], 'its beginning is cut').toBeGreaterThan(100);
    // Nothing stands before a name that is cut itself: one mark says it.
    const folder = await name.evaluate((element) => {
      const path = element.closest('.path');
      const [shown, part] = [path, path?.querySelector('.yields')].map((one) =>
        one?.getBoundingClientRect(),
      );
      return (part?.top ?? 0) - (shown?.bottom ?? Infinity);
    });
    expect(folder, 'its folder is out of sight').toBeGreaterThanOrEqual(0);
    const crumb = page.getByRole('navigation', { name: 'Place' }).locator('bdi').last();
    await crumb.evaluate((element, text) => (element.textContent = text.repeat(2)), long);
    const end = await crumb.boundingBox();
    const search = await page.getByRole('button', { name: 'Search or run' }).boundingBox();
    const room = (search?.x ?? 0) - (end?.x ?? 0) - (end?.width ?? 0);
    expect(room, 'the end of the place is seen').toBeGreaterThan(0);
    await page.context().close();
  });

  it('shows long lines whole until they are not to be wrapped', async () => {
    const { page } = await open(browser, `${host.url}#/release/${id}/changes`, 'light');
    await page.locator('[data-section="0"]').waitFor();
    await page.keyboard.press('r');
    const region = page.getByRole('region', { name: 'Differences' });
    await region.locator('.text.wrap').first().waitFor();
    const beyond = (): Promise<number> =>
      region.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(await beyond(), 'wrapped').toBe(0);
    await page.keyboard.press('w');
    await region.locator('.text:not(.wrap)').first().waitFor();
    expect(await beyond(), 'not wrapped').toBeGreaterThan(0);
    await page.keyboard.press('w');
    // Rows stand where they are said to: none lies over the next one.
    const overlaps = await region.evaluate((element) => {
      const rows = [...element.querySelectorAll('[data-row]')].map((row) => ({
        section: row.closest('[data-section]'),
        box: row.getBoundingClientRect(),
      }));
      return rows.filter(({ section, box }, at) => {
        const next = rows[at + 1];
        return next?.section === section && next.box.top < box.bottom - 1;
      }).length;
    });
    expect(overlaps).toBe(0);
    await page.context().close();
  });

  it('begins a dialog in its body, or on the safe button where there is risk', async () => {
    const { page } = await open(browser, `${host.url}#/release/${id}/plan`, 'light');
    await page.getByText('High risk').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).not.toBe('Close');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Deploy to production' }).waitFor();
    await page.keyboard.press('d');
    const dialog = page.getByRole('dialog', { name: 'Deploy spring-24.3' });
    await dialog.getByText('It can be deployed once it is approved').waitFor();
    expect(
      await dialog.getByRole('button', { name: /^Deploy .* to production$/u }).isDisabled(),
      'no key goes past a missing approval',
    ).toBe(true);
    expect(await dialog.getByRole('textbox').count(), 'and none is asked to').toBe(0);
    await screenshot(page, 'deploy-unapproved');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await approve();
    await page.getByText('Approved by Mara Lind').waitFor();
    await page.keyboard.press('d');
    await page.getByRole('dialog', { name: 'Deploy spring-24.3' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Cancel');
    await page.context().close();
  });

  it('opens a rollback over an edit for review, and says so', async () => {
    const started = await ask('deploy', {
      release: id,
      environment: null,
      plan: null,
      content: null,
      quick: null,
      job: '',
    });
    await ended(started.deployment);
    const { operations } = await ask('deployment_operations', {
      deployment: started.deployment,
      states: [],
      offset: 0,
      limit: 200,
    });
    const updated = operations.find(
      ({ operation }) =>
        operation.verb === 'update' && operation.resource.startsWith('object/pages:'),
    );
    const { environments } = await ask('environment_list', {});
    const production = environments.find(({ environment }) => environment.name === 'production');
    const name = updated?.operation.resource.split(':')[1] ?? '';
    const file = join(production?.place ?? '', 'objects', 'pages', `${name}.json`);
    const was = await readFile(file, 'utf8');
    await writeFile(file, was.replace('{', '{ "edited_by_hand": true,'));

    const { page, complaints } = await open(browser, `${host.url}#/rollback/production`, 'light');
    await page.getByRole('row').nth(1).waitFor();
    await page.getByLabel(/edits made since the deployment/u).selectOption('overwrite');
    await page.getByText('It needs a review before it starts: 0 of 1 approval.').waitFor();
    await screenshot(page, 'rollback-waits');
    await page.getByRole('button', { name: 'Open for review…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Anyone can approve it.').waitFor();
    await screenshot(page, 'rollback-waits-dialog');
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Roll back without review…' }).click();
    await dialog.getByLabel('Why without a review?').fill('Checkout is down');
    await screenshot(page, 'rollback-past-review');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open for review…' }).click();
    await dialog.getByRole('button', { name: 'Open for review' }).click();
    await page.waitForFunction(() => location.hash.startsWith('#/release/'));
    await settle(page);
    await page.getByText('0 of 1 approval').first().waitFor();
    await screenshot(page, 'rollback-open-for-review');
    expect(complaints).toEqual([]);
    await page.context().close();
    await writeFile(file, was);
  });

  it('says of what was rolled back that it was, everywhere', async () => {
    const { page, complaints } = await open(browser, `${host.url}#/rollback/production`, 'light');
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Show difference' }).first().click();
    await page.getByRole('dialog').locator('[data-row]').first().waitFor();
    await screenshot(page, 'rollback-difference');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');

    const { environments } = await ask('environment_list', {});
    const production = environments.find(({ environment }) => environment.name === 'production');
    const back = await ask('rollback_execute', {
      environment: production?.environment.id ?? '',
      deployment: null,
      only: [],
      edits: 'keep',
      choices: [],
      plan: null,
      selection: [],
      quick: null,
      job: '',
    });
    await ended(back.deployment ?? '');
    await page.evaluate((hash) => (location.hash = hash), `#/release/${id}/deployments`);
    const steps = page.getByRole('list', { name: 'State of the release' });
    await steps.getByText('Rolled back').waitFor();
    await page.getByRole('navigation', { name: 'Deployments' }).getByText('Rolled back').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    await page.evaluate(() => (location.hash = '#/board'));
    const card = page.getByTestId('environment-production');
    await card.getByText('Rollback', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Promote' }).count()).toBe(0);
    await screenshot(page, 'board-rolled-back');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
