/** The environment dialog as a sequence: fields, what is wrong with them, saving, removing. */
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { Action } from '../../lib/app/action.svelte';
import { call } from '../../lib/backend';
import { toast } from '../../lib/ui';
import { draftOf, emptyFields, fieldsOf, isComplete, secretsOf } from './draft';

/** An environment on its way to being added or changed. */
export class EnvironmentForm {
  readonly action = new Action<'save' | 'remove'>();
  /** What somebody typed. */
  fields = $state(emptyFields());

  constructor(
    /** The one to change; `undefined`: a new one. */
    readonly existing: EnvironmentView | undefined,
    /** The other environments of the workspace. */
    readonly others: readonly EnvironmentView[],
    private readonly done: () => void,
  ) {
    if (existing) this.fields = fieldsOf(existing.environment);
  }

  /** What is wrong with the name; `undefined` when nothing is. */
  get nameProblem(): string | undefined {
    const name = this.fields.name.trim().toLowerCase();
    const isTaken = this.others.some(({ environment }) => environment.name.toLowerCase() === name);
    return isTaken ? 'Another environment has this name.' : undefined;
  }

  /** Whether it can be sent. */
  get isReady(): boolean {
    const isNamed = this.fields.name.trim() !== '' && this.nameProblem === undefined;
    return isNamed && isComplete(this.fields, !this.existing);
  }

  /** Adds it, or saves its changes. */
  readonly save = (): Promise<boolean> =>
    this.action.run(async () => {
      const settings = draftOf(this.fields);
      const secrets = this.fields.platform === 'shopify' ? secretsOf(this.fields.store) : undefined;
      const request = secrets ? { settings, secrets } : { settings };
      const id = this.existing?.environment.id;
      const { notice } =
        id === undefined
          ? await call('environment_add', request)
          : await call('environment_change', { id, ...request });
      toast(id === undefined ? `Added ${settings.name}` : `Saved ${settings.name}`);
      if (notice !== null) toast(notice, { tone: 'info' });
      this.done();
    }, 'save');

  /** Removes the one that is there. */
  readonly remove = (): Promise<boolean> =>
    this.action.run(async () => {
      if (!this.existing) return;
      const { id, name } = this.existing.environment;
      await call('environment_remove', { environment: id });
      toast(`Removed ${name}. What it held stays where it is.`, { tone: 'info' });
      this.done();
    }, 'remove');
}
