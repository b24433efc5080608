/** Creating a release as a sequence: fields, what they would hold, sending, and, where wanted, on to its deployment. */
import type { ReleaseView } from '../../generated/ReleaseView';
import type { ReleaseDraft } from '../../lib/app/dialogs.svelte';
import type { Overview } from '../../lib/app/overview.svelte';
import { call, Job, Query } from '../../lib/backend';
import { toast } from '../../lib/ui';
import { nextOf, requestOf, startingPair, type Fields } from './plan-draft';

/** How long typing rests before the tag is looked up, in milliseconds. */
const WAIT_MS = 200;

/** A release on its way to being created. Make one while a component is set up. */
export class CreateFlow {
  readonly job = new Job();
  /** What somebody typed. */
  fields = $state<Fields>({
    tag: '',
    notes: '',
    kind: 'auto',
    source: '',
    target: '',
    capture: true,
    include: '',
    exclude: '',
  });
  /** The pair that the core asked about: its source may not be whole, and it would delete a lot. */
  #asked = $state('');
  /** Whether it goes on to the deployment. */
  deployAfter = $state(false);
  /** The release that was created and opened, and is to be deployed. */
  opened = $state.raw<ReleaseView>();

  /** What the two environments differ in as of the latest captures: at once, and offline. */
  readonly preview = new Query(() => {
    const { source, target } = this.fields;
    if (source === '' || target === '' || this.isSame) return undefined;
    return call('compare', { source, target, capture: false, job: '' });
  });

  // Said while typing; in the end the core decides.
  readonly #namesake = new Query(async () => {
    const tag = this.fields.tag.trim();
    if (tag === '') return undefined;
    await new Promise((done) => setTimeout(done, WAIT_MS));
    const { releases } = await call('release_list', {
      states: [],
      text: tag,
      in_review: false,
      offset: 0,
      limit: 50,
    });
    return releases.find((one) => sameTag(one.tag, tag))?.tag;
  });

  constructor(
    private readonly overview: Overview,
    draft: ReleaseDraft,
    private readonly arrive: (release: ReleaseView) => void,
  ) {
    Object.assign(this.fields, startingPair(overview.environments, draft));
    // Only the pair and the tag ask again, not every decision elsewhere.
    $effect(() => void this.preview.run());
    $effect(() => void this.#namesake.run());
  }

  /** Whether source and target are one environment. */
  get isSame(): boolean {
    return this.fields.source === this.fields.target;
  }

  /** What is wrong with the tag; `undefined` when nothing is. */
  get tagProblem(): string | undefined {
    const taken = this.#namesake.data;
    return taken !== undefined && sameTag(taken, this.fields.tag.trim())
      ? `There is a release ${taken} already. A tag names one release for good.`
      : undefined;
  }

  /** Whether it can be sent. */
  get isReady(): boolean {
    const { tag, target } = this.fields;
    return tag.trim() !== '' && target !== '' && !this.isSame && this.tagProblem === undefined;
  }

  /** Whether sending it again says that the deletions are meant; never for another pair than was asked about. */
  get allowsDeletes(): boolean {
    return this.#asked !== '' && this.#asked === this.#pair;
  }

  get #pair(): string {
    return JSON.stringify([this.fields.source, this.fields.target]);
  }

  /** Follows the chain: a release goes from the source to where that promotes to. */
  readonly followSource = (source: string): void => {
    this.fields.target = nextOf(this.overview.environments, source) ?? this.fields.target;
  };

  /** Creates the release, and opens it where it goes on to its deployment. */
  readonly send = async (): Promise<void> => {
    const pair = this.#pair;
    const created = await this.job.run('release_create', {
      ...requestOf(this.fields),
      allow_deletes: this.allowsDeletes,
    });
    this.#asked = this.job.error?.code === 'deletions' ? pair : '';
    if (!created) return;
    const { id, tag } = created.release;
    if (!this.deployAfter) {
      toast(`${tag} is created`);
      this.arrive(created);
      return;
    }
    try {
      this.opened = await call('release_open', { release: id });
    } catch {
      // It is created all the same: its page says how it goes on.
      toast(`${tag} is created, and still a draft`, { tone: 'info' });
      this.arrive(created);
    }
  };
}

function sameTag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
