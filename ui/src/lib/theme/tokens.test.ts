import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The tokens as the browser would resolve them, for one theme. */
function tokensOf(theme: 'light' | 'dark'): Map<string, string> {
  const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
  const found = new Map<string, string>();
  for (const [, name, value] of css.matchAll(/^ {2}(--[\w-]+):\s*([^;]+);/gmu)) {
    const pair = /light-dark\((#\w{6}), (#\w{6})\)/u.exec(value ?? '');
    const colour = pair ? pair[theme === 'light' ? 1 : 2] : value;
    if (name && colour && /^#\w{6}$/u.test(colour) && !found.has(name)) found.set(name, colour);
  }
  return found;
}

/** The relative luminance of `#rrggbb`, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

const SURFACES = ['chrome', '', 'inset', 'raised', 'float', 'hover', 'selected'].map((name) =>
  name === '' ? '--surface' : `--surface-${name}`,
);
const MEANINGS = ['created', 'modified', 'deleted', 'drift', 'reverted', 'skipped'];

const TEXT: [string, string][] = [
  ...['--text', '--text-secondary', '--text-tertiary', '--accent-text'].flatMap((text) =>
    SURFACES.map((surface): [string, string] => [text, surface]),
  ),
  ...MEANINGS.flatMap((name): [string, string][] => [
    [`--${name}-text`, '--surface'],
    [`--${name}-text`, '--surface-raised'],
    [`--${name}-text`, `--${name}-tint`],
  ]),
  ['--text', '--created-emphasis'],
  ['--text', '--deleted-emphasis'],
  ['--accent-text', '--running-tint'],
  ['--text-on-fill', '--accent'],
  ['--text-on-fill', '--accent-pressed'],
  ['--text-on-fill', '--deleted-fill'],
];

const SHAPES: [string, string][] = [
  ...[...MEANINGS, 'pending', 'running'].map((name): [string, string] => [
    `--${name}-shape`,
    '--surface',
  ]),
  ['--line-control', '--surface'],
  ['--line-control', '--surface-raised'],
  ['--focus', '--surface'],
  ['--focus', '--surface-chrome'],
  ['--focus', '--surface-float'],
  ['--text-on-fill', '--accent-hover'],
];

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const between = ([one, other]: [string, string]): number => {
    const colours = [tokens.get(one), tokens.get(other)] as [string, string];
    expect(colours, `${one} and ${other} are colours`).not.toContain(undefined);
    return contrast(...colours);
  };

  it.each(TEXT)('has text %s on %s at 4.5:1', (...pair) => {
    expect(between(pair)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SHAPES)('has shapes %s on %s at 3:1', (...pair) => {
    expect(between(pair)).toBeGreaterThanOrEqual(3);
  });
});
