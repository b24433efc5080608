/**
 * Holds screens to a size that is taken in at a glance: script and markup of a page, which is what a feature's entry names,
 * and of its parts. Styles don't count: they say nothing of what a part does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const PAGE_LINES = 120;
const PART_LINES = 100;

/** Those that are longer still, and how long each may be. This list may only shrink: split a part, and take it off. */
const LONGER = {
  'src/app/palette/Palette.svelte': 162,
  'src/features/board/EnvironmentCard.svelte': 197,
  'src/features/deployment/DeploymentOperations.svelte': 120,
  'src/features/start/Start.svelte': 162,
  'src/features/start/TrustWorkspace.svelte': 101,
};

function components(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')));
}

/** The lines of a component before its styles. */
function lines(file) {
  return readFileSync(file, 'utf8').split('\n<style')[0].trimEnd().split('\n').length;
}

function isPage(file) {
  const [, feature, ...rest] = file.slice('src/'.length).split('/');
  const entry = `src/features/${feature}/index.ts`;
  return existsSync(entry) && readFileSync(entry, 'utf8').includes(`'./${rest.join('/')}'`);
}

const FILES = ['src/features', 'src/lib/parts', 'src/app'].flatMap(components);

describe('sizes', () => {
  it.each(FILES)('%s is short enough', (file) => {
    const most = LONGER[file] ?? (isPage(file) ? PAGE_LINES : PART_LINES);
    expect(lines(file), `${file}: split it`).toBeLessThanOrEqual(most);
  });

  it.each(Object.keys(LONGER))('%s is still too long for its kind', (file) => {
    expect(FILES).toContain(file);
    expect(lines(file)).toBeGreaterThan(isPage(file) ? PAGE_LINES : PART_LINES);
  });
});
