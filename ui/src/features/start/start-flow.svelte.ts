/** The first page as a sequence: who acts, then which workspace. */
import type { AppStatus } from '../../generated/AppStatus';
import { Action } from '../../lib/app/action.svelte';
import { PersonForm } from '../../lib/app/person-form.svelte';
import { enter } from '../../lib/app/session.svelte';
import { call } from '../../lib/backend';

/** A person on the way into a workspace. Every way goes through who it is. */
export class StartFlow {
  readonly person: PersonForm;
  readonly action = new Action<'sample'>();
  /** Whether somebody tried to go on: from then on, what is wrong with the person is said. */
  isAsked = $state(false);
  /** The dialog that the way goes through. */
  dialog = $state<'new' | 'open'>();

  constructor(
    { person, suggested_person }: Pick<AppStatus, 'person' | 'suggested_person'>,
    /** What opening the last workspace failed with. */
    failed: unknown,
    /** Called when the person is asked for again. */
    private readonly onproblem: () => void,
  ) {
    this.person = new PersonForm(person ?? suggested_person);
    this.action.error = failed;
  }

  /** Opens the sample, made at its first use. */
  readonly openSample = (): Promise<boolean> =>
    this.#goOn(() => enter(() => call('sample_open', {})), 'sample');

  /** Opens a workspace that was open here before. */
  readonly openRecent = (path: string): Promise<boolean> =>
    this.#goOn(() => enter(() => call('workspace_open', { path })));

  /** Goes on to a dialog. */
  readonly show = (dialog: 'new' | 'open'): Promise<boolean> =>
    this.#goOn(async () => {
      this.dialog = dialog;
    });

  async #goOn(step: () => Promise<void>, name?: 'sample'): Promise<boolean> {
    this.isAsked = true;
    if (!this.person.isRight) {
      this.onproblem();
      return false;
    }
    return this.action.run(async () => {
      await this.person.save();
      await step();
    }, name);
  }
}
