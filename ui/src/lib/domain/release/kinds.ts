/** What a release may hold, for choosing. */
import type { ReleaseKind } from '../../../generated/ReleaseKind';

/** The types of release, as options. */
export const KINDS: readonly { value: ReleaseKind; label: string }[] = [
  { value: 'hybrid', label: 'Hybrid: all' },
  { value: 'objects', label: 'Objects' },
  { value: 'theme', label: 'Theme files' },
];
