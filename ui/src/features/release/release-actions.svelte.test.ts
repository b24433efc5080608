import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReleaseEnvironment } from '../../generated/ReleaseEnvironment';
import { place, releaseView } from '../../lib/domain/testing/release';
import { toasts } from '../../lib/ui/toasts.svelte';
import { ReleaseDeeds } from './release-actions.svelte';

const core = vi.hoisted(() => ({
  sent: [] as { name: string; request: Record<string, unknown> }[],
  refusal: undefined as unknown,
}));
const went = vi.hoisted(() => vi.fn());

vi.mock('../../lib/backend/transport', () => ({
  IN_SHELL: false,
  transport: {
    call: async (name: string, request: Record<string, unknown>) => {
      core.sent.push({ name, request });
      if (core.refusal) throw core.refusal;
      return name === 'release_refresh' ? releaseView() : { base64: btoa('--- a') };
    },
    listen: () => () => undefined,
  },
}));
vi.mock('../../lib/app/router.svelte', () => ({ go: went }));

/** What goes to the clipboard, by its type. */
class Item extends Map<string, Promise<Blob>> {
  constructor(parts: Record<string, Promise<Blob>>) {
    super(Object.entries(parts));
  }
}

const staging = place({ id: 'staging', name: 'staging', is_production: false });
const deeds = (environments: ReleaseEnvironment[] = [staging, place()]): ReleaseDeeds => {
  const view = releaseView('open', { environments, next: 'production' });
  return new ReleaseDeeds(() => view);
};

beforeEach(() => {
  core.sent.length = 0;
  core.refusal = undefined;
  went.mockClear();
});

describe('ReleaseDeeds', () => {
  it('opens it once for two clicks', async () => {
    const one = deeds();
    await Promise.all([one.open(), one.open()]);
    expect(core.sent).toEqual([{ name: 'release_open', request: { release: 'release-1' } }]);
    expect(one.error).toBeUndefined();
  });

  it.each([
    ['opening it', (one: ReleaseDeeds) => one.open()],
    ['comparing it again', (one: ReleaseDeeds) => one.compareAgain()],
    ['copying its patch', (one: ReleaseDeeds) => one.copyPatch()],
  ])('says what %s failed with, until that is dismissed', async (_, act) => {
    vi.stubGlobal('ClipboardItem', Item);
    const write = async ([item]: Item[]) => void (await item?.get('text/plain'));
    vi.stubGlobal('navigator', { clipboard: { write } });
    core.refusal = { code: 'refused', message: 'Not now', hint: '', retryable: false };
    const one = deeds();
    await act(one);
    expect(one.error).toMatchObject({ message: 'Not now' });
    one.dismiss();
    expect(one.error).toBeUndefined();
  });

  it('compares with the deletions only once it was asked about them', async () => {
    const one = deeds();
    core.refusal = { code: 'deletions', message: 'dev holds nothing', hint: '', retryable: false };
    await one.compareAgain();
    expect(one.asksDeletes).toBe(true);
    core.refusal = undefined;
    await one.compareWithDeletions();
    expect(one.asksDeletes).toBe(false);
    const asked = core.sent.map(({ request }) => request['allow_deletes']);
    expect(asked).toEqual([undefined, true]);
  });

  it('says what was compared, and forgets what failed before', async () => {
    const one = deeds();
    core.refusal = { code: 'refused', message: 'Not now', hint: '', retryable: false };
    await one.open();
    core.refusal = undefined;
    await one.compareAgain();
    expect(one.error).toBeUndefined();
    expect(toasts.all.at(-1)?.text).toMatch(/^Compared /u);
  });

  it('asks for a verdict on where it goes next, or else on what can be reviewed', () => {
    const next = deeds();
    next.review();
    expect(next.dialog).toEqual({ name: 'review', environment: 'production', verdict: 'approve' });
    next.review('staging', 'comment');
    expect(next.dialog).toMatchObject({ environment: 'staging', verdict: 'comment' });
    const can = { review: false, deploy: true, quick_deploy: false };
    const first = deeds([staging, place({ can })]);
    first.review();
    expect(first.dialog).toMatchObject({ environment: 'staging' });
    const none = deeds([place({ can })]);
    none.review();
    expect(none.dialog).toBeUndefined();
  });

  it('is deployed from the plan for where it goes next', () => {
    deeds().showPlan();
    const environment = 'production';
    expect(went).toHaveBeenCalledWith({
      page: 'release',
      id: 'release-1',
      tab: 'plan',
      environment,
    });
  });
});
