import { render } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Route } from '../../lib/app/route';
import { go } from '../../lib/app/router.svelte';
import Screen from './Screen.svelte';

/** What was drawn: a screen's name, and the props that it got, read when it began. */
const drawn: string[] = [];

vi.mock('./screens', async () => {
  const { Lazy } = await import('./lazy.svelte');
  const screen = (name: string, identity: string[]): unknown => {
    const Component = (_: unknown, props: Record<string, unknown>): object => {
      drawn.push(
        `${name} ${props['id'] ?? props['environment'] ?? ''} ${props['deployment'] ?? ''}`.trim(),
      );
      return {};
    };
    return { part: new Lazy(() => Promise.resolve(Component)), identity };
  };
  const SCREENS = {
    board: screen('board', []),
    release: screen('release', ['id']),
    rollback: screen('rollback', ['environment', 'deployment']),
  };
  return { SCREENS };
});

async function visit(...routes: Route[]): Promise<string[]> {
  render(Screen);
  for (const route of routes) {
    go(route);
    // The part is read, then drawn.
    for (let turn = 0; turn < 5; turn += 1) await tick();
  }
  return drawn.slice(drawn.indexOf('board') + 1);
}

describe('Screen', () => {
  beforeEach(() => {
    drawn.length = 0;
    go({ page: 'board' });
  });

  it('keeps a release while its tabs change, and draws another release anew', async () => {
    const release = { page: 'release', id: 'a', tab: 'overview' } as const;
    const seen = await visit(
      { page: 'board' },
      release,
      { ...release, tab: 'plan' },
      { ...release, tab: 'plan', environment: 'e-1' },
      { ...release, id: 'b' },
    );
    expect(seen).toEqual(['release a', 'release b']);
  });

  it('gives a screen what its address says, and draws it anew for another deployment', async () => {
    const seen = await visit(
      { page: 'board' },
      { page: 'rollback', environment: 'production' },
      { page: 'rollback', environment: 'production', deployment: 'd-1' },
    );
    expect(seen).toEqual(['rollback production', 'rollback production d-1']);
  });
});
