/**
 * The screens of a release, on a made-up core, in the real frame. For `vite dev` only: the build does not know this entry.
 *
 * `?state=draft|open|…` the release's state · `?many=10000` so many changes · `?long=1000000` lines of the first of them ·
 * `?theme=dark`.
 */
import { mount } from 'svelte';
import { FakeCore } from '../../features/release/testing/fake-core';
import { manyChanges } from '../../features/release/testing/changes';
import type { ReleaseState } from '../../generated/ReleaseState';

const target = document.getElementById('app');
if (!target) throw new Error('BUG: the page has no #app');
const wanted = new URLSearchParams(location.search);
const many = Number(wanted.get('many') ?? 0);
const state = (wanted.get('state') ?? 'open') as ReleaseState;
const core = new FakeCore(
  state,
  many > 0 ? manyChanges(many, Number(wanted.get('long') ?? 0)) : undefined,
);
const DELAY_MS = Number(wanted.get('delay') ?? 4);

globalThis.fetch = async (input, init) => {
  const name = String(input).replace('/api/', '') as never;
  await new Promise((done) => setTimeout(done, DELAY_MS));
  try {
    const answer: unknown = core.call(name, JSON.parse(String(init?.body)) as never);
    return Response.json(answer);
  } catch (error) {
    return Response.json(error, { status: 400 });
  }
};
globalThis.EventSource = class {
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor() {
    core.onchanged = (position) =>
      this.onmessage?.({
        data: JSON.stringify({ type: 'changed', position, topics: [{ kind: 'all' }] }),
      });
  }
  close(): void {}
} as never;

localStorage.setItem('slipway.theme', JSON.stringify(wanted.get('theme') ?? 'light'));
if (location.hash === '') location.hash = '#/release/release-1/changes';
// The frame reads the address and what is remembered when it is loaded.
await import('../../lib/theme');
const { default: App } = await import('../../app/App.svelte');
mount(App, { target });
