/** Opens pages in the system's Chromium and keeps what they complain about. */
import axe from 'axe-core';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { TARGET } from './host';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
];
const EXECUTABLE = CANDIDATES.find((path) => existsSync(path));
/** Whether there is no browser to test with; where it matters that there is one, tests then fail instead. */
export const NO_BROWSER = EXECUTABLE === undefined && process.env['CI'] === undefined;

/** Starts the browser. */
export async function launch(): Promise<Browser> {
  if (EXECUTABLE === undefined) {
    throw new Error(`No browser: install Chromium; looked for ${CANDIDATES.join(', ')}`);
  }
  // The sandbox needs rights that a container does not have; the pages are our own.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page, and what went wrong in it so far. */
export interface Opened {
  page: Page;
  /** Errors thrown or logged, and violations of the content security policy. */
  complaints: string[];
}

/** Opens `url` in a window of its own. */
export async function open(
  browser: Browser,
  url: string,
  colorScheme: 'light' | 'dark',
  viewport = { width: 1280, height: 800 },
): Promise<Opened> {
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    // The answers of the core are not the page's fault; the test says what they are.
    const { url } = message.location();
    if (message.type() === 'error' && !url.includes('/api/')) {
      complaints.push(`logged: ${message.text()} (${url})`);
    }
  });
  await page.goto(url);
  return { page, complaints };
}

/** Waits until the page shows something, and nothing in it says that it is busy. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/** What of WCAG 2.2 A and AA the page breaks, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The page's policy admits no script that it does not ship; the debugging protocol is not bound by it.
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`),
  );
}

/** Saves a picture as `screenshots/browser-<name>.png` in cargo's target folder. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(TARGET, 'screenshots');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `browser-${name}.png`) });
}
