/** Captures environments, and reports what came of it. */
import type { Environment } from '../../generated/Environment';
import type { EnvironmentView } from '../../generated/EnvironmentView';
import { call, type Job } from '../backend';
import { captureSentence } from '../domain/environment/words';
import { describeError, plural, toast } from '../ui';

/** Captures one, as a job that can be followed and stopped. */
export async function capture(
  job: Job,
  { id, name }: Pick<Environment, 'id' | 'name'>,
): Promise<void> {
  const done = await job.run('capture', { environment: id, stop_at_unreadable: false });
  if (done) toast(captureSentence(name, done));
}

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
