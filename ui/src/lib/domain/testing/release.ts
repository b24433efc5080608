/** A made-up release for tests and the gallery. Nothing that ships imports this. */
import type { Comment } from '../../../generated/Comment';
import type { ReleaseInfo } from '../../../generated/ReleaseInfo';
import type { ReleaseView } from '../../../generated/ReleaseView';
import type { ReleaseEnvironment } from '../../../generated/ReleaseEnvironment';
import type { Review } from '../../../generated/Review';

/** A time that all samples refer to. */
export const NOW = Date.now();
export const MARA = { name: 'Mara Lindqvist', email: 'mara@northwind.example' };
export const TOMAS = { name: 'Tomás Ferreira', email: 'tomas@northwind.example' };
export const YUKI = { name: 'Yuki Tanaka', email: 'yuki@northwind.example' };

const HOUR = 3_600_000;

/** A digest that stands for a word. */
export function digest(word: string): string {
  let hash = 0x811c9dc5;
  for (const sign of word) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0').repeat(8);
}

/** A remark. */
export function comment(id: string, body: string, over: Partial<Comment> = {}): Comment {
  return {
    id,
    by: TOMAS,
    at: NOW - 2 * HOUR,
    revision: 2,
    anchor: null,
    reply_to: null,
    body,
    resolved: false,
    ...over,
  };
}

/** A verdict on the current effect. */
export function review(id: string, over: Partial<Review> = {}): Review {
  return {
    id,
    by: YUKI,
    at: NOW - HOUR,
    environment: 'production',
    effect: digest('rev 2'),
    revision: 2,
    verdict: 'approve',
    message: '',
    dismissed: null,
    ...over,
  };
}

/** A release in one environment; production unless said otherwise. */
export function place(over: Partial<ReleaseEnvironment> = {}): ReleaseEnvironment {
  return {
    id: 'production',
    name: 'production',
    is_production: true,
    standing: 'ready',
    effect: digest('rev 2'),
    counts: { created: 12, modified: 37, deleted: 3 },
    revision: 2,
    approval: {
      required: 2,
      approved_by: [YUKI],
      changes_requested_by: [],
      outdated: ['r1'],
      satisfied: false,
    },
    gate: {
      met: [],
      missing: [{ kind: 'approvals', need: 2, by: [YUKI], not_by: [] }],
      warnings: [{ kind: 'outdated_reviews', count: 1 }],
    },
    review: 'asks_you',
    can: { review: true, deploy: true, quick_deploy: true },
    ...over,
  };
}

/** What was said about the made-up release, oldest first. */
export const COMMENTS: readonly Comment[] = [
  comment('c1', 'Do we want this on the checkout pages too?', {
    anchor: {
      kind: 'line',
      resource: 'theme/file:sections/header.liquid',
      side: 'after',
      line: 19,
      text: "    {% render 'menu', items: section.settings.menu, class: 'header__menu' %}",
    },
  }),
  comment('c2', 'Yes: they use the same section.', {
    by: MARA,
    reply_to: 'c1',
    at: NOW - HOUR,
  }),
  comment('c3', '34.00 is the net price, is it?', {
    anchor: {
      kind: 'field',
      resource: 'object/products:blue-shirt',
      path: 'variants[sku=SHIRT-M-BLUE].price',
    },
    at: NOW - HOUR / 2,
  }),
  comment('c4', 'Remember to warm the cache after this one.', { at: NOW - HOUR / 3 }),
  comment('c5', 'Typo in the alt text.', { resolved: true, at: NOW - 4 * HOUR }),
];

/** A release in a state. */
export function releaseView(
  state: ReleaseInfo['state'] = 'open',
  over: Partial<ReleaseView> = {},
): ReleaseView {
  const revision = (number: number, ago: number): ReleaseInfo['revisions'][number] => ({
    number,
    effect: digest(`rev ${number}`),
    created: 12,
    modified: 37,
    deleted: 3,
    at: NOW - ago,
    by: MARA,
  });
  const release: ReleaseInfo = {
    id: 'release-1',
    tag: 'spring-24.3',
    notes:
      'Spring collection, new navigation\n\nLinen shirts get their new price. The header renders the menu that is chosen in the theme settings instead of a fixed one.\n\nAsk Yuki before touching the size guide.',
    kind: 'hybrid',
    source: 'development',
    target: 'production',
    life: state === 'draft' ? 'draft' : state === 'cancelled' ? 'closed' : 'open',
    state,
    candidates: {
      changes: digest('all'),
      source: digest('source'),
      target: digest('target'),
      at: NOW - 5 * HOUR,
    },
    revisions: state === 'draft' ? [] : [revision(1, 26 * HOUR), revision(2, 3 * HOUR)],
    reviews:
      state === 'draft'
        ? []
        : [
            review('r1', {
              by: TOMAS,
              at: NOW - 24 * HOUR,
              revision: 1,
              effect: digest('rev 1'),
              verdict: 'request_changes',
              message: 'The old cap is still linked from the footer.',
            }),
            review('r2', { message: 'Checked the prices against the list.' }),
          ],
    standings: {},
    reverts: null,
    created_at: NOW - 30 * HOUR,
    created_by: MARA,
    updated_at: NOW - HOUR / 3,
  };
  const isDraft = state === 'draft';
  const isUp = state === 'open' || state === 'deployed' || state === 'failed';
  const none = { approved_by: [], changes_requested_by: [], outdated: [] };
  return {
    release,
    unresolved: isDraft ? 0 : 3,
    source_name: 'development',
    target_name: 'production',
    to_production: true,
    counts: { created: 12, modified: 37, deleted: 3 },
    candidate_count: 54,
    pulled_in: [],
    left_out: [
      {
        pattern: 'theme/file:config/settings_data.json',
        reason: 'Every store has its own theme settings.',
        count: 1,
        examples: ['theme/file:config/settings_data.json'],
      },
    ],
    not_compared: [],
    not_compared_count: 0,
    edited: false,
    can: {
      choose: isDraft || state === 'open',
      open: isDraft,
      rename: isDraft,
      refresh: isDraft || state === 'open',
      cancel: isDraft || state === 'open',
    },
    aftermath: null,
    environments: [
      place({
        id: 'staging',
        name: 'staging',
        is_production: false,
        standing: isDraft ? null : 'deployed',
        effect: isDraft ? null : digest('staging'),
        counts: { created: 0, modified: 4, deleted: 0 },
        approval: { ...none, required: 0, satisfied: true },
        review: null,
        can: { review: false, deploy: false, quick_deploy: false },
      }),
      place({
        ...(isDraft && {
          standing: null,
          effect: null,
          revision: null,
          approval: { ...none, required: 2, satisfied: false },
          review: null,
        }),
        can: { review: isUp, deploy: isUp, quick_deploy: isUp || isDraft },
      }),
    ],
    next: isUp ? 'production' : null,
    dismissable: isUp ? ['r2'] : [],
    deployments: [],
    overlaps: [
      {
        release: 'release-2',
        tag: 'hotfix-nav',
        count: 2,
        examples: ['theme/file:sections/header.liquid', 'object/menus:main-menu'],
      },
    ],
    ...over,
  };
}
