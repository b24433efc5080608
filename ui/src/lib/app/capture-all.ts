/** Captures every environment, one after another. */
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { call } from '../backend';
import { describeError, plural, toast } from '../ui';

/** Captures all of them; one that fails is named, and the others go on. */
export async function captureAll(environments: readonly EnvironmentView[]): Promise<void> {
  toast(`Capturing ${plural(environments.length, 'environment')}…`, { tone: 'info' });
  let done = 0;
  for (const { environment } of environments) {
    try {
      await call('capture', {
        environment: environment.id,
        stop_at_unreadable: false,
        job: crypto.randomUUID(),
      });
      done += 1;
    } catch (error) {
      const { message } = describeError(error);
      toast(`${environment.name} was not captured. ${message}`, { tone: 'error' });
    }
  }
  if (done > 0) toast(`Captured ${plural(done, 'environment')}`);
}
