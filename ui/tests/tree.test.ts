/** The tree of a release with 10,000 changes, against the real core: scrolled to its end in a real browser. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, NO_BROWSER, open, screenshot } from './browser';
import { serve, type Host } from './host';

const CHANGES = 10_000;
const KINDS = 10;

describe.skipIf(NO_BROWSER)('a tree of 10,000 changes in a browser', () => {
  let browser: Browser;
  let host: Host;
  let folder: string;
  let id: string;

  async function ask<T>(command: string, request: object): Promise<T> {
    const answer = await fetch(new URL(`api/${command}`, host.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async function environment(name: string, promotes_to: string | null): Promise<string> {
    const path = join(folder, name);
    const settings = {
      name,
      platform: 'folder',
      tier: 'development',
      promotes_to,
      connection: { path, layout: 'objects' },
      rules: [],
      approvals: null,
    };
    const made = await ask<{ environment: { id: string } }>('environment_add', { settings });
    return made.environment.id;
  }

  beforeAll(async () => {
    browser = await launch();
    host = await serve();
    folder = await mkdtemp(join(tmpdir(), 'slipway-tree-'));
    for (let kind = 0; kind < KINDS; kind += 1) {
      const place = join(folder, 'source', `kind-${kind}`);
      await mkdir(place, { recursive: true });
      await mkdir(join(folder, 'target', `kind-${kind}`), { recursive: true });
      for (let at = 0; at < CHANGES / KINDS; at += 1) {
        const name = `item-${String(at).padStart(4, '0')}`;
        await writeFile(join(place, `${name}.json`), JSON.stringify({ name, price: at }));
      }
    }
    await ask('person_set', { name: 'Mara Lind', email: 'mara@example.com' });
    await ask('workspace_create', { name: 'Large', path: join(folder, 'large.slipway') });
    await environment('source', await environment('target', null));
    const { release } = await ask<{ release: { id: string } }>('release_create', {
      tag: 'large-1',
      notes: '',
      kind: null,
      source: 'source',
      target: 'target',
      include: [],
      exclude: [],
      capture: true,
      job: '',
    });
    id = release.id;
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits until every row in view is there, and names the last. */
  async function lastRow(page: Page): Promise<string> {
    await page.waitForFunction(
      () => document.querySelector('[role=tree] [aria-busy]') === null,
      undefined,
      { timeout: 30_000 },
    );
    return page.getByRole('treeitem').last().innerText();
  }

  it('shows its last row, and asks for the pages that are seen', { timeout: 180_000 }, async () => {
    const { page, complaints } = await open(browser, `${host.url}#/release/${id}/changes`, 'light');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url().split('/api/')[1] ?? ''));
    const tree = page.getByRole('tree', { name: 'Changes' });
    await tree.getByRole('treeitem').first().waitFor();
    const height = await tree.evaluate((element) => element.scrollHeight);
    const total = CHANGES + KINDS;
    expect(height).toBe(total * 28);
    for (let top = 0; top < height; top += 200 * 28 * 5) {
      await tree.evaluate((element, to) => (element.scrollTop = to), top);
      await lastRow(page);
    }
    await tree.evaluate((element) => (element.scrollTop = element.scrollHeight));
    expect(await lastRow(page)).toContain(`item-${String(CHANGES / KINDS - 1).padStart(4, '0')}`);
    await screenshot(page, 'tree-end');
    const before = asked.length;
    expect(asked.filter((name) => name === 'change_rows').length).toBeLessThanOrEqual(26);
    await page.waitForTimeout(2_000);
    expect(asked.length - before, 'and then it rests').toBeLessThanOrEqual(2);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
