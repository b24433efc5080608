/**
 * Holds screens to a size that is taken in at a glance: script and markup of a page, which is what a feature's entry names,
 * and of its parts. Styles don't count: they say nothing of what a part does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const PAGE_LINES = 120;
const PART_LINES = 100;

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
    const most = isPage(file) ? PAGE_LINES : PART_LINES;
    expect(lines(file), `${file}: split it`).toBeLessThanOrEqual(most);
  });
});
