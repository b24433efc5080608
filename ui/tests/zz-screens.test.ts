import { it } from 'vitest';
import type { Commands } from '../src/generated/Commands';
import { launch, open, screenshot, settle } from './browser';
import { serve } from './host';

it('screens', async () => {
  const browser = await launch();
  const host = await serve();
  async function ask<C extends keyof Commands>(command: C, request: unknown): Promise<Commands[C]['response']> {
    const answer = await fetch(new URL(`api/${command}`, host.url), {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as Commands[C]['response'];
  }
  await ask('person_set', { name: 'Mara Lind', email: 'mara@example.com' });
  await ask('sample_open', {});
  const make = async (tag: string, target: string) =>
    (await ask('release_create', { tag, notes: 'Spring collection', kind: null, source: 'development', target, include: [], exclude: [], capture: true, job: '' })).release.id;
  const one = await make('spring-24.3', 'staging');
  await ask('release_open', { release: one });
  const started = await ask('deploy', { release: one, environment: 'staging', plan: null, content: null, quick: null, job: '' });
  const deployment = started.deployment as unknown as string;
  for (;;) {
    const got = await ask('deployment_get', { deployment });
    if (got.deployment.state !== 'running') break;
    await new Promise((done) => setTimeout(done, 100));
  }
  const two = await make('spring-24.4-with-a-rather-long-tag-that-goes-on', 'production');
  await ask('release_open', { release: two });
  for (let n = 0; n < 30; n++) await ask('comment_add', { release: two, anchor: null, reply_to: null, body: `Remark ${n}: the header renders the menu that is chosen in the theme settings.` });
  const environments = (await ask('environment_list', {})).environments;
  const staging = environments.find((e) => e.environment.name === 'staging')!.environment.id;
  const places = ['board', 'releases', 'reviews', 'environments', `environment/${staging}`, 'activity', 'settings/general', 'settings/workspace', 'settings/audit', 'create',
    ...['overview', 'changes', 'plan', 'deployments', 'activity'].map((t) => `release/${two}/${t}`), `release/${one}/overview`, `deployment/${deployment}`, `rollback/${staging}`];
  const sizes = [{ width: 1024, height: 700 }, { width: 1280, height: 800 }, { width: 1600, height: 1000 }];
  for (const theme of ['light', 'dark'] as const)
    for (const size of sizes)
      for (const place of places) {
        const { page, complaints } = await open(browser, `${host.url}#/${place}`, theme, size);
        try {
          await settle(page);
          if (place.endsWith('changes')) await page.locator('[data-section]').first().waitFor();
          await page.waitForTimeout(150);
        } catch (error) { console.log(place, String(error).slice(0, 100)); }
        if (complaints.length) console.log(place, complaints);
        await screenshot(page, `zz-${size.width}-${theme}-${place.replaceAll('/', '-').replace(two, 'two').replace(one, 'one').replace(deployment, 'd').replace(staging, 'staging')}`);
        await page.context().close();
      }
  await browser.close();
  await host.close();
}, 900_000);
