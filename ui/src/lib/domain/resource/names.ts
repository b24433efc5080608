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

/** How a resource is called. */
export interface ResourceName {
  /** What it is, unless its name says so: `product`. Empty for files. */
  kind: string;
  /** The folders of its name, with a slash at the end; may be empty. */
  folder: string;
  /** The last part of its name. */
  title: string;
}

/** What a resource is called. */
export function nameOf(resource: string): ResourceName {
  const { family, kind, name: own } = splitKey(resource);
  const name = calledOf(own);
  const cut = name.lastIndexOf('/', name.length - 2) + 1;
  return {
    kind: family === 'theme' && kind === 'file' ? '' : kind.replaceAll(/[-_]/gu, ' '),
    folder: name.slice(0, cut),
    title: name.slice(cut),
  };
}

/**
 * The name of a key as people read it. That of a resource which belongs to another holds the key of that, and says which of
 * several it is: `shopify/page:about/de` is "page about (de)".
 */
function calledOf(name: string): string {
  const owned = /^[a-z0-9_-]+\/([a-z0-9_-]+):(.+)\/([^/]+)$/u.exec(name);
  return owned ? `${owned[1] ?? ''} ${owned[2] ?? ''} (${owned[3] ?? ''})` : name;
}

/** Whether a resource is a file that is a picture and text at once. */
export function isSvg(resource: string): boolean {
  return resource.startsWith('theme/') && /\.svg$/iu.test(resource);
}
