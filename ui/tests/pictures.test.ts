import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Commands } from '../src/generated/Commands';
import { accessibilityProblems, launch, NO_BROWSER, open, screenshot, settle } from './browser';
import { serve, type Host } from './host';

const SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
/** Each entity stands for ten of the one before. */
const ENTITIES = `<!DOCTYPE svg [<!ENTITY a0 "lol">${Array.from(
  { length: 9 },
  (_, at) => `<!ENTITY a${at + 1} "${`&a${at};`.repeat(10)}">`,
).join('')}]><svg ${SVG}><text y="20">&a9;</text></svg>`;
/** Each group uses the one before ten times. */
const USES = `<svg ${SVG}><defs><g id="u0"><rect width="1" height="1"/></g>${Array.from(
  { length: 10 },
  (_, at) => `<g id="u${at + 1}">${`<use xlink:href="#u${at}"/>`.repeat(10)}</g>`,
).join('')}</defs><use xlink:href="#u10"/></svg>`;
const FILES = {
  'bomb.svg': ENTITIES,
  'long.svg': `<svg ${SVG} width="400" height="40"><text y="20">${'lorem ipsum '.repeat(750)}</text></svg>`,
  'logo.svg': `<svg ${SVG} width="120" height="60"><circle cx="60" cy="30" r="24" fill="teal"/><text x="8" y="20">Northwind</text></svg>`,
  'use.svg': USES,
};

describe.skipIf(NO_BROWSER)('hostile pictures in a browser', () => {
  let browser: Browser;
  let host: Host;
  let folder: string;
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

  beforeAll(async () => {
    browser = await launch();
    host = await serve();
    folder = await mkdtemp(join(tmpdir(), 'slipway-pictures-'));
    await ask('person_set', { name: 'Mara Lind', email: 'mara@example.com' });
    await ask('workspace_create', { name: 'Pictures', path: null });
    for (const name of ['source', 'target']) {
      const assets = join(folder, name, 'theme', 'assets');
      await mkdir(assets, { recursive: true });
      await writeFile(join(assets, 'theme.css'), 'body {}');
      await ask('environment_add', {
        settings: {
          name,
          platform: 'folder',
          tier: 'development',
          promotes_to: null,
          connection: { path: join(folder, name), layout: 'auto' },
          rules: [],
          approvals: null,
        },
      });
    }
    for (const [name, text] of Object.entries(FILES)) {
      await writeFile(join(folder, 'source', 'theme', 'assets', name), text);
    }
    const { release } = await ask('release_create', {
      tag: 'pictures',
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
  });

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('are shown as their source first, drawn on demand, or refused in words', async () => {
    const { page, complaints } = await open(browser, `${host.url}#/release/${id}/changes`, 'light');
    await settle(page);
    await page.locator('[data-section] [data-row]').first().waitFor();
    expect(await page.locator('img').count(), 'nothing is drawn unasked').toBe(0);
    const sections = page.locator('[data-section]');
    const named = (name: string) => sections.filter({ has: page.getByTitle(name) });
    for (const name of Object.keys(FILES)) {
      const section = named(`theme/file:assets/${name}`);
      await section.getByRole('button', { name: 'Picture', exact: true }).click();
      await section
        .locator('img, p:has-text("can\'t be drawn")')
        .first()
        .waitFor({ timeout: 20_000 });
    }
    const bomb = named('theme/file:assets/bomb.svg');
    await bomb.getByText("This SVG can't be drawn: it is damaged").waitFor();
    await named('theme/file:assets/use.svg')
      .getByText("This SVG can't be drawn: it has too many elements")
      .waitFor();
    const logo = named('theme/file:assets/logo.svg');
    await logo.locator('img').waitFor();
    await logo.getByText('Its text is set in the fonts of this machine.').waitFor();
    await screenshot(page, 'pictures');
    const sources = await page
      .locator('img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src') ?? ''));
    for (const source of sources) expect(source).toMatch(/^data:image\/png;base64,iVBORw0KGgo/u);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
