/** Resource keys, `<family>/<kind>:<name>`, taken apart for people. Pure. */

/** The parts of a key. */
export interface KeyParts {
  family: string;
  kind: string;
  name: string;
}

/** Takes a key apart; what has no such form is all name. */
export function splitKey(key: string): KeyParts {
  const colon = key.indexOf(':');
  const slash = key.indexOf('/');
  if (slash < 0 || colon < slash) return { family: '', kind: '', name: key };
  return {
    family: key.slice(0, slash),
    kind: key.slice(slash + 1, colon),
    name: key.slice(colon + 1),
  };
}

/** The last part of a name: `header.liquid` of `sections/header.liquid`. */
export function shortName(key: string): string {
  const { name } = splitKey(key);
  return name.slice(name.lastIndexOf('/') + 1) || name;
}

/** The first eight digits of a digest; "nothing" where there is none. */
export function shortVersion(version: { digest: string } | null): string {
  return version === null ? 'nothing' : version.digest.slice(0, 8);
}
