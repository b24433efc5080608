/**
 * The window's entry: shows the frame that `index.html` holds as the person likes it, and brings in what fills it when that
 * is painted. There is something to see before there is anything to run.
 */
import './lib/theme/styles';
import { applyStoredTheme } from './lib/theme/apply';

/** How long a window that is not on the screen is waited for. */
const PAINT_LIMIT_MS = 300;

function painted(): Promise<unknown> {
  const frame = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return Promise.race([frame, new Promise((done) => setTimeout(done, PAINT_LIMIT_MS))]);
}

async function start(): Promise<void> {
  const target = document.getElementById('app');
  if (!target) throw new Error('BUG: index.html has no #app');
  applyStoredTheme();
  await painted();
  const [{ mount }, { default: App }] = await Promise.all([
    import('svelte'),
    import('./app/App.svelte'),
  ]);
  mount(App, { target });
}

void start();
