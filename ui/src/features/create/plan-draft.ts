/** What "Create release" starts with, sends, and says before it is sent. Pure. */
import type { EnvironmentView } from '../../generated/EnvironmentView';
import type { ReleaseCreate } from '../../generated/ReleaseCreate';
import type { ReleaseKind } from '../../generated/ReleaseKind';

/** What the dialog's fields hold. */
export interface Fields {
  tag: string;
  notes: string;
  /** `auto`: what both environments hold. */
  kind: ReleaseKind | 'auto';
  source: string;
  target: string;
  capture: boolean;
  /** One glob a line. */
  include: string;
  exclude: string;
}

/** The pair to start with: what was asked for, else the first environment that promotes to another, else the first two. */
export function startingPair(
  environments: readonly EnvironmentView[],
  wanted: { source?: string; target?: string },
): { source: string; target: string } {
  const ids = environments.map(({ environment }) => environment.id);
  const known = (id: string | null | undefined): id is string =>
    typeof id === 'string' && ids.includes(id);
  const intoTarget = environments.find(
    ({ environment }) => wanted.target !== undefined && environment.promotes_to === wanted.target,
  )?.environment.id;
  const promoting = environments.find(({ environment }) => known(environment.promotes_to));
  const source = known(wanted.source)
    ? wanted.source
    : (intoTarget ?? promoting?.environment.id ?? ids[0] ?? '');
  const next = nextOf(environments, source);
  const target = known(wanted.target)
    ? wanted.target
    : (next ?? ids.find((id) => id !== source) ?? '');
  return { source, target };
}

/** Where releases go from an environment. */
export function nextOf(
  environments: readonly EnvironmentView[],
  source: string,
): string | undefined {
  const next = environments.find(({ environment }) => environment.id === source)?.environment
    .promotes_to;
  return next !== null && environments.some(({ environment }) => environment.id === next)
    ? next
    : undefined;
}

/** The globs of a field: one a line or separated by spaces. */
export function globsOf(text: string): string[] {
  return text.split(/\s+/u).filter((glob) => glob !== '');
}

/** What the core is asked for, but for the job's name. */
export function requestOf(fields: Fields): Omit<ReleaseCreate, 'job'> {
  return {
    tag: fields.tag.trim(),
    notes: fields.notes.trim(),
    kind: fields.kind === 'auto' ? null : fields.kind,
    source: fields.source,
    target: fields.target,
    include: globsOf(fields.include),
    exclude: globsOf(fields.exclude),
    capture: fields.capture,
  };
}
