/** Short names of resources and versions. Pure. */

import { splitKey } from './names';

/** The last part of a name: `header.liquid` of `sections/header.liquid`. */
export function shortName(key: string): string {
  const { name } = splitKey(key);
  return name.slice(name.lastIndexOf('/') + 1) || name;
}

/** The first eight digits of a digest; "nothing" where there is none. */
export function shortVersion(version: { digest: string } | null): string {
  return version === null ? 'nothing' : version.digest.slice(0, 8);
}
