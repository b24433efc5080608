/** What may be done with a deployment, done: resume, retry, cancel, roll back, copy the report. */
import type { DeploymentView } from '../../generated/DeploymentView';
import { Action } from '../../lib/app/action.svelte';
import { go } from '../../lib/app/router.svelte';
import { call } from '../../lib/backend';
import { toast } from '../../lib/ui';
import { allOperations } from './operations';
import { reportText } from './report';

/** An action that is under way. */
export type Doing = 'resume' | 'retry' | 'cancel' | 'report';

/** The actions on one deployment. */
export class DeploymentDeeds {
  readonly action = new Action<Doing>();

  constructor(
    private readonly view: () => DeploymentView | undefined,
    private readonly reload: () => Promise<void>,
  ) {}

  /** Takes an interrupted deployment up again. */
  readonly resume = (): Promise<boolean> =>
    this.#do('resume', async (deployment) => {
      await call('deployment_resume', { deployment });
    });

  /** Tries what failed again. */
  readonly retry = (): Promise<boolean> =>
    this.#do('retry', async (deployment) => {
      await call('deployment_retry', { deployment });
    });

  /** Asks it to stop after what is under way. */
  readonly cancel = (): Promise<boolean> =>
    this.#do('cancel', async (deployment) => {
      await call('deployment_cancel', { deployment });
    });

  /** Goes to what rolling it back would do. */
  readonly rollBack = (): void => {
    const view = this.view();
    if (!view) return;
    const { environment, id } = view.deployment;
    go({ page: 'rollback', environment, deployment: id });
  };

  /** Copies everything that is known of it. */
  readonly copyReport = (form: 'text' | 'json'): Promise<boolean> =>
    this.#do('report', async (deployment) => {
      const view = this.view();
      if (!view) return;
      const operations = await allOperations(deployment);
      const text =
        form === 'text'
          ? reportText(view, operations)
          : JSON.stringify({ ...view, operations }, null, 2);
      await navigator.clipboard.writeText(text);
      toast(form === 'text' ? 'Report copied' : 'Report copied as JSON');
    });

  async #do(doing: Doing, act: (deployment: string) => Promise<void>): Promise<boolean> {
    const id = this.view()?.deployment.id;
    if (id === undefined) return false;
    return this.action.run(async () => {
      await act(id);
      if (doing !== 'report') await this.reload();
    }, doing);
  }
}
