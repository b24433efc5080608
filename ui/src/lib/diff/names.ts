/** Resource keys, taken apart for people. Pure. */

/** How a resource is called. */
export interface ResourceName {
  /** What it is, unless its name says so: `product`. Empty for files. */
  kind: string;
  /** The folders of its name, with a slash at the end; may be empty. */
  folder: string;
  /** The last part of its name. */
  title: string;
}

/** Takes a key, `<family>/<kind>:<name>`, apart. */
export function nameOf(resource: string): ResourceName {
  const colon = resource.indexOf(':');
  const slash = resource.indexOf('/');
  const hasForm = slash >= 0 && colon > slash;
  const kind = hasForm ? resource.slice(slash + 1, colon) : '';
  const name = calledOf(hasForm ? resource.slice(colon + 1) : resource);
  const cut = name.lastIndexOf('/', name.length - 2) + 1;
  return {
    kind: resource.startsWith('theme/file:') ? '' : kind.replaceAll(/[-_]/gu, ' '),
    folder: name.slice(0, cut),
    title: name.slice(cut),
  };
}

/**
 * The name of a key as people read it. That of a resource which belongs to another holds the key of that, and says which of
 * several it is: `shopify/page:about/de` is "page about (de)".
 */
export function calledOf(name: string): string {
  const owned = /^[a-z0-9_-]+\/([a-z0-9_-]+):(.+)\/([^/]+)$/u.exec(name);
  return owned ? `${owned[1] ?? ''} ${owned[2] ?? ''} (${owned[3] ?? ''})` : name;
}

/** Whether a resource is a file that is a picture and text at once. */
export function isSvg(resource: string): boolean {
  return resource.startsWith('theme/') && /\.svg$/iu.test(resource);
}
