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
  const name = hasForm ? resource.slice(colon + 1) : resource;
  const cut = name.lastIndexOf('/', name.length - 2) + 1;
  return { kind: kind === 'file' ? '' : kind, folder: name.slice(0, cut), title: name.slice(cut) };
}
