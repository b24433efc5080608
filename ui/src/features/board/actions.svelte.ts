/** What can be done with an environment from its card. */
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { capture } from '../../lib/app/capture';
import { openDialog } from '../../lib/app/dialogs.svelte';
import type { Overview } from '../../lib/app/overview.svelte';
import { go } from '../../lib/app/router.svelte';
import { Job } from '../../lib/backend';
import type { MenuEntry } from '../../lib/ui';

/** The actions on one environment. */
export class CardActions {
  readonly capturing = new Job();

  constructor(
    private readonly view: () => EnvironmentView,
    private readonly overview: Pick<Overview, 'environment'>,
  ) {}

  /** The environment that this one promotes to. */
  get next(): EnvironmentView | undefined {
    const { promotes_to } = this.view().environment;
    return promotes_to === null ? undefined : this.overview.environment(promotes_to);
  }

  /** What does not stand on the card as a button. */
  get menu(): MenuEntry[] {
    const { environment, can } = this.view();
    const create = { id: 'create', label: 'Create release…', onselect: this.createRelease };
    return [
      { id: 'capture', label: 'Capture', onselect: this.capture },
      ...(can.promote ? [create] : []),
      {
        id: 'settings',
        label: 'Settings and rules…',
        onselect: () => openDialog({ name: 'environment', id: environment.id }),
      },
      {
        id: 'open',
        label: 'Captures and deployments',
        onselect: () => go({ page: 'environment', id: environment.id }),
      },
    ];
  }

  /** Captures it. */
  readonly capture = (): void => void capture(this.capturing, this.view().environment);

  /** Asks for a release from it to the next. */
  readonly createRelease = (): void => {
    const { next } = this;
    openDialog({
      name: 'create-release',
      draft: { source: this.view().environment.id, ...(next && { target: next.environment.id }) },
    });
  };

  /** Goes to the plan of the release that it holds, for the next. */
  readonly promote = (): void => {
    const { current } = this.view();
    const { next } = this;
    if (!current || !next) return;
    go({ page: 'release', id: current.id, tab: 'plan', environment: next.environment.id });
  };

  /** Goes to what rolling it back would do. */
  readonly rollBack = (): void => go({ page: 'rollback', environment: this.view().environment.id });
}
