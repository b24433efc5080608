/**
 * The screens of plans, deployments and rollbacks on a made-up core. For `vite dev` only: the build does not know this entry.
 *
 * `?scene=plan|dialog|deployment|deployments|rollback&theme=dark&operations=300&trouble&edits&broken&quick&state=failed&slow=80`
 */
import '../../lib/theme';
import { mount } from 'svelte';
import { startFakeCore, type Scene as SceneOptions } from './fake-core';

const target = document.getElementById('app');
if (!target) throw new Error('BUG: index.html has no #app');
const query = new URLSearchParams(location.search);
const theme = query.get('theme');
if (theme) document.documentElement.dataset.theme = theme;
startFakeCore({
  operations: Number(query.get('operations') ?? 0),
  trouble: query.has('trouble'),
  state: (query.get('state') ?? 'running') as SceneOptions['state'],
  edits: query.has('edits'),
  broken: query.has('broken'),
  slow: Number(query.get('slow') ?? 30),
});
const { default: Scene } = await import('./Scene.svelte');
mount(Scene, { target, props: { name: query.get('scene') ?? 'plan', quick: query.has('quick') } });
